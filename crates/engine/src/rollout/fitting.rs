//! Whether a plan and what is there fit each other: the files that it was begun for, the relations that it touches. What another hand has changed in those relations is for `carry.rs` to look at.

use segue_plan::Plan;
use segue_project::{Migration, Project};
use segue_sql::Problem;

use super::{Covered, Underway, told};
use crate::{Failure, FailureKind};

/// The relations that a plan touches, in SQL.
pub(crate) fn relations(plan: &Plan) -> Vec<String> {
    plan.relations().iter().map(ToString::to_string).collect()
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

/// Refuses to go on with a plan of which only the first migrations are wanted: they are done together.
pub(super) fn whole(
    underway: &Underway,
    project: &Project,
    wanted: &[Migration],
) -> Result<(), Failure> {
    let mut others = project.migrations[wanted.len()..].iter();
    let Some(last) = wanted
        .last()
        .filter(|_| others.any(|one| underway.covers(&one.key)))
    else {
        return Ok(());
    };
    let end = underway
        .migrations
        .last()
        .map_or("", |end| end.name.as_str());
    let problem = Problem::new(format!(
        "`{}` is deployed together with `{end}`, and their plan is begun",
        last.name
    ));
    Err(Failure::refused(problem.help(format!(
        "segue deploy --to {end} goes on with it; `segue rollback` takes it back, and then fewer may be deployed"
    ))))
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
