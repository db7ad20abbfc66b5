//! The way back, as long as the second phase has not begun; where there was none, as long as nothing else is deployed behind.

use std::borrow::Cow;

use segue_db::{
    Session,
    history::{Format, Table},
    own::{
        rollouts::{self, State},
        shapes,
    },
};
use segue_plan::{Plan, Undo};
use segue_project::{Migration, Project};
use segue_sql::Problem;

use super::{
    Underway,
    carry::Carrier,
    course::{Goal, Journal},
    hindered::hindered,
    recorded, told,
};
use crate::{
    Failure, FailureKind, Opened, Opener, Patience, Request, history, refusals::unknown, run::Run,
};

/// What was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The migrations.
    pub migrations: Vec<String>,
}

/// Takes back what was expanded, or is being expanded: the plan of this migration, else the last one; `None`: there is nothing of
/// that kind.
///
/// # Errors
/// A second phase that has begun; steps that cannot be taken back; a change by another hand; see
/// [`FailureKind`](crate::FailureKind).
pub async fn rollback(
    mut request: Request<'_>,
    opener: Option<Opener>,
    of: Option<&str>,
) -> Result<Option<RolledBack>, Failure> {
    let of_key = of
        .and_then(|name| request.project.named(name))
        .map(|one| one.key.clone());
    let is_it = |one: &&Underway| of_key.as_ref().is_none_or(|key| one.covers(key));
    let lock = request.lock_behind(|open| open.iter().rfind(is_it)).await?;
    let result = locked(&mut request, lock.keys(), opener, of).await;
    lock.release(request.session).await;
    result
}

async fn locked(
    request: &mut Request<'_>,
    locks: &[i64],
    opener: Option<Opener>,
    of: Option<&str>,
) -> Result<Option<RolledBack>, Failure> {
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    let of = match of {
        None => None,
        Some(name) => Some(project.named(name).ok_or_else(|| unknown(project, name))?),
    };
    let is_it = |one: &Underway| of.is_none_or(|of| one.covers(&of.key));
    let open = opened.open.iter().rfind(|one| is_it(one));
    // one that came behind an open one, and had nothing to wait for, is the last
    let done = match last_done(request.session, &opened, project).await {
        Ok(last) => last.filter(&is_it),
        Err(failure) if open.is_some() && failure.kind == FailureKind::Refused => None,
        Err(failure) => return Err(failure),
    };
    let underway = match (open, &done) {
        (Some(open), Some(done)) if done.kept.id > open.kept.id => done,
        (Some(open), _) => open,
        (None, Some(done)) => done,
        (None, None) => return of.map_or(Ok(None), |of| Err(no_plan_of(of, &opened))),
    };
    if underway.kept.state == State::Contracting {
        return Err(too_late(underway));
    }
    recorded::refuse_the_middle(&opened, project, underway)?;
    let plan = underway.plan()?;
    refuse_what_stays(underway, &plan)?;
    refuse_what_fits_no_more((request.session, options.patience), underway, &plan).await?;
    let migrations = underway.known(&opened, project)?;
    let mut last = last(opened.format, &opened.table, underway, &migrations);
    // what contract has compared
    last.push(rollouts::keep_undone_from(
        underway.kept.id,
        plan.expand.len(),
    ));
    let run = Run::on(request, &opened, (&facts, locks), opener).await?;
    let mut carrier = Carrier::new(run, underway, &plan, options, State::RollingBack).await?;
    carrier.go(Goal::Back, last).await?;
    let migrations = migrations.iter().map(|one| one.name.clone()).collect();
    Ok(Some(RolledBack { migrations }))
}

/// The last plan, if nothing of it waited for contract: it can be taken back as long as nothing else came behind it.
async fn last_done(
    session: &Session,
    opened: &Opened,
    project: &Project,
) -> Result<Option<Underway>, Failure> {
    if opened.past.is_empty() {
        return Ok(None);
    }
    let done = Underway::last_done(session, &opened.own_key()).await?;
    let Some(last) = done.into_iter().next() else {
        return Ok(None);
    };
    let mut all = last.migrations.iter();
    let is_whole = all.all(|one| recorded::is_applied(opened, &one.key));
    // one that only another version can read is as good as none
    let is_finished = last.plan().is_ok_and(|plan| plan.contract.is_empty());
    if !is_whole || !is_finished {
        return Ok(None);
    }
    match recorded::applied_behind(opened, project, &last) {
        None => Ok(Some(last)),
        Some(later) => Err(Failure::refused(
            Problem::new(format!(
                "{} cannot be rolled back: `{}` was deployed behind it",
                last.names(),
                later.name
            ))
            .help("write a migration that does the reverse"),
        )),
    }
}

/// Nothing is begun that would stop half-way, at rows that the schema before could not hold.
async fn refuse_what_fits_no_more(
    (session, patience): (&Session, Patience),
    underway: &Underway,
    plan: &Plan,
) -> Result<(), Failure> {
    let journal = Journal::new(plan.steps().count(), &underway.steps);
    let mut found = Vec::new();
    for (number, step) in plan.expand.iter().enumerate() {
        if journal.of(number).is_none() {
            continue;
        }
        found.extend(hindered(session, step, patience).await?);
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(told::rows_fit_no_more(&underway.names(), &found)),
    }
}

/// What ends the way back: the history has the migrations no more.
fn last(
    format: &Format,
    table: &Table,
    underway: &Underway,
    migrations: &[Cow<'_, Migration>],
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

fn no_plan_of(of: &Migration, opened: &Opened) -> Failure {
    let name = &of.name;
    let mut past = opened.past.iter().rev();
    let last = past.find(|one| one.keys.contains(&of.key));
    let is_applied = opened.records.iter().any(|record| record.key == of.key);
    if let Some(last) = last.filter(|one| one.state == State::RolledBack && !is_applied) {
        return Failure::refused(
            Problem::new(format!("`{name}` was rolled back already, {}", last.at))
                .help("`segue deploy` deploys it again; without its file it is not"),
        );
    }
    Failure::refused(
        Problem::new(format!("no plan that could be rolled back is for `{name}`"))
            .help(format!(
                "`segue status` shows where every migration stands; what was applied as it is written, or is through its contract, is taken back by a migration: `segue revert {name}`"
            )),
    )
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
