//! How the session of a deploy is set, and set again after every migration.

use std::time::Duration;

use segue_db::{
    identifier, literal,
    postgres::{Session, inspect},
};

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
            role: None,
        }
    }
}

/// How long to go on trying.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the locks of one transaction, all tries together.
    pub locks: Duration,
    /// For another deploy to end; `None` is not at all.
    pub deploys: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            locks: Duration::from_secs(60),
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
        if self.schema.is_none() {
            self.path = inspect::safe_path(session).await?;
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

    /// Statements that set the session; a single message to the server.
    pub(crate) fn set(&self) -> String {
        let mut statements = vec![
            format!("SET lock_timeout = {}", self.lock_timeout.as_millis()),
            format!(
                "SET statement_timeout = {}",
                self.statement_timeout.as_millis()
            ),
        ];
        statements.extend(self.set_names());
        statements.join("; ")
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

    /// Statements that give us our own rights for the rest of a transaction, and no longer.
    pub fn be_ourselves_locally(&self) -> String {
        let role = self
            .role
            .as_deref()
            .map_or_else(|| "NONE".to_owned(), identifier);
        format!("SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE {role}")
    }
}

const BE_OURSELVES: &str = "SET SESSION AUTHORIZATION DEFAULT; RESET ROLE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reset_ends_with_our_own_settings() {
        let settings = Settings {
            schema: Some("my app".to_owned()),
            ..Settings::default()
        };
        assert!(settings.reset().ends_with(
            "SET lock_timeout = 100; SET statement_timeout = 0; SET search_path = \"my app\""
        ));
    }
}
