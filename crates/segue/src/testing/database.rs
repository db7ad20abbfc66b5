//! A database for one test.

use std::{fmt, sync::Arc};

use segue_db::Row;
use segue_engine::{Deployed, Event, Failure, Interrupt, Standing};

use super::{
    Parts, TakenBack, TestCatalog, TestDatabaseBuilder, back,
    recipe::{At, Recipe},
    server::{Host, Site},
    variables,
};
use crate::{Connected, Migrator, Seeded, Seeding, diff::read::live, in_heap::in_heap};

/// A database that only one test uses, with the project's migrations. It is removed when the value is dropped, also by a
/// panic.
pub struct TestDatabase {
    url: String,
    parts: Parts,
    /// Deploys to it.
    migrator: Migrator,
    pub(super) recipe: Arc<Recipe>,
    pub(super) site: Site,
    held: Held,
}

/// What is removed at the end.
enum Held {
    Hosted {
        host: Arc<Host>,
        name: String,
    },
    #[cfg(feature = "embedded")]
    Embedded(
        Option<segue_embedded::Embedded>,
        #[allow(dead_code)] tempfile::TempDir,
    ),
    Nothing,
}

/// Where many databases are made; see [`TestDatabaseBuilder::server`].
pub struct TestServer {
    site: Site,
    recipe: Arc<Recipe>,
    at: At,
}

impl TestServer {
    pub(super) fn new(site: Site, recipe: Recipe, at: At) -> Self {
        Self {
            site,
            recipe: Arc::new(recipe),
            at,
        }
    }

    /// Makes a database, up to this migration or as the builder said.
    ///
    /// # Errors
    /// As for [`TestDatabaseBuilder::create`].
    pub async fn create(&self, to: Option<&str>) -> Result<TestDatabase, Failure> {
        let named = to.map(|name| At::Migration(name.to_owned()));
        let at = named.as_ref().unwrap_or(&self.at);
        in_heap(TestDatabase::of(
            self.site.clone(),
            Arc::clone(&self.recipe),
            at,
        ))
        .await
    }

    /// The server, in words without a secret.
    pub fn name(&self) -> &str {
        match &self.site {
            Site::Host(host) => &host.name,
            #[cfg(feature = "embedded")]
            Site::Embedded => {
                "the embedded PostgreSQL 17, with one connection at a time for each database"
            }
        }
    }
}

impl TestDatabase {
    /// A database with all migrations of the project that the current folder is in (for tests: that of the crate).
    ///
    /// It is made on the server that `SEGUE_TEST_URL` or `TEST_DATABASE_URL` names (of the environment or `.env`), or
    /// `shadow_url` of `segue.toml`; else on a throwaway server from PostgreSQL binaries on this machine, which all tests
    /// of the process share; else, with the feature `embedded`, in an embedded server of its own.
    ///
    /// # Errors
    /// As for [`TestDatabaseBuilder::create`].
    pub async fn new() -> Result<Self, Failure> {
        Self::builder().create().await
    }

    /// Describes a database that is not like that of [`new`](Self::new).
    pub fn builder() -> TestDatabaseBuilder {
        TestDatabaseBuilder::default()
    }

    pub(super) async fn of(site: Site, recipe: Arc<Recipe>, at: &At) -> Result<Self, Failure> {
        match &site {
            Site::Host(host) => {
                let (name, prepared) = host.create(&recipe, at).await?;
                let held = Held::Hosted {
                    host: Arc::clone(host),
                    name: name.clone(),
                };
                let url = prepared.place.url(&name);
                let parts = prepared.place.parts(&name);
                Ok(Self::held(url, parts, recipe, site, held))
            }
            #[cfg(feature = "embedded")]
            Site::Embedded => Self::embedded(recipe, at).await,
        }
    }

    fn held(url: String, parts: Parts, recipe: Arc<Recipe>, site: Site, held: Held) -> Self {
        Self {
            migrator: recipe.migrator.clone().url(&url),
            url,
            parts,
            recipe,
            site,
            held,
        }
    }

    /// A server for this database alone: it takes one connection at a time, so nothing can be beside it.
    #[cfg(feature = "embedded")]
    async fn embedded(recipe: Arc<Recipe>, at: &At) -> Result<Self, Failure> {
        use segue_db::postgres::url::{Defaults, read};
        use segue_engine::FailureKind;
        use segue_project::config::Secret;
        use segue_sql::Problem;

        use super::place::Place;

        let refused = |why: String| Failure::new(FailureKind::Connection, Problem::new(why));
        let folder = tempfile::tempdir().map_err(|error| {
            refused(format!(
                "no temporary folder for the embedded PostgreSQL: {error}"
            ))
        })?;
        let extensions = recipe.extensions().await?;
        let data = folder.path().join("postgres");
        let opened =
            tokio::task::spawn_blocking(move || segue_embedded::Embedded::open(&data, &extensions));
        let opened = opened.await.map_err(|error| refused(error.to_string()))?;
        let server = opened.map_err(|error| refused(error.to_string()))?;
        let endpoint = server.endpoint();
        let text = format!(
            "host='{}' port={} user='{}' dbname='{}' sslmode=disable",
            endpoint.host, endpoint.port, endpoint.user, endpoint.dbname
        );
        let name = endpoint.dbname.clone();
        let mut place = Place::new(Secret::new(&text), read(&text, &Defaults::default())?);
        place.schema = recipe.own_schema().await?;
        let (url, parts) = (place.url(&name), place.parts(&name));
        let held = Held::Embedded(Some(server), folder);
        let database = Self::held(url, parts, recipe, Site::Embedded, held);
        match at {
            At::Nothing => {}
            At::Last => drop(database.migrate().await?),
            At::Migration(name) => drop(database.migrate_to(name).await?),
        }
        Ok(database)
    }

