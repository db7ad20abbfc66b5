//! Where schemas are run that no live database has: shadow databases of one server, one after the other, or SQLite's
//! in memory.

use std::sync::Arc;

use segue_catalog::Catalog;
use segue_engine::{
    Failure, Settings,
    replay::{self, Bookkeeping, Part, Rehearsal},
};
use segue_project::{Migration, Script};
use segue_sql::{Dialect, Source};

use super::read::{Read, with_hints};
use crate::{
    bookkeeping::forget_made,
    desired::Desired,
    schema::{Found, Question, beginning, extensions, introspect, predict, run},
    shadow::{Shadow, Wanted, Wish},
};

/// A place to run schemas on.
pub(crate) struct Stage {
    wish: Wish,
    dialect: Dialect,
    major: u16,
    /// What names mean there.
    settings: Settings,
    /// The last one that was used.
    shadow: Option<Shadow>,
}

impl Stage {
    pub(crate) fn new(wish: Wish, dialect: Dialect, major: u16, settings: &Settings) -> Self {
        Self {
            wish,
            dialect,
            major,
            // Whom the project deploys as is nobody there.
            settings: Settings {
                role: None,
                path: None,
                ..settings.clone()
            },
            shadow: None,
        }
    }

    /// An empty database.
    pub(crate) async fn fresh(&mut self, extensions: &[String]) -> Result<&Shadow, Failure> {
        let wanted = Wanted {
            major: self.major,
            extensions,
        };
        let fresh = match self.shadow.take() {
            Some(used) => used.renewed(&self.wish, &wanted).await?,
            None => Shadow::open(&self.wish, &wanted).await?,
        };
        Ok(self.shadow.insert(fresh))
    }

    /// Ends it behind some work; beside what that came to, what is left behind.
    ///
    /// # Errors
    /// Those of the work, which say then what is left behind.
    pub(crate) async fn end<T>(
        self,
        done: Result<T, Failure>,
    ) -> Result<(T, Option<String>), Failure> {
        let left_behind = match self.shadow {
            Some(shadow) => shadow.close().await,
            None => None,
        };
        match done {
            Ok(done) => Ok((done, left_behind)),
            Err(mut failure) => {
                if let Some(problem) = failure.problems.first_mut() {
                    problem.notes.extend(left_behind);
                }
                Err(failure)
            }
        }
    }

    /// Where its databases are, and what stops the work on them.
    pub(crate) fn wish(&self) -> &Wish {
        &self.wish
    }

    /// The database that was used last.
    pub(crate) fn shadow(&self) -> Option<&Shadow> {
        self.shadow.as_ref()
    }

    /// What names mean on it.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The schema that migrations make. Its database is used by then, and in that state.
    pub(crate) async fn migrations(&mut self, found: &Found) -> Result<Read, Failure> {
        let name = format!(
            "the migrations in {}",
            segue_project::shown_path(&found.project.folder.path)
        );
        let all: Vec<&Migration> = found.project.migrations.iter().collect();
        self.these(found, name, &all).await
    }

    /// The same of some of them, or with others.
    pub(crate) async fn these(
        &mut self,
        found: &Found,
        name: String,
        migrations: &[&Migration],
    ) -> Result<Read, Failure> {
        let parts: Vec<Part<'_>> = migrations.iter().copied().map(Part::from).collect();
        if self.dialect == Dialect::Sqlite {
            let history = found.history(Dialect::Sqlite, &parts)?;
            let layout = found.project.choice.layout;
            let (catalog, _) = run(&parts, layout, Some(&history)).await?;
            return Ok(Read::sqlite(name, catalog));
        }
        self.settings
            .schema
            .clone_from(&found.options.settings.schema);
        self.settings.keeps_path = found.options.settings.keeps_path;
        let history = found.history(Dialect::Postgres, &parts)?;
        if self.wish.is_nowhere() {
            return self.told(name, parts, history).await;
        }
        let catalog = self.run(parts, history).await?;
        let mut read = Read::postgres(name, catalog);
        read.notes.clone_from(&found.notes);
        Ok(read)
    }

    /// The same without a server, as far as that can be done.
    async fn told(
        &self,
        name: String,
        parts: Vec<Part<'_>>,
        history: Bookkeeping,
    ) -> Result<Read, Failure> {
        let (catalog, provenance) = predict(Question {
            parts,
            beginning: beginning(self.major, None, &self.settings),
            history,
            settings: &self.settings,
            shadow: &self.wish,
            compared_with: None,
        })
        .await?;
        let missing = provenance.missing().count();
        let mut read = Read::postgres(name, catalog);
        read.notes = provenance.notes;
        if missing > 0 {
            read.notes.push(format!(
                "--no-shadow: what {missing} statements of the migrations do is not known, and is missing here"
            ));
        }
        Ok(read)
    }

    /// Runs migrations on an empty database, and reads what they made.
    async fn run(
        &mut self,
        parts: Vec<Part<'_>>,
        history: Bookkeeping,
    ) -> Result<Catalog, Failure> {
        let extensions = extensions(&parts);
        let settings = self.settings.clone();
        let wish = self.wish.clone();
        let shadow = self.fresh(&extensions).await?;
        let last = parts.len();
        let mut rehearsal =
            Rehearsal::new(parts, settings, "the shadow database").with_history(history.clone());
        rehearsal.is_on(&shadow.name, shadow.is_throwaway);
        let running = async {
            rehearsal.start(&shadow.session).await?;
            rehearsal.through_part(&shadow.session, last).await?;
            Ok(introspect(&shadow.session).await?.catalog)
        };
        let read = shadow.work(&wish, running).await?;
        let mut catalog = rehearsal.as_deployed(read);
        forget_made(&mut catalog, &history);
        Ok(catalog)
    }

    /// The schema that SQL declares. Its database is used by then, and in that state.
    pub(crate) async fn desired(&mut self, desired: &Desired) -> Result<Read, Failure> {
        if self.dialect == Dialect::Sqlite {
            let migrations: Vec<Migration> = desired.files.iter().map(as_migration).collect();
            let parts: Vec<Part<'_>> = migrations.iter().map(Part::from).collect();
            let (catalog, _) = run(&parts, segue_project::LAYOUTS[0], None).await?;
            return with_hints(Read::sqlite(&desired.name, catalog), desired);
        }
        let settings = self.settings.clone();
        let wish = self.wish.clone();
        let shadow = self.fresh(&desired.extensions()).await?;
        let mut rehearsal = Rehearsal::new([], settings.clone(), "the shadow database");
        let stage = replay::Stage {
            session: &shadow.session,
            settings: &settings,
            name: &shadow.name,
            makes_roles: shadow.is_throwaway,
        };
        let running = async {
            rehearsal.start(&shadow.session).await?;
            replay::declare(&stage, &desired.files).await?;
            Ok(introspect(&shadow.session).await?.catalog)
        };
        let read = shadow.work(&wish, running).await?;
        let catalog = rehearsal.as_deployed(read);
        with_hints(Read::postgres(&desired.name, catalog), desired)
    }
}

/// What runs a migration runs declared SQL of SQLite's too.
fn as_migration(source: &Arc<Source>) -> Migration {
    Migration {
        key: source.name.clone(),
        name: source.name.clone(),
        description: String::new(),
        checksum: None,
        up: Script::whole(source.name.clone().into(), Arc::clone(source)),
        down: None,
        transactional: true,
        repeatable: false,
        run_by: None,
        transform: None,
    }
}
