//! Databases to try migrations on: copies of one another on the server of a shadow database, all removed at the end.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use segue_db::{Row, Session};
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;
use tokio::sync::Mutex as Turn;

use crate::shadow::{Server, Shadow, Wanted, Wish, session_of};

/// How often it is looked whether a session has ended.
const LOOK: Duration = Duration::from_millis(2);
/// Copying a database fails while somebody is connected to it; the server learns late that a client is gone.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on which databases may be made.
pub(crate) struct Grounds {
    server: Server,
    /// The session that makes databases, one at a time. There is none while a server that takes one session has another.
    admin: Turn<Option<Session>>,
    made: Mutex<Made>,
    /// Sessions that nobody uses at the moment: a server takes longer to begin one and to learn the schema anew than over most of
    /// what is done in it.
    idle: Mutex<Vec<(String, Session)>>,
}

/// What was made and is still there.
#[derive(Default)]
struct Made {
    names: BTreeSet<String>,
    /// The last number in a name.
    last: u128,
}

/// A database of [`Grounds`].
pub(crate) struct Database {
    name: String,
}

impl Grounds {
    /// Opens a server.
    pub(crate) async fn open(wish: &Wish, wanted: &Wanted<'_>) -> Result<Self, Failure> {
        let (session, server) = Shadow::open(wish, wanted).await?.into_parts();
        Ok(Self {
            server,
            admin: Turn::new(Some(session)),
            made: Mutex::default(),
            idle: Mutex::default(),
        })
    }

    /// Opens a server that takes several sessions at once.
    pub(crate) async fn open_for_several(
        wish: &Wish,
        wanted: &Wanted<'_>,
    ) -> Result<Self, Failure> {
        let grounds = Self::open(wish, wanted).await?;
        if !grounds.takes_one() {
            return Ok(grounds);
        }
        let name = grounds.name().to_owned();
        let _left_behind = grounds.close().await;
        let problem = Problem::new(format!(
            "several sessions are needed at once, and {name} takes one at a time"
        ))
        .help("install a PostgreSQL server (`apt-get install postgresql`), or name one with --shadow-url");
        Err(Failure::new(FailureKind::Connection, problem))
    }

    /// The server, in words.
    pub(crate) fn name(&self) -> &str {
        &self.server.name
    }

    /// Whether roles may be made on it.
    pub(crate) fn is_throwaway(&self) -> bool {
        self.server.is_throwaway
    }

    /// Whether one session at a time is taken: then two trials cannot be under way at once.
    pub(crate) fn takes_one(&self) -> bool {
        self.server.takes_one
    }

    /// A database with nothing in it.
    pub(crate) async fn empty(&self) -> Result<Database, Failure> {
        self.make("template0").await
    }

    /// A database with everything that another one has, once nobody is connected to that.
    pub(crate) async fn copy(&self, of: &Database) -> Result<Database, Failure> {
        self.close_idle(of).await;
        self.quiet(of).await?;
        self.make(&of.name).await
    }

    /// Names are like those of shadow databases: what an ended process has left is removed with theirs (`shadow/named.rs`).
    async fn make(&self, template: &str) -> Result<Database, Failure> {
        let name = {
            let mut made = self.made();
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            made.last = now.unwrap_or_default().as_micros().max(made.last + 1);
            let name = format!("segue_shadow_{}_{}", std::process::id(), made.last);
            made.names.insert(name.clone());
            name
        };
        // as for databases of tests: where nothing waits for a disk, files are copied sooner than pages (bench/README.md)
        let strategy = match self.is_throwaway() && self.server.major >= 15 {
            true => " STRATEGY file_copy",
            false => "",
        };
        let make = format!("CREATE DATABASE {name} TEMPLATE {template}{strategy}");
        self.admin(&make).await.map_err(|mut failure| {
            if let Some(problem) = failure.problems.first_mut() {
                problem.help = Some("the role needs the right to create databases".to_owned());
            }
            failure
        })?;
        Ok(Database { name })
    }

    /// Waits until nobody is connected.
    async fn quiet(&self, database: &Database) -> Result<(), Failure> {
        if self.takes_one() {
            return Ok(());
        }
        let name = &database.name;
        let query =
            format!("SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = '{name}' LIMIT 1");
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            if self.admin(&query).await?.is_empty() {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Runs a statement that is about databases.
    async fn admin(&self, statement: &str) -> Result<Vec<Row>, Failure> {
        let mut admin = self.admin.lock().await;
        let session = match admin.take() {
            Some(session) => session,
            None => {
                self.close_all_idle().await;
                session_of(&self.server.target).await?
            }
        };
        let rows = session.rows(statement).await;
        *admin = Some(session);
        Ok(rows?)
    }

    /// A session in a database, as a new one is.
    pub(crate) async fn session(&self, database: &Database) -> Result<Session, Failure> {
        if let Some(session) = self.take_idle(database) {
            return Ok(session);
        }
        if self.takes_one() {
            self.close_all_idle().await;
            if let Some(session) = self.admin.lock().await.take() {
                session.close().await;
            }
        }
        session_of(&self.server.target.with_database(&database.name)).await
    }

    /// Gives a session back for the next one who needs one there: without settings, locks, temporary tables and all else that was
    /// made in it.
    pub(crate) async fn give_back(&self, database: &Database, session: Session) {
        if session.execute("DISCARD ALL").await.is_err() {
            session.close().await;
            return;
        }
        let before = self.take_idle(database);
        self.idle().push((database.name.clone(), session));
        if let Some(before) = before {
            before.close().await;
        }
    }

    fn take_idle(&self, database: &Database) -> Option<Session> {
        let mut idle = self.idle();
        let at = idle.iter().position(|(name, _)| *name == database.name)?;
        Some(idle.swap_remove(at).1)
    }

    async fn close_all_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        for (_, session) in idle {
            session.close().await;
        }
    }

    async fn close_idle(&self, database: &Database) {
        if let Some(session) = self.take_idle(database) {
            session.close().await;
        }
    }

    /// Removes a database; one that cannot be removed is tried again at the end.
    pub(crate) async fn remove(&self, database: Database) {
        self.close_idle(&database).await;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database.name);
        if self.admin(&drop).await.is_ok() {
            self.made().names.remove(&database.name);
        }
    }

    /// Removes all that is left, and closes the server; what is left behind where that could not be done.
    pub(crate) async fn close(self) -> Vec<String> {
        let names = std::mem::take(&mut self.made().names);
        self.close_all_idle().await;
        let mut left = Vec::new();
        // A server that is ours goes with all that is on it.
        if !self.is_throwaway() {
            for name in names {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                if let Err(failure) = self.admin(&drop).await {
                    left.push(format!(
                        "the database {name} could not be removed: {failure}"
                    ));
                }
            }
        }
        left.extend(self.server.close(self.admin.into_inner()).await);
        left
    }

    // Nothing is left half done while one of the two is held.
    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(|held| held.into_inner())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(String, Session)>> {
        self.idle.lock().unwrap_or_else(|held| held.into_inner())
    }
}

#[cfg(test)]
#[path = "grounds_tests.rs"]
mod tests;
