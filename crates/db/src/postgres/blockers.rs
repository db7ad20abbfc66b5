//! Who keeps a statement of ours waiting: the whole chain down to those who wait for nobody.
//! Texts of statements are not asked for, since they hold the users' data.

use crate::{ServerError, Session};

/// One session in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// How far from us: 1 blocks us itself, 2 blocks that one.
    pub depth: u32,
    /// Its process on the server; 0 for a prepared transaction.
    pub pid: String,
    /// Its user.
    pub user: String,
    /// Its `application_name`.
    pub application: String,
    /// `active`, `idle in transaction`, `prepared transaction`, …; [`HIDDEN`] where our role may not see it.
    pub state: String,
    /// How long its transaction has been open, as the server prints it; `?` where our role may not see it.
    pub open_for: String,
    /// The relation that it holds and the next one wants, if known.
    pub relation: Option<String>,
}

impl Blocker {
    /// As the JSON of events and webhooks has it (docs/json.md).
    pub fn document(&self) -> serde_json::Value {
        serde_json::json!({
            "depth": self.depth,
            "process": self.pid,
            "user": self.user,
            "application": self.application,
            "state": self.state,
            "open_for": self.open_for,
            "relation": self.relation,
        })
    }
}

/// The state of a session of which our role sees that it is there, and nothing else (monitoring-stats.html).
pub const HIDDEN: &str = "hidden from this role, which is not in pg_read_all_stats";

/// The chain of those that block the session with this process number, nearest first.
///
/// `pg_blocking_pids` gives 0 for a prepared transaction (functions-info.html), whose locks are those of the virtual transaction
/// `-1/xid` (`GET_VXID_FROM_PGPROC`, `lock.h`).
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn chain(session: &Session, pid: &str) -> Result<Vec<Blocker>, ServerError> {
    let rows = session
        .rows(&format!(
            "WITH RECURSIVE chain (depth, waiter, pid, path) AS ( \
             SELECT 1, {pid}, b, ARRAY[{pid}, b] FROM unnest(pg_catalog.pg_blocking_pids({pid})) b \
             UNION ALL SELECT depth + 1, chain.pid, b, path || b FROM chain, \
             unnest(pg_catalog.pg_blocking_pids(chain.pid)) b \
             WHERE chain.pid <> 0 AND b <> ALL (path) AND depth < 16) \
             SELECT DISTINCT ON (depth, c.pid) depth, c.pid, coalesce(a.usename, a.backend_type, '?'), \
             coalesce(a.application_name, ''), \
             coalesce(a.state, CASE WHEN c.pid = 0 THEN 'prepared transaction' END, '{HIDDEN}'), \
             coalesce(date_trunc('second', clock_timestamp() - a.xact_start)::text, '?'), \
             (SELECT w.relation::regclass::text FROM pg_catalog.pg_locks w \
              WHERE w.pid = c.waiter AND NOT w.granted AND w.locktype = 'relation' LIMIT 1), c.waiter \
             FROM chain c LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = c.pid AND c.pid <> 0 \
             ORDER BY depth, c.pid"
        ))
        .await?;
    let mut chain = Vec::new();
    for row in rows {
        let waiter = row.last().cloned().flatten();
        let mut found = blocker(row);
        if found.pid == "0"
            && let Some(waiter) = waiter
        {
            name_prepared(session, &waiter, &mut found).await?;
        }
        chain.push(found);
    }
    Ok(chain)
}

/// Which prepared transaction keeps a session waiting: the one that has the relation, or is the transaction, that it waits for.
async fn name_prepared(
    session: &Session,
    waiter: &str,
    found: &mut Blocker,
) -> Result<(), ServerError> {
    let rows = session
        .rows(&format!(
            "WITH l AS MATERIALIZED (SELECT * FROM pg_catalog.pg_locks), \
             w AS MATERIALIZED (SELECT * FROM l WHERE pid = {waiter} AND NOT granted) \
             SELECT p.gid, p.owner, date_trunc('second', clock_timestamp() - p.prepared)::text \
             FROM pg_catalog.pg_prepared_xacts p WHERE p.database = current_database() \
             AND EXISTS (SELECT FROM w WHERE w.transactionid = p.transaction OR w.virtualxid = '-1/' || p.transaction::text \
              OR EXISTS (SELECT FROM l WHERE l.virtualtransaction = '-1/' || p.transaction::text AND l.granted \
              AND l.locktype = w.locktype AND (l.database, l.relation) = (w.database, w.relation))) \
             ORDER BY p.prepared LIMIT 1"
        ))
        .await?;
    if let Some(row) = rows.into_iter().next()
        && let Ok([Some(gid), Some(owner), Some(open_for)]) = <[Option<String>; 3]>::try_from(row)
    {
        found.user = owner;
        found.state = format!("prepared transaction {gid}");
        found.open_for = open_for;
    }
    Ok(())
}

/// The sessions that have a table of this database for themselves alone, so that not even its definition can be read: those that
/// keep a reader of the whole schema waiting, asked when it waits no more.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn exclusive(session: &Session) -> Result<Vec<Blocker>, ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT 1, coalesce(l.pid, 0), coalesce(a.usename, '?'), coalesce(a.application_name, ''), \
             coalesce(a.state, CASE WHEN l.pid IS NULL THEN 'prepared transaction' END, '{HIDDEN}'), \
             coalesce(date_trunc('second', clock_timestamp() - a.xact_start)::text, '?'), \
             min(l.relation::regclass::text) \
             FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted \
             AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() \
             AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database()) \
             GROUP BY l.pid, a.usename, a.application_name, a.state, a.xact_start ORDER BY a.xact_start, l.pid"
        ))
        .await?;
    Ok(rows.into_iter().map(blocker).collect())
}

/// Ends what a session does that blocks us: its statement, or itself where it is idle in a transaction. Whether it was told; a
/// prepared transaction has nobody to tell.
///
/// # Errors
/// What the server refused: it takes the same role, or `pg_signal_backend` (functions-admin.html).
pub async fn end(session: &Session, blocker: &Blocker) -> Result<bool, ServerError> {
    if blocker.pid == "0" {
        return Ok(false);
    }
    // one of which nothing is known may be at work: it keeps its connection
    let function = match blocker.state.starts_with("idle in transaction") {
        true => "pg_terminate_backend",
        false => "pg_cancel_backend",
    };
    let sql = format!("SELECT pg_catalog.{function}({})", blocker.pid);
    let rows = session.rows(&sql).await?;
    let told = rows.into_iter().flatten().flatten().next();
    Ok(told.as_deref() == Some("t"))
}

fn blocker(row: crate::Row) -> Blocker {
    let mut columns = row.into_iter();
    let mut text = || columns.next().flatten();
    Blocker {
        depth: text().and_then(|depth| depth.parse().ok()).unwrap_or(1),
        pid: text().unwrap_or_default(),
        user: text().unwrap_or_default(),
        application: text().unwrap_or_default(),
        state: text().unwrap_or_default(),
        open_for: text().unwrap_or_default(),
        relation: text(),
    }
}
