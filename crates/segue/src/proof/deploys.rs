//! segue's own commands on the databases of a trial, and what is in them afterwards.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use segue_catalog::Catalog;
use segue_db::Session;
use segue_engine::{
    ContractOptions, Deployed, Event, Failure, Interrupt, Options, Request, Settings, contract,
    deploy,
    replay::{Bookkeeping, role_said_missing},
    rollback, seed,
};
use segue_plan::Strategy;
use segue_project::{Migration, Project};

use super::{
    contents::{self, Contents},
    grounds::{Database, Grounds},
    reverse::ends_the_run,
    sample::Sample,
};
use crate::{bookkeeping::forget_made, schema::introspect};

/// What all trials share.
pub(crate) struct Setup {
    pub(crate) grounds: Grounds,
    pub(crate) project: Arc<Project>,
    pub(crate) options: Options,
    pub(crate) history: Bookkeeping,
    pub(crate) interrupt: Interrupt,
    pub(crate) rows: segue_proof::rows::Wish,
    /// Rows of a live database that are beside those that segue makes.
    pub(crate) sample: Option<Sample>,
}

/// What is in a database.
pub(super) struct Look {
    pub(super) catalog: Catalog,
    pub(super) contents: Contents,
    pub(super) counted: BTreeMap<String, i64>,
}

/// So many rows every table is said to have: none is passed over for being small.
const LARGE: u64 = 100_000_000;

impl Setup {
    pub(crate) fn migration(&self, number: usize) -> &Migration {
        &self.project.migrations[number]
    }

    /// A session that names mean in what they do in a deploy.
    pub(crate) async fn session(&self, database: &Database) -> Result<Session, Failure> {
        let session = self.grounds.session(database).await?;
        self.settings().apply(&session).await?;
        Ok(session)
    }

    /// Keeps a session for the next one who needs one there, unless something went wrong in it.
    pub(crate) async fn leave(&self, database: &Database, session: Session, is_well: bool) {
        match is_well {
            true => self.grounds.give_back(database, session).await,
            false => session.close().await,
        }
    }

    fn settings(&self) -> Settings {
        self.options.settings.clone()
    }

    /// Deploys up to a migration. A plan is made as if every table of this schema were large and in use.
    pub(crate) async fn deploy(
        &self,
        database: &Database,
        number: usize,
        planned_for: Option<&Catalog>,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Deployed, Failure> {
        let mut options = self.options.clone();
        options.to = Some(self.migration(number).name.clone());
        match planned_for {
            None => options.strategy = Strategy::Direct,
            Some(catalog) => {
                options.strategy = Strategy::Online;
                let tables = catalog.tables.keys();
                options.declared = tables.map(|name| (name.to_string(), LARGE)).collect();
            }
        }
        let mut session = self.session(database).await?;
        let mut deployed = Deployed::default();
        let request = Request {
            session: &mut session,
            project: &self.project,
            options: &options,
            interrupt,
            events,
        };
        let done = deploy(request, None, &mut deployed).await;
        self.leave(database, session, done.is_ok()).await;
        done.map(|()| deployed)
    }

    /// A database that the first migration meets.
    pub(crate) async fn beginning(&self) -> Result<Database, Failure> {
        let database = self.grounds.empty().await?;
        if let Some(schema) = &self.options.settings.schema {
            let session = self.grounds.session(&database).await?;
            let schema = segue_db::identifier(schema);
            let make = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
            session.execute(&make).await?;
            self.leave(&database, session, true).await;
        }
        Ok(database)
    }

    /// Runs what is written up to a migration; why the server refuses it. Roles that are missing are made on a server that is
    /// ours.
    pub(crate) async fn written_through(
        &self,
        database: &Database,
        number: usize,
    ) -> Result<Option<Failure>, Failure> {
        loop {
            let never = Interrupt::never();
            let done = self
                .deploy(database, number, None, &never, &mut |_| {})
                .await;
            let failure = match done {
                Ok(_) => return Ok(None),
                Err(failure) if ends_the_run(&failure) => return Err(failure),
                Err(failure) => failure,
            };
            let mut messages = failure.problems.iter().map(|problem| &problem.message);
            let role = messages.find_map(|message| role_said_missing(message));
            let Some(role) = role.filter(|_| self.grounds.is_throwaway()) else {
                return Ok(Some(failure));
            };
            let session = self.grounds.session(database).await?;
            let role = segue_db::identifier(&role);
            session.execute(&format!("CREATE ROLE {role}")).await?;
            session.close().await;
        }
    }

    /// Runs `contract`.
    pub(crate) async fn contract(&self, database: &Database) -> Result<(), Failure> {
        let mut session = self.session(database).await?;
        let wish = ContractOptions::default();
        let done = contract(self.request(&mut session, &mut |_| {}), None, &wish).await;
        self.leave(database, session, done.is_ok()).await;
        done.map(drop)
    }

    /// Runs `rollback`.
    pub(crate) async fn rollback(&self, database: &Database) -> Result<(), Failure> {
        let mut session = self.session(database).await?;
        let done = rollback(self.request(&mut session, &mut |_| {}), None, None).await;
        self.leave(database, session, done.is_ok()).await;
        done.map(drop)
    }

    /// Runs a file that fills a database.
    pub(crate) async fn seed(&self, database: &Database, file: &Path) -> Result<(), Failure> {
        let mut session = self.session(database).await?;
        let done = seed(self.request(&mut session, &mut |_| {}), file).await;
        session.close().await;
        done.map(drop)
    }

    fn request<'a>(
        &'a self,
        session: &'a mut Session,
        events: &'a mut (dyn FnMut(Event) + Send),
    ) -> Request<'a> {
        Request {
            session,
            project: &self.project,
            options: &self.options,
            interrupt: &self.interrupt,
            events,
        }
    }

    /// The schema of a database, without what a deploy keeps in it.
    pub(crate) async fn catalog(&self, session: &Session) -> Result<Catalog, Failure> {
        let mut catalog = introspect(session).await?.catalog;
        forget_made(&mut catalog, &self.history);
        Ok(catalog)
    }

    /// The schema of a database, as [`catalog`](Self::catalog).
    pub(crate) async fn catalog_of(&self, database: &Database) -> Result<Catalog, Failure> {
        let session = self.session(database).await?;
        let catalog = self.catalog(&session).await;
        self.leave(database, session, catalog.is_ok()).await;
        catalog
    }

    /// All that is in a database.
    pub(super) async fn look(&self, database: &Database) -> Result<Look, Failure> {
        let catalog = self.catalog_of(database).await?;
        self.look_around(database, catalog).await
    }

    /// All that is in a database whose schema is known.
    pub(super) async fn look_around(
        &self,
        database: &Database,
        catalog: Catalog,
    ) -> Result<Look, Failure> {
        let session = self.session(database).await?;
        let contents = contents::read(&session, &catalog).await?;
        let counted = contents::counted(&session).await?;
        self.leave(database, session, true).await;
        Ok(Look {
            catalog,
            contents,
            counted,
        })
    }

    /// A database as a migration meets it, without rows that segue makes: the history before it is run once more. The server may
    /// refuse that where a migration has made what all databases share, such as a role.
    pub(super) async fn once_more_before(&self, number: usize) -> Result<Database, Failure> {
        let database = self.beginning().await?;
        let failure = match number.checked_sub(1) {
            Some(last) => self.written_through(&database, last).await?,
            None => None,
        };
        match failure {
            None => Ok(database),
            Some(failure) => Err(failure),
        }
    }
}
