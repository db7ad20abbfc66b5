//! What goes on in a database around a deploy: who waits for whom, long transactions, dead rows. Texts of statements are not asked
//! for, since they hold the users' data.

use std::time::Duration;

use super::{blockers::HIDDEN, lock::SEGUE_KEY};
use crate::{Row, ServerError, Session, literal};

/// A session that is in a transaction, or belongs to segue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its process on the server; 0 for prepared transactions.
    pub pid: String,
    /// Its user; of a worker of the server what that is.
    pub user: String,
    /// Its `application_name`.
    pub application: String,
    /// `active`, `idle in transaction`, …
    pub state: String,
    /// How long its transaction has been open.
    pub open_for: Option<Duration>,
    /// How long it has been waiting for a lock, if it is.
    pub waiting_for: Option<Duration>,
    /// The relation that it waits for, if known.
    pub relation: Option<String>,
    /// Whom it waits for, by their processes.
    pub blockers: Vec<String>,
    /// Whether it is segue's.
    pub is_own: bool,
}

/// The sessions of this database that are in a transaction, or segue's; not this one.
///
/// segue's are those that are called so, those that hold a lock of its, and those that are like them: a deploy that goes by
/// another name opens all its sessions with it.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn sessions(session: &Session) -> Result<Vec<Seen>, ServerError> {
    let key = SEGUE_KEY.to_string();
    let sql = SESSIONS.replace("{key}", &key).replace("{hidden}", HIDDEN);
    let rows = session.rows(&sql).await?;
    Ok(rows.into_iter().map(seen).collect())
}

/// `waitstart` came with PostgreSQL 14 (release-14.html); before it, the beginning of the statement stands in.
/// `pg_blocking_pids` keeps all who want a lock waiting for a moment (functions-info.html), so it is asked only of those who wait.
const SESSIONS: &str = "\
    WITH a AS MATERIALIZED (SELECT * FROM pg_catalog.pg_stat_activity \
     WHERE datname = pg_catalog.current_database() AND pid <> pg_catalog.pg_backend_pid()), \
    h AS MATERIALIZED (SELECT b.* FROM a b JOIN pg_catalog.pg_locks l ON l.pid = b.pid \
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
     AND ((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 40) - 1) = {key}), \
    o AS MATERIALIZED (SELECT a.*, a.application_name = 'segue' OR EXISTS (SELECT FROM h WHERE h.usename = a.usename \
     AND h.application_name = a.application_name AND h.client_addr IS NOT DISTINCT FROM a.client_addr) AS own FROM a) \
    SELECT pid, coalesce(usename, backend_type, '?'), coalesce(application_name, ''), coalesce(state, '{hidden}'), \
     (1000 * extract(epoch FROM clock_timestamp() - xact_start))::bigint, \
     CASE WHEN wait_event_type = 'Lock' THEN (1000 * extract(epoch FROM clock_timestamp() - coalesce( \
      (SELECT min((pg_catalog.to_jsonb(w) ->> 'waitstart')::timestamptz) FROM pg_catalog.pg_locks w \
       WHERE w.pid = o.pid AND NOT w.granted), query_start)))::bigint END, \
     CASE WHEN wait_event_type = 'Lock' THEN (SELECT w.relation::regclass::text FROM pg_catalog.pg_locks w \
      WHERE w.pid = o.pid AND NOT w.granted AND w.locktype = 'relation' LIMIT 1) END, \
     CASE WHEN wait_event_type = 'Lock' THEN pg_catalog.array_to_string(pg_catalog.pg_blocking_pids(pid), ',') END, \
     coalesce(own, false) FROM o \
     WHERE xact_start IS NOT NULL OR own OR state IS NULL AND backend_type = 'client backend' ORDER BY xact_start, pid";

fn seen(row: Row) -> Seen {
    let mut columns = row.into_iter();
    let mut text = || columns.next().flatten();
    Seen {
        pid: text().unwrap_or_default(),
        user: text().unwrap_or_default(),
        application: text().unwrap_or_default(),
        state: text().unwrap_or_default(),
        open_for: milliseconds(text()),
        waiting_for: milliseconds(text()),
        relation: text(),
        blockers: numbers(text()),
        is_own: text().as_deref() == Some("t"),
    }
}

/// Clocks that were set back give times below zero.
fn milliseconds(text: Option<String>) -> Option<Duration> {
    let number: i64 = text?.parse().ok()?;
    Some(Duration::from_millis(u64::try_from(number).unwrap_or(0)))
}

fn numbers(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    let mut numbers: Vec<String> = text
        .split(',')
        .filter(|one| !one.is_empty())
        .map(str::to_owned)
        .collect();
    // a parallel worker is counted with its leader, who is then named more than once (functions-info.html)
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// What the statistics say of the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadRows {
    /// The table.
    pub table: String,
    /// About how many rows are alive.
    pub live: u64,
    /// About how many are dead and not cleaned up.
    pub dead: u64,
}

/// The dead rows of some tables, which are given as SQL; of those that are there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn dead_rows(session: &Session, tables: &[String]) -> Result<Vec<DeadRows>, ServerError> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = tables.iter().map(|name| literal(name)).collect();
    let sql = format!(
        // the view `pg_stat_user_tables` would go over all tables
        "SELECT t.name, pg_catalog.pg_stat_get_live_tuples(c.oid), pg_catalog.pg_stat_get_dead_tuples(c.oid) \
         FROM unnest(ARRAY[{}]) t (name) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t.name) \
         WHERE c.relkind IN ('r', 'm') ORDER BY 1",
        names.join(", ")
    );
    let rows = session.rows(&sql).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let [table, live, dead] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(DeadRows {
                table: table?,
                live: live?.parse().ok()?,
                dead: dead?.parse().ok()?,
            })
        })
        .collect())
}
