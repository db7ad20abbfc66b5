//! Whether a plan and what is there fit each other: the files that it was begun for, the relations that it touches, and the
//! migrations that are due beside it. What another hand has changed in those relations is for `carry.rs` to look at.

use std::collections::BTreeSet;

use segue_catalog::QName;
use segue_db::own::rollouts::State;
use segue_plan::{Action, Plan};
use segue_project::Project;
use segue_sql::Problem;

use super::{Covered, Underway, not_now, told};
use crate::{Failure, FailureKind, Opened, work::Due};

/// The relations that a plan touches, in SQL. What is segue's own or the server's is none of them.
pub(crate) fn relations(plan: &Plan) -> Vec<String> {
    let mut relations: BTreeSet<&QName> = BTreeSet::new();
    for step in plan.steps() {
        relations.extend(step.effect.locks.keys());
        relations.extend(step.effect.work.iter().map(|work| &work.table));
        match &step.action {
            Action::Batches(batches) => relations.insert(&batches.table),
            Action::Transform(transform) => relations.insert(&transform.table),
            Action::Transaction(_) | Action::Alone(_) => false,
        };
    }
    let foreign = |name: &&&QName| {
        let schema = name.schema.as_str();
        schema != "segue" && !schema.starts_with("pg_") && schema != "information_schema"
    };
    relations
        .iter()
        .filter(foreign)
        .map(ToString::to_string)
        .collect()
}

/// Stops where a migration of the plan is not what it was.
pub(super) fn files(underway: &Underway, project: &Project) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for (known, migration) in underway.migrations.iter().zip(underway.on_disk(project)?) {
        let now = Covered::of(migration)?;
        if now.checksum != known.checksum || now.transform != known.transform {
            problems.push(told::edited(known));
        }
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            kind: FailureKind::Refused,
            problems,
        }),
    }
}

/// Whether a deploy has a plan to go on with. It stops where one has to be ended first: later migrations meet the schema that
/// it leads to.
pub(crate) fn may_deploy(opened: &Opened, has_dues: bool) -> Result<bool, Failure> {
    let Some(underway) = &opened.underway else {
        return Ok(false);
    };
    match underway.kept.state {
        State::Expanding => Ok(true),
        State::Expanded if !has_dues => Ok(false),
        state => Err(not_now(state, &underway.names())),
    }
}

/// The plan ends before the last migration.
pub(crate) fn refuse_the_rest(plan: &Plan) -> Result<(), Failure> {
    let Some(barrier) = &plan.barrier else {
        return Ok(());
    };
    let at = |written: Option<String>| written.unwrap_or_default();
    let first = plan
        .migrations
        .get(barrier.first.migration)
        .zip(plan.written(barrier.first));
    let first =
        first.map(|(migration, statement)| format!("{}:{}", migration.file, statement.line));
    let second = barrier
        .waiting
        .statements
        .get(barrier.second.statement)
        .or(barrier.waiting.statements.first());
    let second = second.map(|statement| format!("{}:{}", barrier.waiting.file, statement.line));
    Err(Failure::refused(
        Problem::new(format!("the rest needs a deploy of its own: {}", barrier.why))
            .note(format!("{} waits until {} is contracted", at(second), at(first)))
            .note(format!("not deployed yet: {}", barrier.left.join(", ")))
            .help("what comes before is expanded: once only the new app runs, `segue contract`, then `segue deploy` again"),
    ))
}

/// What comes behind a plan that waits for contract has to wait too.
pub(crate) fn refuse_later(underway: &Underway, dues: &[Due<'_>]) -> Result<(), Failure> {
    match dues.first() {
        None => Ok(()),
        Some(due) => Err(Failure::refused(
            Problem::new(format!(
                "`{}` comes behind {}, and is not deployed yet",
                due.migration.name,
                underway.names()
            ))
            .help(
                "`segue status` shows whether that waits for contract; then `segue deploy` again",
            ),
        )),
    }
}
