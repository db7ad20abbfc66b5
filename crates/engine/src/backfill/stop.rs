//! Why a worker stopped, and how that is told.

use std::time::Duration;

use segue_catalog::QName;
use segue_db::{ServerError, postgres::blockers::Blocker};
use segue_plan::Batches;
use segue_sql::Problem;

use crate::{Failure, FailureKind, failure::describe};

/// Why a worker stopped before its part was done.
#[derive(Debug)]
pub(super) enum Stop {
    /// The table is in another file now.
    Moved,
    /// Another one has gone on with this part.
    Elsewhere,
    /// The user, or another worker, has stopped it.
    Told,
    /// Somebody waits for a row of the batch, which is between two slices.
    GivesWay,
    /// The server refused a batch, or is gone.
    Server(ServerError),
    /// Rows that are not what they have to be, where rows are compared: what they are called.
    Differs(Vec<String>),
    /// What else has to be told.
    Failed(Box<Failure>),
    /// No lock within the budget, and who was in the way.
    Locked(ServerError, Duration, Vec<Blocker>),
}

const STAYS: &str = "what was written stays; the same command goes on from there";

impl Stop {
    /// For the user.
    pub(super) fn failure(self, batches: &Batches) -> Failure {
        match (&self, &batches.found) {
            (Self::Differs(rows), Some(wrong)) => found(&batches.table, wrong, rows),
            _ => self.about(&batches.table, &batches.statement),
        }
    }

    /// The same for a table whose rows a statement writes.
    pub(super) fn about(self, table: &QName, statement: &str) -> Failure {
        match self {
            Self::Failed(failure) => *failure,
            // the table is begun again in that case
            Self::Moved | Self::Elsewhere => Failure::refused(
                Problem::new(format!(
                    "another segue goes on with the rows of {table}: this one stops"
                ))
                .help("look at it with `segue status`"),
            ),
            Self::Told | Self::GivesWay => Failure::new(
                FailureKind::Interrupted,
                Problem::new(format!(
                    "interrupted while the rows of {table} were written"
                ))
                .help(STAYS),
            ),
            Self::Server(error) if error.ends_connection() => {
                let problem =
                    Problem::new(format!("{error}, while the rows of {table} were written"));
                Failure::new(FailureKind::Connection, problem.help(STAYS))
            }
            Self::Server(error) if error.is_passing() => {
                let problem = Problem::new(format!("{table} is held by somebody else: {error}"));
                let help =
                    "end what is in the way, or wait until it ends, and run the same command again";
                Failure::new(FailureKind::Locked, problem.help(help))
            }
            Self::Server(error) => {
                let problem =
                    Problem::new(format!("the rows of {table} cannot be written: {error}"));
                let problem =
                    describe(problem, &error).note(format!("the statement is: {statement}"));
                // insufficient_resources (errcodes-appendix.html): no row is at fault
                let is_full = error.code().is_some_and(|code| code.starts_with("53"));
                let help = match is_full {
                    true => {
                        "the server has no more of it: make room, and run the same command again; what was written stays"
                    }
                    false => {
                        "mend the row or the statement that is at fault; what was written stays"
                    }
                };
                Failure::new(FailureKind::Statement, problem.help(help))
            }
            Self::Differs(rows) => differs(table, statement, &rows),
            Self::Locked(error, elapsed, blockers) => locked(table, &error, elapsed, &blockers),
        }
    }
}

fn locked(
    table: &impl std::fmt::Display,
    error: &ServerError,
    elapsed: Duration,
    blockers: &[Blocker],
) -> Failure {
    let mut problem = Problem::new(format!(
        "a batch of rows of {table} could not be written within {} s, tried again and again: {error}",
        elapsed.as_secs()
    ));
    if blockers.is_empty() {
        problem = problem.note("who was in the way could not be seen");
    }
    for blocker in blockers {
        problem = problem.note(format!(
            "blocked by process {}, user {} ({}): {}, open for {}",
            blocker.pid, blocker.user, blocker.application, blocker.state, blocker.open_for
        ));
    }
    let help = "end what is in the way, or wait until it ends; what was written stays, and the same command goes on from there";
    Failure::new(FailureKind::Locked, problem.help(help))
}

/// Rows as they may not be.
fn found(table: &QName, wrong: &str, rows: &[String]) -> Failure {
    let problem = Problem::new(format!(
        "there are rows of {table} that stand in the way, {wrong}: {}",
        rows.join("; ")
    ));
    Failure::refused(problem.help("set the rows right and run the same command again, or take back what is done by `segue rollback` and change the migration"))
}

fn differs(table: &QName, statement: &str, rows: &[String]) -> Failure {
    let problem = Problem::new(format!(
        "rows of {table} do not say the same in both forms, and contract would take one away: {}",
        rows.join("; ")
    ))
    .note(format!("they are found by: {statement}"))
    .note("nothing of contract is done yet: `segue rollback` is still a way")
    .help("find out what writes past the trigger that keeps both the same (or has attached a partition with its rows), set the rows right, and run `segue contract` again; where the old form is right, an UPDATE that sets it to itself does that, and a row that the other table has and should not is deleted there");
    Failure::refused(problem)
}

/// There are rows that no batch changes so that they count as done.
pub(super) fn left(batches: &Batches, left: Option<u64>, rounds: u32) -> Failure {
    let table = &batches.table;
    let rows = match left {
        Some(1) => "1 row".to_owned(),
        Some(left) => format!("{left} rows"),
        None => "rows".to_owned(),
    };
    let problem = Problem::new(format!(
        "{rows} of {table} are not as they have to be after they were written {rounds} times"
    ))
    .note(format!("the statement is: {}", batches.statement))
    .note(format!("it is done when this is true: {}", batches.done))
    .help(
        "look for what undoes it: a trigger of the table that changes or skips the rows, a policy that hides them, \
         or an app that writes such rows all the time",
    );
    Failure::refused(problem)
}

/// The table is not there.
pub(super) fn gone(batches: &Batches) -> Failure {
    Failure::refused(
        Problem::new(format!(
            "the table {} is not there any more, or cannot be seen",
            batches.table
        ))
        .help("the plan no longer fits the database: look at `segue status`"),
    )
}
