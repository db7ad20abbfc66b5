//! The way back, as long as the second phase has not begun.

use segue_db::{
    history::{Format, Table},
    own::{
        rollouts::{self, State},
        shapes,
    },
};
use segue_plan::{Plan, Undo};
use segue_project::Migration;
use segue_sql::Problem;

use super::{
    Underway,
    carry::Carrier,
    course::{Goal, Journal},
    told,
};
use crate::{Failure, Opener, Request, history, run::Run};

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The migrations.
    pub migrations: Vec<String>,
}

/// Takes back what was expanded, or is being expanded; `None`: there is nothing of that kind.
///
/// # Errors
/// A second phase that has begun; steps that cannot be taken back; a change by another hand; see
/// [`FailureKind`](crate::FailureKind).
pub async fn rollback(
    mut request: Request<'_>,
    opener: Option<Opener>,
) -> Result<Option<RolledBack>, Failure> {
    let lock = request.lock().await?;
    let result = locked(&mut request, lock.keys(), opener).await;
    lock.release(request.session).await;
    result
}

async fn locked(
    request: &mut Request<'_>,
    locks: &[i64],
    opener: Option<Opener>,
) -> Result<Option<RolledBack>, Failure> {
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    let Some(underway) = &opened.underway else {
        return Ok(None);
    };
    if underway.kept.state == State::Contracting {
        return Err(too_late(underway));
    }
    let plan = underway.plan()?;
    refuse_what_stays(underway, &plan)?;
    let migrations = underway.on_disk(project)?;
    let last = last(opened.format, &opened.table, underway, &migrations);
    let run = Run::on(request, &opened, (&facts, locks), opener).await?;
    let mut carrier = Carrier::new(run, underway, &plan, options, State::RollingBack).await?;
    carrier.go(Goal::Back, last).await?;
    let migrations = migrations.iter().map(|one| one.name.clone()).collect();
    Ok(Some(RolledBack { migrations }))
}

/// What ends the way back: the history has the migrations no more.
fn last(
    format: &Format,
    table: &Table,
    underway: &Underway,
    migrations: &[&Migration],
) -> Vec<String> {
    let id = underway.kept.id;
    let mut statements: Vec<String> = Vec::new();
    if underway.kept.expanded_at.is_some() {
        let undone = format.undone.unwrap_or(format.rolled_back);
        statements.extend(
            migrations
                .iter()
                .rev()
                .map(|migration| undone(table, migration)),
        );
    } else if let (Some(_), Some(first)) = (format.begun, migrations.first()) {
        statements.push((format.rolled_back)(table, first));
    }
    statements.extend([
        rollouts::keep_state(id, State::RolledBack),
        shapes::forget(id),
    ]);
    statements
}

fn too_late(underway: &Underway) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "the contract of {} has begun: what it takes away cannot be brought back",
            underway.names()
        ))
        .help("end it with `segue contract`, and write a migration that does the reverse"),
    )
}

/// Nothing is begun that would stop half-way.
fn refuse_what_stays(underway: &Underway, plan: &Plan) -> Result<(), Failure> {
    let journal = Journal::new(plan.steps().count(), &underway.steps);
    let steps = plan.expand.iter().enumerate();
    let begun = steps.filter(|(number, _)| journal.of(*number).is_some());
    let stay: Vec<(usize, &str)> = begun
        .filter_map(|(number, step)| match &step.undo {
            Undo::Impossible(why) => Some((number, why.as_str())),
            Undo::Nothing | Undo::Actions(_) => None,
        })
        .collect();
    match stay.is_empty() {
        true => Ok(()),
        false => Err(told::no_way_back(plan, &stay)),
    }
}
