//! What is told when a plan stops: the step, the statement, what the server said, how far it is, and what to do next.

use std::time::Duration;

use segue_db::{
    ServerError,
    own::{rollouts::Rollout, shapes::Moved},
    postgres::blockers::Blocker,
};
use segue_plan::{Phase, Plan, Step};
use segue_sql::Problem;

use super::{
    Covered,
    course::{Goal, Journal, plan_step},
    number_in_phase,
};
use crate::{Failure, FailureKind, failure::describe};

/// How many changes of another hand are told one by one.
const MOVED: usize = 8;
/// How many rows are named.
const NAMED: usize = 10;
/// How much of a statement is shown.
const SHOWN: usize = 300;

/// A step, as people know it from the plan.
fn named(plan: &Plan, number: usize) -> String {
    let (phase, number, of) = number_in_phase(plan, number);
    let phase = match phase {
        Phase::Expand => "expand",
        Phase::Contract => "contract",
    };
    format!("step {number} of {of} of {phase}")
}

/// Where the statement stands that a step is for.
fn written(plan: &Plan, step: &Step) -> Option<String> {
    let served = step.serves.first()?;
    let migration = plan.migrations.get(served.migration)?;
    let statement = migration.statements.get(served.statement)?;
    Some(format!("it is for {}:{}", migration.file, statement.line))
}

fn about(plan: &Plan, number: usize, message: &str) -> Problem {
    let step = plan_step(plan, number);
    let problem = Problem::new(format!(
        "{} ({}): {message}",
        named(plan, number),
        step.title
    ));
    match written(plan, step) {
        Some(written) => problem.note(written),
        None => problem,
    }
}

fn shown(statement: &str) -> String {
    let mut text: String = statement.chars().take(SHOWN).collect();
    if text.len() < statement.len() {
        text.push('…');
    }
    format!("the statement is {text}")
}

/// The server refused a statement of a step, or is gone.
pub(super) fn refused(
    plan: &Plan,
    number: usize,
    statement: Option<&String>,
    error: &ServerError,
) -> Failure {
    let mut problem = describe(about(plan, number, &error.to_string()), error);
    if let Some(statement) = statement {
        problem = problem.note(shown(statement));
    }
    match error.ends_connection() {
        true => Failure::new(FailureKind::Connection, problem),
        false => Failure::new(FailureKind::Statement, problem),
    }
}

/// No lock within the budget.
pub(super) fn locked(
    plan: &Plan,
    number: usize,
    (error, elapsed): (&ServerError, Duration),
    blockers: &[Blocker],
) -> Failure {
    // a statement that segue itself ends in time is said to be ended by the user
    let why = match error.is_cancelled() {
        true => "others held its locks for too long".to_owned(),
        false => error.to_string(),
    };
    let message = format!("gave up after {elapsed:.0?} of trying: {why}");
    let mut problem = about(plan, number, &message);
    for blocker in blockers.iter().filter(|blocker| blocker.depth == 1) {
        problem = problem.note(format!(
            "it was kept waiting by process {} of {} {} ({}, open for {})",
            blocker.pid, blocker.user, blocker.application, blocker.state, blocker.open_for
        ));
    }
    if blockers.is_empty() {
        problem = problem.note("who kept it waiting could not be seen");
    }
    Failure::new(
        FailureKind::Locked,
        problem.help("end what blocks it, or give it more time with --lock-budget, or have it ended with --cancel-blockers"),
    )
}

/// The schema could not be read within the budget, since somebody has a table for himself.
pub(super) fn unread(error: &ServerError, elapsed: Duration, blockers: &[Blocker]) -> Failure {
    let message = format!("gave up after {elapsed:.0?} of trying to read the schema: {error}");
    let mut problem = Problem::new(message);
    for blocker in blockers {
        problem = problem.note(holding(blocker));
    }
    Failure::new(
        FailureKind::Locked,
        problem.help("nothing was changed; end what blocks it, and run the same command again; a deploy waits for longer with --lock-budget"),
    )
}

/// Who has a table for himself.
pub(super) fn holding(blocker: &Blocker) -> String {
    let of = blocker.relation.as_deref().unwrap_or("a table");
    format!(
        "{of} is held by process {} of {} {} ({}, open for {})",
        blocker.pid, blocker.user, blocker.application, blocker.state, blocker.open_for
    )
}

/// A step has run, and the database does not have it.
pub(super) fn not_done(plan: &Plan, number: usize) -> Failure {
    let step = plan_step(plan, number);
    let problem = about(
        plan,
        number,
        "the statement succeeded, but the database does not show the change",
    );
    let asked = step
        .verify
        .as_deref()
        .map(|verify| format!("the check was: {verify}"));
    Failure::refused(problem.note(asked.unwrap_or_default()))
}

/// Somebody builds the index at this moment.
pub(super) fn being_built(plan: &Plan, number: usize, index: &str) -> Failure {
    let message = format!("{index} is being built by another session");
    Failure::new(
        FailureKind::Locked,
        about(plan, number, &message).help("let it finish, then run the same command again"),
    )
}

/// Rows that were not put back, by their names, and where what was kept of them is.
pub(super) fn not_put_back(step: &Step, rows: &[String], left: &str) -> String {
    let (shown, more) = match rows.split_at_checked(NAMED) {
        Some((shown, [_, ..])) => (shown, ", and more"),
        _ => (rows, ""),
    };
    format!(
        "warning: {}: rows were not put back as they were before, since somebody has changed them or uses them: {}{more}; \
         what was kept stays in segue.{left} until you drop it",
        step.title,
        shown.join("; ")
    )
}

