//! What a test database shall be like.

use std::{path::PathBuf, sync::Arc};

use segue_engine::{Failure, Interrupt};
use segue_project::config::Secret;

use super::{
    TestDatabase, TestServer,
    recipe::{At, Recipe},
    server::Site,
};
use crate::{Embedded, Migrator, in_heap::in_heap};

/// Describes a test database; made by [`TestDatabase::builder`].
#[derive(Debug, Clone, Default)]
pub struct TestDatabaseBuilder {
    migrator: Migrator,
    url: Option<Secret>,
    at: At,
    tcp: bool,
}

impl TestDatabaseBuilder {
    /// The folder of migrations, or the project folder in which it is found. Without it: as the command line finds it.
    #[must_use]
    pub fn dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.migrator = self.migrator.dir(dir);
        self
    }

    /// Migrations that are in the program: what `embed!` makes.
    #[must_use]
    pub fn migrations(self, embedded: Embedded) -> Self {
        self.migrator(Migrator::from(embedded))
    }

    /// Migrations with everything else that there is to say of them: layout, configuration, options. Its URL does not
    /// count.
    #[must_use]
    pub fn migrator(mut self, migrator: Migrator) -> Self {
        self.migrator = migrator;
        self
    }

    /// The server: the URL of any of its databases, such as `postgres`, as a role that may create databases; `embedded`
    /// for the embedded PostgreSQL, which takes one connection at a time for each database.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(Secret::new(url.into()));
        self
    }

    /// With the migrations up to this one, rather than all: its name, or as much of its beginning as is unique.
    #[must_use]
    pub fn at(mut self, migration: impl Into<String>) -> Self {
        self.at = At::Migration(migration.into());
        self
    }

    /// With no migration applied.
    #[must_use]
    pub fn empty(mut self) -> Self {
        self.at = At::Nothing;
        self
    }

    /// Where a throwaway server is started: it listens on a port of this machine too, with a password, for drivers that
    /// know no Unix sockets.
    #[must_use]
    pub fn tcp(mut self, on: bool) -> Self {
        self.tcp = on;
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// No server to be had, and what was looked for; a migration that is unknown, or that the server refuses; a URL that
    /// is that of the project's own database.
    pub async fn create(self) -> Result<TestDatabase, Failure> {
        let recipe = Recipe::new(&self.migrator, false);
        let site = in_heap(Site::shared(&recipe, self.url.as_ref(), self.tcp)).await?;
        in_heap(TestDatabase::of(site, Arc::new(recipe), &self.at)).await
    }

    /// A server to make many databases on, for a process that lives long: it is stopped when the value and all its
    /// databases are dropped, and looks at the migrations anew for each.
    ///
    /// # Errors
    /// No server to be had; a URL that is that of the project's own database.
    pub async fn server(self, interrupt: Interrupt) -> Result<TestServer, Failure> {
        let recipe = Recipe::new(&self.migrator.stopped_by(interrupt), true);
        let source = in_heap(recipe.source(self.url.as_ref(), self.tcp)).await?;
        let site = in_heap(Site::open(&source)).await?;
        Ok(TestServer::new(site, recipe, self.at))
    }
}
