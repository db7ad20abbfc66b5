//! How the session of a deploy is set, and set again after every migration.

use std::time::Duration;

use segue_db::{ServerError, Session, identifier, literal, postgres::inspect};
use segue_sql::Dialect;

use crate::Failure;

/// The session's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `lock_timeout` of one try.
    pub lock_timeout: Duration,
    /// `statement_timeout`; zero is none.
    pub statement_timeout: Duration,
    /// The schema that names without one mean, if not the server's default.
    pub schema: Option<String>,
    /// Whether the server's own path comes behind that schema, as Flyway has it.
    pub keeps_path: bool,
    /// The whole search path as SQL, where the server's default is not good: for a user called `segue` its
    /// `"$user"` would be segue's own schema.
    pub path: Option<String>,
    /// The search path that the server gives its sessions, as SQL: that of the user, of the database or of the connection. `None`:
    /// it was not asked, or a schema is named that stands in its place.
    pub server_path: Option<String>,
    /// The role that the migrations run as, if not the user itself.
    pub role: Option<String>,
}

impl Default for Settings {
    /// 100 ms: long enough for a lock that is free, too short for a queue of the application's statements
    /// to form behind us (explicit-locking.html: a waiting strong lock blocks those that come after it).
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_millis(100),
            statement_timeout: Duration::ZERO,
            schema: None,
            keeps_path: false,
            path: None,
            server_path: None,
            role: None,
        }
    }
}

/// How long to go on trying.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the locks of one transaction, all tries together.
    pub locks: Duration,
    /// For the locks of one step of a plan, all tries together: nobody waits for it meanwhile.
    pub steps: Duration,
    /// For another deploy to end; `None` is not at all.
    pub deploys: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            locks: Duration::from_secs(60),
            steps: Duration::from_secs(600),
            deploys: None,
        }
    }
}

impl Settings {
    /// Gives a new session what names mean, and its role. Timeouts are set by a deploy alone, once it is
    /// known that the connection is its own: behind some poolers settings stay with the application.
    ///
    /// # Errors
    /// What the server refused, such as a role that we are no member of.
    pub async fn apply(&mut self, session: &Session) -> Result<(), Failure> {
        if session.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        if self.schema.is_none() || self.keeps_path {
            let (user, path) = inspect::search_path(session).await?;
            if user == "segue" && self.schema.is_none() {
                self.path = Some(inspect::without_user(&path));
            }
            self.server_path = Some(path);
        }
        let names = self.set_names();
        if names.is_empty() {
            return Ok(());
        }
        Ok(session.execute(&names.join("; ")).await?)
    }

    fn set_names(&self) -> Vec<String> {
        let schema = self.schema.as_deref().map(identifier);
        let path = schema.or_else(|| self.path.clone());
        let path = path.map(|path| {
            if self.keeps_path {
                format!(
                    "SELECT pg_catalog.set_config('search_path', concat_ws(', ', {}, nullif(reset_val, '')), false) \
                     FROM pg_catalog.pg_settings WHERE name = 'search_path'",
                    literal(&path)
                )
            } else {
                format!("SET search_path = {path}")
            }
        });
        let role = self.role.as_deref();
        let role = role.map(|role| format!("SET ROLE {}", identifier(role)));
        path.into_iter().chain(role).collect()
    }

    /// Sets a session of which it is known that it is our own.
    pub(crate) async fn start(&self, session: &Session) -> Result<(), ServerError> {
        match session {
            Session::Postgres(_) => session.execute(&self.set()).await,
            // It is opened with all there is to set.
            Session::Sqlite(_) => Ok(()),
        }
    }

    /// Undoes whatever a migration did to its session.
    pub(crate) async fn renew(&self, session: &Session) -> Result<(), ServerError> {
        match session {
            Session::Postgres(_) => session.execute(&self.reset()).await,
            Session::Sqlite(session) => session.renew().await,
        }
    }

    /// What stands at the end of a migration's last transaction, before its record. `locks` are the deploy's.
    pub(crate) fn before_the_record(&self, dialect: Dialect, locks: &[i64]) -> Vec<String> {
        if dialect == Dialect::Sqlite {
            return Vec::new();
        }
        // A migration can give every advisory lock back. Taking ours once more costs next to nothing where
        // we have it; where somebody else has it by now, this transaction does not commit.
        let locks = locks
            .iter()
            .map(|key| format!("SELECT pg_catalog.pg_advisory_lock({key})"));
        std::iter::once(self.reset()).chain(locks).collect()
    }

    /// What stands at the end of a transaction of ours that a migration's statements were in, before we write
    /// into our own tables.
    pub(crate) fn before_our_own(&self, dialect: Dialect) -> Option<String> {
        (dialect == Dialect::Postgres).then(|| self.be_ourselves_locally())
    }

    /// Statements that set the session; a single message to the server.
    pub(crate) fn set(&self) -> String {
        let names = self.set_names();
        [self.set_timeouts(), NEVER_ENDED.to_owned()]
            .into_iter()
            .chain(names)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Statements that set the timeouts alone.
    pub(crate) fn set_timeouts(&self) -> String {
        format!(
            "SET lock_timeout = {}; SET statement_timeout = {}",
            self.lock_timeout.as_millis(),
            self.statement_timeout.as_millis()
        )
    }

    /// Statements that undo whatever a migration did to its session, and set it again: what DISCARD ALL
    /// does (sql-discard.html), less the advisory locks, since they are the deploy's own.
    pub fn reset(&self) -> String {
        format!(
            "CLOSE ALL; {BE_OURSELVES}; RESET ALL; DEALLOCATE ALL; UNLISTEN *; DISCARD TEMP; \
             DISCARD SEQUENCES; {}",
            self.set()
        )
    }

    /// Statements that undo what a step of a plan was run under; temporary tables, which the next one may need, stay.
    pub(crate) fn set_again(&self) -> String {
        format!("CLOSE ALL; {BE_OURSELVES}; RESET ALL; {}", self.set())
    }

    /// Statements that give us our own rights for the rest of a transaction, and no longer.
    pub fn be_ourselves_locally(&self) -> String {
        let role = self
            .role
            .as_deref()
            .map_or_else(|| "NONE".to_owned(), identifier);
        format!("SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE {role}")
    }
}

/// A session that waits for its turn, or was paused, is not to be ended, and no transaction that builds an index for hours.
/// `transaction_timeout` came with PostgreSQL 17.
const NEVER_ENDED: &str = "SET idle_session_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
     SELECT pg_catalog.set_config('transaction_timeout', '0', false) \
     WHERE pg_catalog.current_setting('transaction_timeout', true) IS NOT NULL";

const BE_OURSELVES: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE";

/// What begins a transaction. In SQLite the lock to write is taken at once: a transaction that reads first
/// could not get it any more once somebody else has written (lang_transaction.html).
pub(crate) fn begin(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "BEGIN",
        Dialect::Sqlite => "BEGIN IMMEDIATE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reset_ends_with_our_own_settings() {
        let settings = Settings {
            schema: Some("my app".to_owned()),
            ..Settings::default()
        };
        assert!(
            settings.reset().ends_with(
                "'transaction_timeout', true) IS NOT NULL; SET search_path = \"my app\""
            )
        );
        let timeouts =
            "; SET lock_timeout = 100; SET statement_timeout = 0; SET idle_session_timeout = 0; ";
        assert!(settings.reset().contains(timeouts));
    }
}
