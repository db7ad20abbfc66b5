//! A person's decision about a migration that did not end, or that was applied by hand.

use segue_db::{
    Facts,
    history::State,
    own::{self, rollouts::State as PlanState},
};
use segue_project::Migration;
use segue_sql::{Dialect, Problem};

use crate::{
    Failure, Opened, Request, Standing, Status, history,
    prepare::{in_transaction, prepare},
    refusals::unknown,
};

/// What the person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The database has it: record it as applied.
    Applied,
    /// The database does not have it, or has it no more: let the next deploy run it from its start.
    RolledBack,
}

/// Records a decision. Returns the migration's full name.
///
/// # Errors
/// A name that does not exist, a decision that contradicts the history, a lock that is held.
pub async fn resolve(
    mut request: Request<'_>,
    name: &str,
    resolution: Resolution,
) -> Result<String, Failure> {
    let project = request.project;
    let migration = project.named(name).ok_or_else(|| unknown(project, name))?;
    let lock = request.lock().await?;
    let result = decide(&mut request, migration, resolution).await;
    lock.release(request.session).await;
    result.map(|()| migration.name.clone())
}

async fn decide(
    request: &mut Request<'_>,
    migration: &Migration,
    resolution: Resolution,
) -> Result<(), Failure> {
    let facts = request.facts().await?;
    let Request {
        session,
        project,
        options,
        ..
    } = request;
    let opened = history::open(session, &facts, project, &options.place).await?;
    let status = Status::of(project, &opened);
    let is_rolled_back = opened
        .records
        .iter()
        .any(|r| r.key == migration.key && r.state == State::RolledBack);
    if resolution == Resolution::RolledBack && is_rolled_back {
        // Said twice: nothing is left to do, and nothing is wrong.
        return Ok(());
    }
    check(&status, migration, resolution)?;
    if resolution == Resolution::Applied && opened.format.latest_only {
        refuse_to_pass_over(&status, migration, opened.format.layout.title)?;
    }
    prepare(session, &facts, project, &opened, options, false).await?;
    in_transaction(
        session,
        statements(session.dialect(), &opened, migration, resolution, &facts),
    )
    .await
}

fn check(
    status: &Status<'_>,
    migration: &Migration,
    resolution: Resolution,
) -> Result<(), Failure> {
    let standing = status
        .entries
        .iter()
        .find(|entry| entry.migration.key == migration.key)
        .map(|entry| &entry.standing);
    let name = &migration.name;
    refuse_underway(status, migration, resolution)?;
    match (resolution, standing) {
        (Resolution::Applied, Some(Standing::Applied { .. } | Standing::Edited { .. })) => {
            Err(Failure::refused(
                Problem::new(format!("`{name}` is recorded as applied already"))
                    .help("nothing to resolve; `segue status` shows every migration"),
            ))
        }
        (Resolution::RolledBack, Some(Standing::Applied { .. } | Standing::Edited { .. })) => {
            Err(Failure::refused(
                Problem::new(format!("`{name}` was applied, it did not fail"))
                    .help("write a new migration that takes it back"),
            ))
        }
        (Resolution::RolledBack, Some(Standing::Pending { .. })) => Err(Failure::refused(
            Problem::new(format!(
                "`{name}` was never begun, so nothing can be rolled back"
            ))
            .help("`segue deploy` applies it"),
        )),
        _ => Ok(()),
    }
}

/// The plan of a migration says what has to be done, and does it; only the history may have lost what is expanded.
fn refuse_underway(
    status: &Status<'_>,
    migration: &Migration,
    resolution: Resolution,
) -> Result<(), Failure> {
    let mut entries = status.entries.iter();
    let entry = entries.find(|entry| entry.migration.key == migration.key);
    let stage = entry.and_then(|entry| entry.stage.as_ref());
    let Some(stage) = stage.filter(|stage| !stage.state.has_ended()) else {
        return Ok(());
    };
    if resolution == Resolution::Applied && stage.state == PlanState::Expanded {
        return Ok(());
    }
    Err(Failure::refused(
        Problem::new(format!("`{}` is {}", migration.name, stage.state.name())).help(
            "its plan is kept in the database: `segue deploy` and `segue contract` bring it to its end, `segue rollback` takes it back",
        ),
    ))
}

/// A history that keeps just the latest version takes all before it for applied.
fn refuse_to_pass_over(
    status: &Status<'_>,
    migration: &Migration,
    title: &str,
) -> Result<(), Failure> {
    let mut before = status
        .entries
        .iter()
        .take_while(|entry| entry.migration.key != migration.key);
    let Some(pending) = before.find(|entry| !matches!(entry.standing, Standing::Applied { .. }))
    else {
        return Ok(());
    };
    Err(Failure::refused(
        Problem::new(format!(
            "`{}` comes before `{}`, and is not applied",
            pending.migration.name, migration.name
        ))
        .note(format!(
            "the history of {title} holds the latest version only: every migration before it counts as applied"
        ))
        .help("deploy what comes before, or record it first, in order"),
    ))
}

fn statements(
    dialect: Dialect,
    opened: &Opened,
    migration: &Migration,
    resolution: Resolution,
    facts: &Facts,
) -> Vec<String> {
    let has_begun = opened
        .records
        .iter()
        .any(|r| r.key == migration.key && r.state == State::Failed);
    let mut statements = Vec::new();
    if has_begun || resolution == Resolution::RolledBack {
        statements.push((opened.format.rolled_back)(&opened.table, migration));
    }
    if resolution == Resolution::Applied {
        statements.push((opened.format.resolved)(&opened.table, migration));
    }
    if facts.has_own_schema {
        let history = opened.own_key();
        statements.push(own::forget_progress(dialect, &history, &migration.key));
    }
    statements
}
