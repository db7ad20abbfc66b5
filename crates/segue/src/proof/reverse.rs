//! The way back of a migration that is all done: its own script, else what leads from the one schema to the other.

use segue_db::ServerError;
use segue_engine::{
    Failure, FailureKind,
    replay::{Part, Rehearsal},
};
use segue_project::Migration;
use segue_sql::Problem;

use super::{
    deploys::{Look, Setup},
    grounds::Database,
};
use crate::{
    DiffOptions,
    diff::{pair::Pair, read::Read, renames::Renames},
};
use segue_catalog::sqlite::diff::Frame;

/// What the way back came to.
pub(super) struct Reversed {
    /// Whether the migration has a script of its own for it.
    pub(super) is_written: bool,
    /// Why it does not run, or what it has no statement for.
    pub(super) problems: Vec<Problem>,
}

impl Setup {
    /// Runs the way back from the schema that there is now to the one from before.
    pub(super) async fn reverse(
        &self,
        database: &Database,
        number: usize,
        now: &Look,
        before: &Look,
    ) -> Result<Reversed, Failure> {
        let migration = self.migration(number);
        match &migration.down {
            Some(down) => {
                let script = Migration {
                    up: down.clone(),
                    down: None,
                    ..migration.clone()
                };
                let problems = self.run_script(database, &script).await?;
                Ok(Reversed {
                    is_written: true,
                    problems,
                })
            }
            None => {
                let problems = self.derived(database, migration, now, before).await?;
                Ok(Reversed {
                    is_written: false,
                    problems,
                })
            }
        }
    }

    async fn run_script(
        &self,
        database: &Database,
        script: &Migration,
    ) -> Result<Vec<Problem>, Failure> {
        let session = self.session(database).await?;
        let settings = self.options.settings.clone();
        let run = Rehearsal::new([Part::from(script)], settings, "the database");
        let mut run = run.called("the way back");
        run.is_on("the database", self.grounds.is_throwaway());
        run.start(&session).await?;
        let done = run.through_part(&session, 0).await;
        self.leave(database, session, done.is_ok()).await;
        refusal(done)
    }

    async fn derived(
        &self,
        database: &Database,
        migration: &Migration,
        now: &Look,
        before: &Look,
    ) -> Result<Vec<Problem>, Failure> {
        let renames = Renames::of(migration, &before.catalog, &self.options.settings)?;
        let from = Read::postgres("the schema behind it", now.catalog.clone());
        let to = Read::postgres("the schema before it", before.catalog.clone());
        let pair = renames.back(Pair::of(from, to)?);
        let transition = pair.transition(DiffOptions::default());
        let session = self.session(database).await?;
        let mut problems = Vec::new();
        for statement in transition.statements(Frame::Script) {
            if let Err(error) = session.execute(&statement).await {
                if error.ends_connection() {
                    return Err(error.into());
                }
                let problem = Problem::new(format!(
                    "the way back that is derived does not run: {error}"
                ));
                let mut problem = problem.note(statement);
                if is_about_data(&error) {
                    problem = problem.note(
                        "rows that are there behind the migration do not fit the schema before it, \
                         and the two schemas do not say what they have to become",
                    );
                }
                problems.push(problem);
                break;
            }
        }
        self.leave(database, session, problems.is_empty()).await;
        let remaining = transition.remaining.iter();
        problems.extend(
            remaining
                .map(|one| Problem::new(format!("no statement leads back for {}", one.object))),
        );
        Ok(problems)
    }
}

/// Whether rows are what a server refuses: the classes of SQLSTATE for values and for constraints.
fn is_about_data(error: &ServerError) -> bool {
    let code = error.code().unwrap_or_default();
    code.starts_with("22") || code.starts_with("23")
}

/// What a server refuses is told of the migration; what else goes wrong ends the run.
pub(super) fn refusal<T>(done: Result<T, Failure>) -> Result<Vec<Problem>, Failure> {
    match done {
        Ok(_) => Ok(Vec::new()),
        Err(failure) if ends_the_run(&failure) => Err(failure),
        Err(failure) => Ok(failure.problems),
    }
}

/// Whether a failure is none of the migration's.
pub(super) fn ends_the_run(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Interrupted | FailureKind::Connection
    )
}
