//! A server with a line that breaks, databases that are copies of others, and segue's commands on them.
//!
//! All of it is done as the role that docs/security.md has for deploys, what another hand and the apps do too: only databases
//! and roles are made by the superuser. Its password is searched for in all that segue says, sends and keeps.

use std::{
    fs,
    future::Future,
    path::Path,
    pin::Pin,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use segue::{ContractOptions, Contracted, Deployed, Event, Failure, Interrupt, Migrator};
use segue_cluster::{
    Break, Breaker, Cluster,
    planted::{self, DEPLOYER, PASSWORD, TEMPLATE, is_not_in, is_not_kept_in},
};
use segue_db::{
    Session,
    postgres::{
        connect::connect,
        url::{self, Defaults},
    },
};
use tempfile::TempDir;

use crate::recipes::{FILLING, ROWS, SCHEMA};

/// Only for safety: nothing here is expected to take so long.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(5);

/// The database that the others are copies of.
pub(crate) const BEFORE: &str = "before";

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    Deploy,
    Contract,
    Rollback,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Something was done.
    Done,
    /// There was nothing to do.
    Nothing,
}

/// A server of our own.
pub(crate) struct Stand {
    pub(crate) cluster: Cluster,
    pub(crate) breaker: Breaker,
    numbers: AtomicU32,
}

impl Stand {
    /// One with a database that has tables with rows. `None`: the tests run without a server.
    pub(crate) async fn start() -> Option<Self> {
        let stand = Self::bare()?;
        stand.make(BEFORE, TEMPLATE).await;
        let project = Project::new();
        let first = stand.segue(&project, Command::Deploy, BEFORE).await;
        first.unwrap_or_else(|failure| panic!("{failure}"));
        stand.fill(BEFORE).await;
        Some(stand)
    }

    /// One without a database of its own. `None`: the tests run without a server.
    pub(crate) fn bare() -> Option<Self> {
        let cluster = Cluster::for_deploys()?;
        Some(Self {
            breaker: Breaker::start(&cluster).expect("a port"),
            cluster,
            numbers: AtomicU32::new(0),
        })
    }

    /// A new database with nothing in it.
    pub(crate) async fn empty(&self) -> String {
        self.from(TEMPLATE).await
    }

    async fn fill(&self, database: &str) {
        let session = self.session(database).await;
        let filled = session
            .rows(&FILLING.replace("$n", &ROWS.to_string()))
            .await;
        filled.expect("there are rows");
        session.close().await;
        self.quiet(database).await;
    }

    /// The server's major version.
    pub(crate) fn major(&self) -> u32 {
        self.cluster.version().major
    }

