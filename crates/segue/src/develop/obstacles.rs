//! What speaks against going on with a dev database: its history is not that of the disk, or its schema is not what
//! its migrations make.

use segue_engine::{Failure, FailureKind, Status};
use segue_sql::Problem;

use super::lines;
use crate::{Connected, Drift};

/// How many differences are told one by one.
const SHOWN: usize = 20;

/// Everything at once, each with what can be done; nothing where all is well.
pub(super) async fn obstacles(connected: &Connected) -> Result<Vec<Problem>, Failure> {
    let reading = connected.history();
    let (facts, opened) = connected.shadow.interrupt.may_stop(reading).await?;
    let status = connected.status(&opened);
    let mut problems = of_history(&status);
    if status.not_empty.is_empty() {
        let drift = connected.drift(&facts, &opened).await?;
        problems.extend(of_drift(&drift));
    } else {
        let mut problem = Problem::new("the database has tables, but no history").help(
            "if it has what the migrations make, record that with `segue baseline`; else start over with `segue reset`",
        );
        problem.notes = vec![format!("it has {}", status.not_empty.join(", "))];
        problems.push(problem);
    }
    Ok(problems)
}

/// As one failure.
pub(super) fn refused(problems: Vec<Problem>) -> Failure {
    Failure {
        kind: FailureKind::Refused,
        problems,
    }
}

fn of_history(status: &Status<'_>) -> Vec<Problem> {
    let edited = status.edited().map(|entry| {
        Problem::new(format!(
            "`{}` was changed after it was applied",
            entry.migration.name
        ))
        .help(
            "bring the file back to what was applied and put the change into a new migration, or start over with \
             `segue reset`",
        )
    });
    let failed = status.failed().map(|entry| {
        Problem::new(format!(
            "`{}` was begun and not ended",
            entry.migration.name
        ))
        .help("say what is so with `segue resolve`, or start over with `segue reset`")
    });
    let missing = status.missing.iter().map(|record| {
        Problem::new(format!(
            "the database has the migration {}, which is not on disk",
            record.key
        ))
        .help("bring the file back from version control, or start over with `segue reset`")
    });
    edited.chain(failed).chain(missing).collect()
}

fn of_drift(drift: &Drift) -> Option<Problem> {
    if !drift.is_there() {
        return None;
    }
    let mut problem = Problem::new("the database is not what its migrations make")
        .help("put the change into a migration, undo it by hand, or start over with `segue reset`");
    problem.notes = lines(&drift.differences, "the migrations", "the database");
    let more = problem.notes.len().saturating_sub(SHOWN);
    problem.notes.truncate(SHOWN);
    if more > 0 {
        problem
            .notes
            .push(format!("{more} more; `segue status --drift` has them all"));
    }
    Some(problem)
}
