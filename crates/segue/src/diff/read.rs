//! Reading the schema of one side: of a live database at once, of anything else by running it on a shadow database.

use std::sync::Arc;

use segue_catalog::{Catalog, Name, deployed_by, sqlite};
use segue_db::{Place, Session, Unread, history::Table as HistoryTable, own::rollouts};
use segue_engine::Failure;
use segue_project::{Content, Folder, LAYOUTS};
use segue_sql::{Dialect, Source as Text};

use super::{Side, stage::Stage};
use crate::{
    Migrator, Model,
    bookkeeping::{forget, forget_in_sqlite, forget_own_schema},
    desired::{Desired, hints::hints, renames::Hint},
    revision::{self, Old},
    schema::{Found, in_sqlite, introspect, memberships},
    server::{Link, Server, Wanted},
    source::Source,
    workplace::Workplace,
};

/// What is said of a schema that is between two.
const HAS_BOTH_FORMS: &str = "a plan is under way or waits for contract: the columns, triggers, functions and views by which both versions of the app work are part of this schema until `segue contract` or `segue rollback`";

/// A schema, and what there is to say of it.
#[derive(Clone)]
pub(crate) struct Read {
    /// In words.
    pub(crate) name: String,
    /// The schema; `None`: an empty one, of whatever kind the other is.
    pub(crate) model: Option<Model>,
    /// What it says of earlier names.
    pub(crate) hints: Vec<Hint>,
    /// The tool whose language it was printed from, which cannot say everything.
    pub(crate) tool: Option<&'static str>,
    /// The role that it was read as, of a live database.
    pub(crate) role: Option<Name>,
    /// As which roles deploys of a live database act.
    pub(crate) roles: Vec<Name>,
    /// Histories that were left out.
    pub(crate) histories: Vec<HistoryTable>,
    pub(crate) unread: Vec<Unread>,
    pub(crate) notes: Vec<String>,
}

