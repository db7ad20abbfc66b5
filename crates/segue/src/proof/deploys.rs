//! segue's own commands on the databases of a trial, and what is in them afterwards.

use std::{collections::BTreeMap, sync::Arc};

use segue_catalog::Catalog;
use segue_db::Session;
use segue_engine::{
    ContractOptions, Deployed, Event, Failure, Interrupt, Options, Request, Settings, contract,
    deploy, replay::Bookkeeping, rollback,
};
use segue_plan::Strategy;
use segue_project::{Migration, Project};

use super::{
    contents::{self, Contents},
    grounds::{Database, Grounds},
};
use crate::{bookkeeping::forget_made, schema::introspect};

/// What all trials share.
pub(super) struct Setup {
    pub(super) grounds: Grounds,
    pub(super) project: Arc<Project>,
    pub(super) options: Options,
    pub(super) history: Bookkeeping,
    pub(super) interrupt: Interrupt,
    pub(super) rows: segue_proof::rows::Wish,
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
    pub(super) fn migration(&self, number: usize) -> &Migration {
        &self.project.migrations[number]
    }

    /// A session that names mean in what they do in a deploy.
    pub(super) async fn session(&self, database: &Database) -> Result<Session, Failure> {
        let session = self.grounds.session(database).await?;
        self.settings().apply(&session).await?;
        Ok(session)
    }

    fn settings(&self) -> Settings {
        self.options.settings.clone()
    }

    /// Deploys up to a migration. A plan is made as if every table of this schema were large and in use.
    pub(super) async fn deploy(
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
        session.close().await;
        done.map(|()| deployed)
    }

    /// Runs `contract`.
    pub(super) async fn contract(&self, database: &Database) -> Result<(), Failure> {
        let mut session = self.session(database).await?;
        let wish = ContractOptions::default();
        let request = Request {
            session: &mut session,
            project: &self.project,
            options: &self.options,
            interrupt: &self.interrupt,
            events: &mut |_| {},
        };
        let done = contract(request, None, &wish).await;
        session.close().await;
        done.map(drop)
    }

    /// Runs `rollback`.
    pub(super) async fn rollback(&self, database: &Database) -> Result<(), Failure> {
        let mut session = self.session(database).await?;
        let request = Request {
            session: &mut session,
            project: &self.project,
            options: &self.options,
            interrupt: &self.interrupt,
            events: &mut |_| {},
        };
        let done = rollback(request, None).await;
        session.close().await;
        done.map(drop)
    }

    /// The schema of a database, without what a deploy keeps in it.
    pub(super) async fn catalog(&self, session: &Session) -> Result<Catalog, Failure> {
        let mut catalog = introspect(session).await?.catalog;
        forget_made(&mut catalog, &self.history);
        Ok(catalog)
    }

    /// All that is in a database.
    pub(super) async fn look(&self, database: &Database) -> Result<Look, Failure> {
        let session = self.session(database).await?;
        let catalog = self.catalog(&session).await?;
        let contents = contents::read(&session, &catalog).await?;
        let counted = contents::counted(&session).await?;
        session.close().await;
        Ok(Look {
            catalog,
            contents,
            counted,
        })
    }
}
