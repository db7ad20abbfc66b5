//! What a migration is tried with: the files beside it, rows, and what the statements as written make of them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_db::Session;
use segue_engine::{Event, Failure, Interrupt};
use segue_project::Migration;
use segue_sql::{Problem, Said, Source, directives};

use super::{
    super::{
        assertions::Assertions,
        demands::with_demands,
        deploys::Look,
        fill::fill_beside,
        grounds::Database,
        reverse::{ends_the_run, refusal},
    },
    Scene, Trial, first_line,
};

impl Trial<'_> {
    /// What the file says of the way back, and what is asserted.
    pub(super) fn read_files(&mut self) -> Result<bool, Failure> {
        let source = self.setup.migration(self.case.number).up.source()?;
        if let Ok(said) = directives(&source) {
            self.irreversible = said.into_iter().find_map(|one| match one.said {
                Said::Irreversible { reason } => Some(source.text[reason].to_owned()),
                _ => None,
            });
        }
        let Some(file) = self.beside("test.sql") else {
            return Ok(true);
        };
        match Assertions::read(text_of(&file)?) {
            Ok(assertions) => self.assertions = Some(assertions),
            Err(problems) => return Ok(self.check("assertions", problems)),
        }
        Ok(true)
    }

    fn beside(&self, name: &str) -> Option<PathBuf> {
        let migration = self.setup.migration(self.case.number);
        beside(migration, &self.setup.project.folder.path, name)
    }

    /// Rows are put into a database, and it is seen what the statements as written make of them; `None`: the server refuses them.
    pub(super) async fn set(&mut self, filled: Database) -> Result<Option<Scene>, Failure> {
        let grounds = &self.setup.grounds;
        let has_own = match self.rows(&filled).await? {
            Ok(has_own) => has_own,
            Err(problems) => {
                self.check("seed", problems);
                grounds.remove(filled).await;
                return Ok(None);
            }
        };
        let mut scene = self.deployed(filled, has_own).await?;
        if scene.is_as_written() {
            self.check("as written", Vec::new());
            return Ok(Some(scene));
        }
        let mut written = self.written(&scene.filled).await?;
        if let (Err(failure), false) = (&written, has_own) {
            grounds.remove(scene.planned).await;
            grounds.remove(scene.filled).await;
            let Some(other) = self.without_rows(failure).await? else {
                let problems = written.err().map(|failure| failure.problems);
                self.check("as written", problems.unwrap_or_default());
                return Ok(None);
            };
            scene = other;
            written = self.written(&scene.filled).await?;
        }
        match written {
            Ok(written) => {
                self.check("as written", Vec::new());
                scene.written = Some(written);
                Ok(Some(scene))
            }
            Err(failure) => {
                self.check("as written", failure.problems);
                grounds.remove(scene.planned).await;
                grounds.remove(scene.filled).await;
                Ok(None)
            }
        }
    }

    /// The same without rows that segue makes, which the migration does not take; `None`: there is no such database.
    async fn without_rows(&mut self, failure: &Failure) -> Result<Option<Scene>, Failure> {
        let (why, number) = (first_line(failure), self.case.number);
        match self.setup.once_more_before(number).await {
            Ok(empty) => {
                self.tested.notes.push(format!(
                    "with rows that segue made it fails, so it was tried without: {why}; seed.sql gives it rows of its own"
                ));
                self.deployed(empty, false).await.map(Some)
            }
            Err(failure) if ends_the_run(&failure) => Err(failure),
            Err(failure) => {
                self.tested.notes.push(format!(
                    "it was not tried without rows that segue made: the history before it does not run a second time: {}; \
                     seed.sql gives it rows of its own",
                    first_line(&failure)
                ));
                Ok(None)
            }
        }
    }

    /// Deploys it on a copy of a database, in which a script of the migration's own may have changed the schema.
    async fn deployed(&self, filled: Database, has_own: bool) -> Result<Scene, Failure> {
        let planned = self.setup.grounds.copy(&filled).await?;
        let start = match has_own {
            true => self.setup.look(&planned).await?,
            false => {
                let catalog = self.case.before.clone();
                self.setup.look_around(&planned, catalog).await?
            }
        };
        let (number, never) = (self.case.number, Interrupt::never());
        let planned_for = Some(&self.case.before);
        let mut has_begun = false;
        let mut events = |event: Event| has_begun |= matches!(event, Event::StepBegins { .. });
        let first = self
            .setup
            .deploy(&planned, number, planned_for, &never, &mut events)
            .await;
        let first = match first {
            Err(failure) if ends_the_run(&failure) => return Err(failure),
            first => first,
        };
        Ok(Scene {
            filled,
            written: None,
            planned,
            start,
            first,
            has_begun,
        })
    }

    /// Fills a database; whether by a script of the migration's own.
    async fn rows(&mut self, database: &Database) -> Result<Result<bool, Vec<Problem>>, Failure> {
        match self.beside("seed.sql") {
            Some(file) => {
                let problems = refusal(self.setup.seed(database, &file).await)?;
                Ok(match problems.is_empty() {
                    true => Ok(true),
                    false => Err(problems),
                })
            }
            None => self.make_rows(database).await.map(|()| Ok(false)),
        }
    }

    async fn make_rows(&mut self, database: &Database) -> Result<(), Failure> {
        if self.setup.rows.rows == 0 {
            return Ok(());
        }
        let catalog = with_demands(&self.case.before, &self.case.after);
        let Session::Postgres(session) = self.setup.session(database).await? else {
            return Ok(());
        };
        let sample = self.setup.sample.as_ref();
        // The next thing is a copy, for which it has to be closed.
        let filled = fill_beside(&session, &catalog, &self.setup.rows, sample).await;
        session.close().await;
        let filled = filled?;
        let notes = filled
            .empty
            .iter()
            .map(|one| format!("{} has no rows: {}; {}", one.table, one.why, one.help));
        self.tested.notes.extend(notes);
        self.tested.notes.extend(filled.notes);
        Ok(())
    }

    /// What the statements as written make of a database.
    pub(super) async fn written(&self, of: &Database) -> Result<Result<Look, Failure>, Failure> {
        let copy = self.setup.grounds.copy(of).await?;
        let never = Interrupt::never();
        let number = self.case.number;
        let done = self
            .setup
            .deploy(&copy, number, None, &never, &mut |_| {})
            .await;
        let look = match done {
            Ok(_) => Ok(self.setup.look(&copy).await?),
            Err(failure) if ends_the_run(&failure) => return Err(failure),
            Err(failure) => Err(failure),
        };
        self.setup.grounds.remove(copy).await;
        Ok(look)
    }
}

impl Scene {
    /// Whether the deploy has run the statements as they are written: there was nothing to plan.
    fn is_as_written(&self) -> bool {
        let first = self.first.as_ref();
        first.is_ok_and(|deployed| deployed.expanded.is_empty())
    }
}

/// A file that belongs to a migration: in its folder where it has one, else in the folder `…_test` beside that of the
/// migrations, where no tool takes it for a migration.
pub(crate) fn beside(migration: &Migration, folder: &Path, name: &str) -> Option<PathBuf> {
    let own = migration.up.path.parent()?;
    if own != folder {
        let file = own.join(name);
        return file.is_file().then_some(file);
    }
    let mut tests = folder.file_name()?.to_owned();
    tests.push("_test");
    let tests = folder.with_file_name(tests);
    let file = match name {
        "test.sql" => tests.join(format!("{}.sql", migration.name)),
        other => tests.join(format!("{}.{other}", migration.name)),
    };
    file.is_file().then_some(file)
}

fn text_of(file: &Path) -> Result<Arc<Source>, Failure> {
    let name = segue_project::shown_path(file).to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Problem::new(format!("`{name}` cannot be read: {error}")))?;
    Ok(Source::new(name, text))
}
