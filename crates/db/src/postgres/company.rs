//! Who else is at work in a database, as far as every role may see it.

use crate::{ServerError, Session};

/// What others do in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Company {
    /// How many transactions have ended in it since the server counts them, ours among them.
    pub ended: u64,
    /// How many clients are connected to it that do not say that they are segue.
    pub clients: u64,
}

/// What a row of `pg_stat_activity` shows to everybody: database, user, and name; what others do is hidden
/// (monitoring-stats.html). Processes of the server itself have no user.
const LOOK: &str = "SELECT d.xact_commit + d.xact_rollback, (SELECT count(*) FROM pg_catalog.pg_stat_activity a \
     WHERE a.datname = d.datname AND a.usename IS NOT NULL AND a.application_name <> 'segue' \
     AND a.pid <> pg_catalog.pg_backend_pid()) \
     FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()";

/// Looks.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn look(session: &Session) -> Result<Company, ServerError> {
    let rows = session.rows(LOOK).await?;
    let mut counts = rows.into_iter().flatten().map(|count| count?.parse().ok());
    let mut next = || counts.next().flatten().unwrap_or(0);
    Ok(Company {
        ended: next(),
        clients: next(),
    })
}
