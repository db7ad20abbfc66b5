//! What a deploy would do, without doing it.

use super::{Deployed, Planned, PlannedUnit, Request};
use crate::{
    Failure, Status, Unit, UnitKind, history,
    refusals::pending,
    rollout::{self, Course, Turn, course},
    work::Work,
};

pub(super) async fn dry_run(
    mut request: Request<'_>,
    deployed: &mut Deployed,
) -> Result<(), Failure> {
    let facts = request.facts().await?;
    let Request {
        session,
        project,
        options,
        interrupt,
        events,
    } = request;
    let opened = history::open(session, &facts, project, &options.place).await?;
    let status = Status::of(project, &opened);
    let mut plan = Vec::new();
    let mut seen = |work: &Work<'_>| plan.push(planned(work, options.with_sql));
    let dues = pending(
        session.dialect(),
        project,
        &status,
        &opened,
        options,
        &mut seen,
    )?;
    if let Some(reviewed) = &options.reviewed {
        reviewed.fits(&status, &opened, &dues, events)?;
    }
    let turn = rollout::turn(&opened, (project, options), !dues.is_empty())?;
    deployed.up_to_date = matches!(turn, Turn::Nothing);
    deployed.planned = plan;
    let mut waiting = rollout::Waiting { interrupt, events };
    let course = match turn {
        Turn::Nothing => return Ok(()),
        Turn::GoOn(underway) | Turn::Wait(underway) => {
            deployed.plan = Some(Box::new(underway.plan()?));
            return Ok(());
        }
        Turn::Begin => {
            let contents = opened.contents(session, &facts, &options.place).await?;
            let seen = (&facts, &contents);
            course(session, (&dues, &opened), seen, options, &mut waiting).await?
        }
    };
    match course {
        Course::Plan(plan) => {
            rollout::refuse_never(&plan.expand, options)?;
            deployed.plan = Some(plan);
        }
        Course::Waits(first) => return Err(first.refusal(&dues[0].migration.name)),
        Course::AsWritten | Course::GoOn(_) => {}
    }
    Ok(())
}

pub(crate) fn planned(work: &Work<'_>, with_sql: bool) -> Planned {
    let shown = work.shown().expect("it was just read, and no unit was run");
    let unit = |unit: &Unit| PlannedUnit {
        runs_as: match &unit.kind {
            UnitKind::Transaction { .. } => "transaction".to_owned(),
            UnitKind::Outside(what) => format!("outside of a transaction: {what}"),
        },
        statements: unit.statements.len(),
        sql: unit
            .statements
            .clone()
            .filter(|_| with_sql)
            .filter_map(|index| work.statements.span(index))
            .map(|span| shown.text[span].to_owned())
            .collect(),
    };
    Planned {
        name: work.migration.name.clone(),
        done: work.done,
        units: work.units.iter().map(unit).collect(),
    }
}