impl Read {
    pub(crate) fn of(name: impl Into<String>, model: Option<Model>) -> Self {
        Self {
            name: name.into(),
            model,
            hints: Vec::new(),
            tool: None,
            role: None,
            roles: Vec::new(),
            histories: Vec::new(),
            unread: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// What belongs to the role that a live database was read as belongs to the one that deploys, as on a shadow.
    pub(crate) fn as_deployed(&mut self) {
        if let (Some(Model::Postgres(catalog)), Some(role)) = (&mut self.model, &self.role) {
            deployed_by(catalog, role);
        }
    }

    pub(crate) fn postgres(name: impl Into<String>, catalog: Catalog) -> Self {
        Self::of(name, Some(Model::Postgres(Box::new(catalog))))
    }

    pub(crate) fn sqlite(name: impl Into<String>, catalog: sqlite::Catalog) -> Self {
        Self::of(name, Some(Model::Sqlite(Box::new(catalog))))
    }
}

impl Migrator {
    /// The schema of a side that needs no shadow database; `None`: this one does. `origin` is where it is named.
    pub(crate) async fn read_live(
        &self,
        workplace: &Workplace,
        side: &Side,
        origin: &str,
    ) -> Result<Option<Read>, Failure> {
        match side {
            Side::Empty => Ok(Some(Read::of("an empty database", None))),
            Side::Database(Some(url)) => {
                let source = workplace.given(url, origin)?;
                self.read_database(workplace, source).await.map(Some)
            }
            Side::Database(None) => {
                if let Err(failure) = self.survey(workplace) {
                    // A project may begin with its database.
                    let here = Folder::list(&workplace.current)?;
                    let resolution = workplace.url(self.url.as_ref(), &here)?;
                    return match workplace.source(&resolution)? {
                        Some(source) => self.read_database(workplace, source).await.map(Some),
                        None => Err(failure),
                    };
                }
                let connected = self.connect(&mut |_| {}).await?;
                let place = connected.options.place.clone();
                let name = connected.database.clone();
                let read = live(&connected.link.session, name, &place).await;
                connected.close().await;
                read.map(Some)
            }
            Side::Migrations(_) | Side::Schema(_) | Side::Path(_) | Side::Revision(..) => Ok(None),
        }
    }

    async fn read_database(&self, workplace: &Workplace, source: Source) -> Result<Read, Failure> {
        let (server, link) = self.connect_to(workplace, source).await?;
        let place = workplace.options(self)?.place;
        let read = live(&link.session, server.describe(), &place).await;
        link.close().await;
        read
    }

    /// Connects to a database that need not be the project's own.
    pub(crate) async fn connect_to(
        &self,
        workplace: &Workplace,
        source: Source,
    ) -> Result<(Server, Link), Failure> {
        let here = Folder::list(&workplace.current)?;
        let server = Server::of(source, &here, workplace.embedded_folder(&here)).await?;
        let options = workplace.options(self)?;
        let wanted = Wanted {
            extensions: &[],
            patience: workplace.connect_timeout(self)?,
            create: false,
            layout: LAYOUTS[0],
            lock_timeout: options.settings.lock_timeout,
            lock_budget: options.patience.locks,
        };
        let link = server.connect(&wanted, &mut |_| {}).await?;
        Ok((server, link))
    }

    /// The schema of a side that is no live database.
    pub(super) async fn read_on(
        &self,
        stage: &mut Stage,
        workplace: &Workplace,
        side: &Side,
    ) -> Result<Read, Failure> {
        match side {
            Side::Empty | Side::Database(_) => Ok(Read::of("an empty database", None)),
            Side::Migrations(None) => {
                let found = self.found(workplace).await?;
                stage.migrations(&found).await
            }
            Side::Migrations(Some(path)) => {
                let there = self.clone().dir(path);
                let found = there.found(&Workplace::of(&there)?).await?;
                stage.migrations(&found).await
            }
            Side::Schema(None) => {
                let desired = self.desired(workplace).await?;
                stage.desired(&desired).await
            }
            Side::Schema(Some(path)) => stage.desired(&Desired::of_path(path)?).await,
            Side::Path(path) if path.is_dir() && has_migrations(&Folder::list(path)?) => {
                let there = self.clone().dir(path);
                let found = there.found(&Workplace::of(&there)?).await?;
                stage.migrations(&found).await
            }
            Side::Path(path) => stage.desired(&Desired::of_path(path)?).await,
            Side::Revision(revision, path) => {
                let path = match path {
                    Some(path) => path.clone(),
                    None => workplace.folder(self)?.path,
                };
                let old = revision::files(revision, &path)?;
                let name = format!("{} at {revision}", segue_project::shown_path(&path));
                self.read_old(stage, workplace, &path, name, &old).await
            }
        }
    }

    async fn read_old(
        &self,
        stage: &mut Stage,
        workplace: &Workplace,
        path: &std::path::Path,
        name: String,
        old: &[Old],
    ) -> Result<Read, Failure> {
        let folder = Folder::in_memory(
            path,
            old.iter()
                .map(|file| (file.path.as_str(), Content::Text(&file.text))),
        );
        let is_file = old.iter().any(|file| file.path.is_empty());
        if !is_file && has_migrations(&folder) {
            let found: Found = self.found_in(workplace, folder).await?;
            let mut read = stage.migrations(&found).await?;
            read.name = format!("the migrations in {name}");
            return Ok(read);
        }
        let mut sql: Vec<&Old> = old
            .iter()
            .filter(|file| is_file || file.path.ends_with(".sql"))
            .collect();
        sql.sort_by(|a, b| a.path.cmp(&b.path));
        let files: Vec<Arc<Text>> = sql
            .iter()
            .map(|file| Text::new(path.join(&file.path).display().to_string(), &*file.text))
            .collect();
        let name = format!("the schema in {name}");
        stage
            .desired(&Desired {
                files,
                name,
                tool: None,
            })
            .await
    }

    /// The schema that the project shall have.
    pub(crate) async fn desired(&self, workplace: &Workplace) -> Result<Desired, Failure> {
        let survey = self.survey(workplace).ok();
        let folder = survey.as_ref().map(|survey| survey.folder.clone());
        let layout = survey.and_then(|survey| Some(survey.settle(&[]).ok()?.1.layout.name));
        let printing = Desired::of_project(workplace, folder.as_ref(), layout);
        self.interrupt.may_stop(printing).await
    }
}

/// Whether a folder has files as some tool names its migrations.
fn has_migrations(folder: &Folder) -> bool {
    LAYOUTS.iter().any(|layout| (layout.fits)(folder))
}

/// A schema with what its comments say.
pub(super) fn with_hints(mut read: Read, desired: &Desired) -> Result<Read, Failure> {
    read.hints = hints(&desired.files)?;
    read.tool = desired.tool;
    Ok(read)
}

/// The schema of a live database, without what a deploy keeps in it.
pub(crate) async fn live(session: &Session, name: String, place: &Place) -> Result<Read, Failure> {
    let facts = segue_db::facts(session, place).await?;
    let histories: Vec<HistoryTable> = facts
        .histories
        .into_iter()
        .map(|found| found.table)
        .collect();
    let mut read = match session.dialect() {
        Dialect::Postgres => {
            let introspected = introspect(session).await?;
            let mut catalog = introspected.catalog;
            let mut notes = introspected.notes;
            if facts.has_own_schema {
                forget_own_schema(&mut catalog);
                if rollouts::is_any_open(session).await? {
                    notes.push(HAS_BOTH_FORMS.to_owned());
                }
            }
            for table in &histories {
                forget(&mut catalog, table);
            }
            Read {
                unread: introspected.unread,
                notes,
                role: Some(Name::stored(&facts.user)),
                roles: memberships(session).await?,
                ..Read::postgres(name, catalog)
            }
        }
        Dialect::Sqlite => {
            let mut catalog = in_sqlite::introspect(session).await?;
            for table in &histories {
                forget_in_sqlite(&mut catalog, table);
            }
            Read::sqlite(name, catalog)
        }
    };
    read.histories = histories;
    Ok(read)
}