    /// Runs SQL as the superuser: what is done to servers, and not by deploys.
    pub(crate) async fn as_superuser(&self, database: &str, sql: &str) {
        let session = opened(&self.cluster.url(database)).await;
        let done = session.rows(sql).await;
        session.close().await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// A new database with everything that another one has.
    pub(crate) async fn copy(&self, of: &str) -> String {
        self.quiet(of).await;
        self.from(of).await
    }

    async fn from(&self, of: &str) -> String {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollout_{number}");
        self.make(&name, of).await;
        name
    }

    async fn make(&self, name: &str, of: &str) {
        for statement in [
            format!("CREATE DATABASE {name} TEMPLATE {of}"),
            planted::may_deploy(name),
        ] {
            self.as_superuser("postgres", &statement).await;
        }
    }

    pub(crate) async fn remove(&self, name: &str) {
        is_not_kept_in(&self.cluster, name);
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        self.as_superuser("postgres", &drop).await;
    }

    /// Waits until nobody is connected: a server learns late that its client is gone.
    pub(crate) async fn quiet(&self, database: &str) {
        let query = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
        let wait = async {
            let session = opened(&self.cluster.url("postgres")).await;
            while session.rows(&query).await.expect("it is counted") != [[Some("0".to_owned())]] {
                tokio::time::sleep(LOOK).await;
            }
            session.close().await;
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("somebody stays connected to {database}"));
    }

    /// A session in a database.
    pub(crate) async fn session(&self, database: &str) -> Session {
        opened(&self.cluster.deployer_url(database)).await
    }

    /// Runs SQL in a database, as another hand does.
    pub(crate) async fn sql(&self, database: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        let session = self.session(database).await;
        let rows = session.rows(sql).await;
        session.close().await;
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Runs a command straight.
    pub(crate) async fn segue(
        &self,
        project: &Project,
        command: Command,
        database: &str,
    ) -> Result<Ended, Failure> {
        run(
            project.migrator(&self.cluster.deployer_url(database)),
            command,
        )
        .await
    }

    /// Runs a command by the line, which breaks or does not; what it sent, and whether it broke.
    pub(crate) async fn by_the_line(
        &self,
        project: &Project,
        command: Command,
        database: &str,
        breaks: Option<Break>,
    ) -> (Result<Ended, Failure>, Vec<String>, bool) {
        self.breaker.mend(breaks);
        let deployer = format!("{DEPLOYER}:{PASSWORD}");
        let url = self.breaker.url_of(&deployer, database);
        let ended = run(project.migrator(&url), command).await;
        let (sent, broke) = (self.breaker.statements(), self.breaker.is_broken());
        is_not_in("what was sent to the server", sent.join("\n"));
        self.breaker.mend(None);
        self.quiet(database).await;
        (ended, sent, broke)
    }
}

async fn opened(url: &str) -> Session {
    let target = url::read(url, &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    let session = segue_db::postgres::Session::new(connection.expect("a connection"));
    Session::Postgres(Box::new(session))
}

impl Drop for Stand {
    /// Databases that were removed were searched before that.
    fn drop(&mut self) {
        let list =
            "SELECT datname FROM pg_database WHERE datname = 'before' OR datname LIKE 'rollout_%'";
        let listed = self.cluster.psql("postgres", list).unwrap_or_default();
        for name in listed.lines() {
            is_not_kept_in(&self.cluster, name);
        }
    }
}

/// Runs a command; what it says is searched for the password.
pub(crate) fn run(
    migrator: Migrator,
    command: Command,
) -> Pin<Box<dyn Future<Output = Result<Ended, Failure>> + Send>> {
    Box::pin(async move {
        let ended = carried_out(migrator, command).await;
        if let Err(failure) = &ended {
            is_not_in("a failure", format!("{failure} {failure:?}"));
        }
        ended
    })
}

async fn carried_out(migrator: Migrator, command: Command) -> Result<Ended, Failure> {
    let mut connected = migrator.connect(&mut |_| {}).await?;
    let never = Interrupt::never();
    let mut events = |event: Event| is_not_in("an event", format!("{event:?}"));
    let ended = match command {
        Command::Deploy => {
            let mut deployed = Deployed::default();
            let done = connected.deploy(&never, &mut events, &mut deployed).await;
            done.map(|()| match deployed.up_to_date {
                true => Ended::Nothing,
                false => Ended::Done,
            })
        }
        Command::Contract => {
            let wish = ContractOptions::default();
            let done = connected.contract(&wish, &never, &mut events).await;
            done.map(|contracted| match contracted {
                Contracted::Nothing => Ended::Nothing,
                _ => Ended::Done,
            })
        }
        Command::Rollback => {
            let done = connected.rollback(None, &never, &mut events).await;
            done.map(|back| back.map_or(Ended::Nothing, |_| Ended::Done))
        }
    };
    connected.close().await;
    ended
}

/// A project on disk; its first migration is the schema that is there before.
pub(crate) struct Project {
    folder: TempDir,
    pub(crate) accepts_changes: bool,
}

impl Project {
    pub(crate) fn new() -> Self {
        Self::with(SCHEMA, &[])
    }

    /// With what a recipe deploys.
    pub(crate) fn of(migrations: &[&str]) -> Self {
        Self::with(SCHEMA, migrations)
    }

    /// With what is there before, and what is deployed.
    pub(crate) fn with(schema: &str, migrations: &[&str]) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("a folder"),
            accepts_changes: false,
        };
        project.file("segue.toml", "[lint]\nlarge_rows = 1\n");
        project.file("migrations/0001_before/migration.sql", schema);
        for (number, text) in migrations.iter().enumerate() {
            project.file(
                &format!("migrations/{:04}_next/migration.sql", number + 2),
                text,
            );
        }
        project
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    }

    pub(crate) fn migrator(&self, url: &str) -> Migrator {
        let mut options = segue::Options {
            accept_changes: self.accepts_changes,
            ..segue::Options::default()
        };
        options.patience.deploys = Some(PATIENCE);
        Migrator::new()
            .options(options)
            .dir(self.root())
            .config(self.root().join("segue.toml"))
            .url(url)
    }
}
