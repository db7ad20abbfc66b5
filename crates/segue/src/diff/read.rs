//! Reading the schema of one side.

use segue_catalog::diff::Rename;
use segue_db::{Place, Session, Unread, history::Table as HistoryTable};
use segue_engine::Failure;
use segue_project::{Folder, LAYOUTS, config::Secret};
use segue_sql::Problem;

use super::Side;
use crate::{
    Migrator, Model,
    bookkeeping::{forget, forget_in_sqlite, forget_own_schema},
    schema::{in_sqlite, introspect},
    server::{Server, Wanted},
    workplace::Workplace,
};

/// A schema, and what there is to say of it.
pub(super) struct Read {
    /// In words.
    pub(super) name: String,
    /// The schema; `None`: an empty one, of whatever kind the other is.
    pub(super) model: Option<Model>,
    /// What a later schema calls otherwise.
    pub(super) renames: Vec<Rename>,
    /// Histories that were left out.
    pub(super) histories: Vec<HistoryTable>,
    pub(super) unread: Vec<Unread>,
    pub(super) notes: Vec<String>,
}

impl Read {
    fn of(name: impl Into<String>, model: Option<Model>) -> Self {
        Self {
            name: name.into(),
            model,
            renames: Vec::new(),
            histories: Vec::new(),
            unread: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl Migrator {
    /// The schema of a side; `origin` is where it is named.
    pub(super) async fn read_side(
        &self,
        workplace: &Workplace,
        side: &Side,
        origin: &str,
    ) -> Result<Read, Failure> {
        match side {
            Side::Empty => Ok(Read::of("an empty database", None)),
            Side::Database(url) => self.read_database(workplace, url, origin).await,
            Side::Path(path) => {
                Err(Problem::new(format!("`{}` is no URL of a database", path.display())).into())
            }
        }
    }

    async fn read_database(
        &self,
        workplace: &Workplace,
        url: &Secret,
        origin: &str,
    ) -> Result<Read, Failure> {
        let here = Folder::list(&workplace.current)?;
        let source = workplace.given(url, origin)?;
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
        let read = live(&link.session, server.describe(), &options.place).await;
        link.close().await;
        read
    }
}

/// The schema of a live database, without what a deploy keeps in it.
async fn live(session: &Session, name: String, place: &Place) -> Result<Read, Failure> {
    let facts = segue_db::facts(session, place).await?;
    let mut read = Read::of(name, None);
    read.histories = facts
        .histories
        .into_iter()
        .map(|found| found.table)
        .collect();
    match session {
        Session::Postgres(_) => {
            let introspected = introspect(session).await?;
            let mut catalog = introspected.catalog;
            if facts.has_own_schema {
                forget_own_schema(&mut catalog);
            }
            for table in &read.histories {
                forget(&mut catalog, table);
            }
            read.model = Some(Model::Postgres(Box::new(catalog)));
            read.unread = introspected.unread;
            read.notes = introspected.notes;
        }
        Session::Sqlite(_) => {
            let mut catalog = in_sqlite::introspect(session).await?;
            for table in &read.histories {
                forget_in_sqlite(&mut catalog, table);
            }
            read.model = Some(Model::Sqlite(Box::new(catalog)));
        }
    }
    Ok(read)
}