/// A statement that names what is not there any more.
pub(super) fn left_out(plan: &Plan, number: usize, statement: &str, error: &ServerError) -> String {
    format!(
        "warning: {} ({}): left out, since {error}; {}",
        named(plan, number),
        plan_step(plan, number).title,
        shown(statement)
    )
}

/// Rows of a table that is not there any more.
pub(super) fn table_left_out(plan: &Plan, number: usize, table: &str) -> String {
    format!(
        "warning: {} ({}): left out, since {table} is not there any more",
        named(plan, number),
        plan_step(plan, number).title
    )
}

/// What another hand has changed is taken for right.
pub(super) fn accepted(moved: &[Moved]) -> Vec<String> {
    let each = moved
        .iter()
        .map(|one| format!("warning: taken for right: {}", has_moved(one)));
    let what_goes =
        "warning: what of that belongs to a column or a table that the plan drops goes with it";
    let last = (!moved.is_empty()).then(|| what_goes.to_owned());
    each.chain(last).collect()
}

fn has_moved(one: &Moved) -> String {
    let what = if one.is_new {
        "there is now"
    } else {
        "there is no longer"
    };
    format!("{}: {what} {}", one.relation, one.part)
}

/// Another hand has changed what the plan is about.
pub(super) fn moved(moved: &[Moved]) -> Failure {
    let mut problem = Problem::new("the database was changed by another hand since the last step");
    for one in moved.iter().take(MOVED) {
        problem = problem.note(has_moved(one));
    }
    if let Some(more) = moved.len().checked_sub(MOVED).filter(|more| *more > 0) {
        problem = problem.note(format!("and {more} more"));
    }
    Failure::refused(problem.help(
        "take that back; or, if the plan is right with it all the same, run the same command with --accept-changes: \
         rollback leaves out what names something that is gone, contract what is about a table that is",
    ))
}

/// A migration of the plan is not on disk any more.
pub(super) fn gone(migration: &Covered) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "`{}` has begun on this database, and is not on disk any more",
            migration.name
        ))
        .help("restore it from version control; or, before contract, `segue rollback` takes back what is done of it"),
    )
}

/// A migration of the plan is another one on disk by now.
pub(super) fn edited(migration: &Covered) -> Problem {
    Problem::new(format!(
        "`{}` was edited after its deploy began on this database",
        migration.name
    ))
    .help("restore it, or take what is done of it back with `segue rollback`, and deploy it anew")
}

/// Kept by a version of segue that wrote plans in another way.
pub(super) fn unreadable(kept: &Rollout, error: &serde_json::Error) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "a plan that segue {} has begun on {} cannot be read by this version",
            kept.version, kept.begun_at
        ))
        .note(error.to_string())
        .help(format!(
            "bring it to its end, or take it back, with segue {}",
            kept.version
        )),
    )
}

/// What cannot be taken back.
pub(super) fn no_way_back(plan: &Plan, steps: &[(usize, &str)]) -> Failure {
    let told = steps
        .iter()
        .map(|(number, why)| about(plan, *number, &format!("it cannot be taken back: {why}")));
    let mut problems: Vec<Problem> = told.collect();
    if let Some(last) = problems.pop() {
        problems.push(last.help(
            "go on with `segue deploy` and `segue contract`, and write a migration that does the reverse",
        ));
    }
    Failure {
        kind: FailureKind::Refused,
        problems,
    }
}

/// Says with a failure how far the plan is, and what to do next.
pub(super) fn with_progress(
    mut failure: Failure,
    plan: &Plan,
    journal: &Journal,
    goal: Goal,
) -> Failure {
    let expand = plan.expand.len();
    let (phase, range, command) = match goal {
        Goal::Expand => ("expand", 0..expand, "segue deploy"),
        Goal::Contract => ("contract", expand..plan.steps().count(), "segue contract"),
        Goal::Back => ("expand", 0..expand, "segue rollback"),
    };
    let (of, done) = (range.len(), journal.done(range));
    let so_far = match goal {
        Goal::Back => format!("{done} of {of} steps of {phase} are still to be taken back"),
        Goal::Expand | Goal::Contract => {
            format!("{done} of {of} steps of {phase} are done, and stay")
        }
    };
    if let Some(problem) = failure.problems.pop() {
        let has_help = problem.help.is_some();
        let problem = problem.note(so_far);
        failure.problems.push(match (has_help, goal) {
            (true, _) => problem.note(format!("`{command}` goes on from here")),
            (false, Goal::Expand) => problem.help(
                "`segue deploy` goes on from here once that is mended; `segue rollback` takes back what is done",
            ),
            (false, _) => problem.help(format!("`{command}` goes on from here once that is mended")),
        });
    }
    failure
}

/// What has come since the plan was made, or is gone, and a step of contract would stop at or take away.
pub(super) fn in_the_way(what: &str, found: &[String]) -> Failure {
    let problem = Problem::new(format!(
        "{what} does not go on: not all that is there is as its plan has it"
    ));
    let problem = found
        .iter()
        .fold(problem, |problem, what| problem.note(what));
    Failure::refused(problem.help("see to that, and run `segue contract` again"))
}

/// Rows that the schema before could not hold, and tables that would keep what goes.
pub(super) fn rows_fit_no_more(names: &str, found: &[String]) -> Failure {
    let problem = Problem::new(format!(
        "{names} cannot be rolled back yet: not all that is there fits the schema before it"
    ));
    let problem = found
        .iter()
        .fold(problem, |problem, rows| problem.note(rows));
    Failure::refused(
        problem.help("set that right, and run `segue rollback` again; nothing was taken back"),
    )
}