    /// Its URL, with a password where one is needed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.parts.database
    }

    /// How to connect to it, in pieces.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The variables by which a command finds this database instead of any other one: `DATABASE_URL`, those that the
    /// project's own tool reads, `PG…`, and `SEGUE_TEST_URL` for more databases of the same server; `None`: to be taken
    /// out of the environment.
    ///
    /// # Errors
    /// What is wrong with the project.
    pub fn variables(&self) -> Result<Vec<(String, Option<String>)>, Failure> {
        let server = match &self.site {
            Site::Host(host) => Some(host.place.url(host.place.target.database())),
            #[cfg(feature = "embedded")]
            Site::Embedded => None,
        };
        variables::of(&self.recipe.migrator, &self.url, &self.parts, server)
    }

    /// Applies all migrations that it does not have.
    ///
    /// # Errors
    /// What the server refused, with its place in the file.
    pub async fn migrate(&self) -> Result<Deployed, Failure> {
        in_heap(self.migrator.deploy()).await
    }

    /// Brings it to this migration: applies what comes before it and itself, or takes back what comes after it, as
    /// [`rollback`](Self::rollback) does, the last one first. What is in the tables stays as far as the migrations let it.
    ///
    /// # Errors
    /// A migration that does not exist; what the server refused.
    pub async fn migrate_to(&self, migration: &str) -> Result<Deployed, Failure> {
        while self.is_behind(migration).await? {
            self.rollback().await?;
        }
        let mut migrator = self.migrator.clone();
        migrator.options.to = Some(migration.to_owned());
        in_heap(migrator.deploy()).await
    }

    /// Whether a migration that comes after this one is applied.
    async fn is_behind(&self, migration: &str) -> Result<bool, Failure> {
        let connected = self.connect().await?;
        let asked = async {
            let up_to = segue_engine::up_to(&connected.project, Some(migration))?.len();
            let (_, opened) = connected.history().await?;
            let status = connected.status(&opened);
            let is_applied = |standing: &Standing| !matches!(standing, Standing::Pending { .. });
            Ok(status
                .entries
                .iter()
                .skip(up_to)
                .any(|entry| is_applied(&entry.standing)))
        };
        let is_behind = asked.await;
        connected.close().await;
        is_behind
    }

    /// Takes back the last migration: by its `down.sql` where it has one, else by what leads from its schema to the one
    /// before. [`TakenBack`] tells whether the schema is that of before.
    ///
    /// # Errors
    /// No migration is applied; what the server refused.
    pub async fn rollback(&self) -> Result<TakenBack, Failure> {
        Box::pin(back::take_back(self)).await
    }

    /// Runs the project's seed in it.
    ///
    /// # Errors
    /// No seed; what the server refused of it, or a command that failed.
    pub async fn seed(
        &self,
        interrupt: &Interrupt,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Seeded, Failure> {
        let seeding = Seeding {
            // Whatever the environment is called, this database is nobody's.
            confirmed: true,
            // That of whoever asks for a database is for something else.
            output_to_stderr: true,
        };
        in_heap(self.migrator.seed(seeding, interrupt, events)).await
    }

    /// Its schema, as it is now.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn catalog(&self) -> Result<TestCatalog, Failure> {
        let connected = self.connect().await?;
        let place = connected.options.place.clone();
        let read = live(&connected.link.session, self.name().to_owned(), &place);
        let read = in_heap(read).await;
        connected.close().await;
        TestCatalog::of(read?, self.recipe.schema().as_deref())
    }

    /// Runs statements, and gives the rows of all of them as text; `None` is NULL. For more than a look use a driver.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn sql(&self, sql: &str) -> Result<Vec<Row>, Failure> {
        let connected = self.connect().await?;
        let rows = connected.link.session.rows(sql).await;
        connected.close().await;
        Ok(rows?)
    }

    pub(super) async fn connect(&self) -> Result<Connected, Failure> {
        self.migrator.connect(&mut |_| {}).await
    }

    /// Removes it now, and says what went wrong with that. A value that is dropped does the same, and says nothing.
    ///
    /// # Errors
    /// What the server refused; the database is then removed by a later run.
    pub async fn close(mut self) -> Result<(), Failure> {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Hosted { host, name } => {
                host.keeper.remove(&name).await?;
                Ok(())
            }
            #[cfg(feature = "embedded")]
            Held::Embedded(server, _folder) => {
                // Nobody needs the data.
                let _ = server.map(segue_embedded::Embedded::close);
                Ok(())
            }
            Held::Nothing => Ok(()),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        match &mut self.held {
            Held::Hosted { host, name } => {
                if let Err(trouble) = host.keeper.remove_blocking(name) {
                    let failure = Failure::from(trouble);
                    tracing::warn!("the test database {name} is left to a later run: {failure}");
                }
            }
            #[cfg(feature = "embedded")]
            Held::Embedded(server, _) => {
                let _ = server.take().map(segue_embedded::Embedded::close);
            }
            Held::Nothing => {}
        }
    }
}

/// Without the password.
impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase")
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}
