//! The advisory locks that keep deploys apart: segue's own, and that of the tool whose history is written.
//! Session-level, so they end with the connection whatever happens to the process.

use crate::{Row, ServerError, Session, literal};

/// segue's own key: the bytes of "segue" as a number.
pub const SEGUE_KEY: i64 = 0x73_6567_7565;

/// The key of a plan: whoever carries it out holds it as long as that takes, also while other deploys may work.
pub fn plan_key(rollout: i64) -> i64 {
    rollout.wrapping_shl(KEY_BITS) | SEGUE_KEY
}

/// What [`SEGUE_KEY`] takes of a key.
const KEY_BITS: u32 = 40;

/// The session that holds a lock we want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process on the server.
    pub pid: String,
    /// Its user.
    pub user: String,
    /// Its `application_name`.
    pub application: String,
    /// Its address; `None` for a local socket.
    pub address: Option<String>,
    /// Since when it is connected, as the server prints it.
    pub since: String,
}

/// Takes a lock if it is free.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn try_lock(session: &Session, key: i64) -> Result<bool, ServerError> {
    let rows = session
        .rows(&format!("SELECT pg_catalog.pg_try_advisory_lock({key})"))
        .await?;
    Ok(rows.first().is_some_and(is_true))
}

/// Whether this session holds the lock: behind a pooler that shares connections between transactions
/// the lock stays with a connection that may not be ours any more.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn is_ours(session: &Session, key: i64) -> Result<bool, ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
             AND pid = pg_catalog.pg_backend_pid() AND {})",
            matches_key(key)
        ))
        .await?;
    Ok(rows.first().is_some_and(is_true))
}

/// Gives one lock back, however often it was taken. The session is in no transaction.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn unlock(session: &Session, key: i64) -> Result<(), ServerError> {
    // the server would warn of one that is not held any more
    let body = format!(
        "BEGIN WHILE EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted \
         AND pid = pg_catalog.pg_backend_pid() AND {}) LOOP PERFORM pg_catalog.pg_advisory_unlock({key}); END LOOP; END",
        matches_key(key)
    );
    let sql = format!("DO LANGUAGE plpgsql {}", literal(&body));
    session.execute(&sql).await
}

/// Whether a session carries a plan out.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn carries_a_plan(session: &Session, pid: &str) -> Result<bool, ServerError> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE locktype = 'advisory' AND granted AND pid::text = {} \
         AND {IN_THIS_DATABASE} AND ((classid::bigint << 32) | objid::bigint) & ((1::bigint << {KEY_BITS}) - 1) = {SEGUE_KEY} \
         AND classid::bigint >= {})",
        literal(pid),
        1_i64 << (KEY_BITS - 32)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows.first().is_some_and(is_true))
}

/// Gives every advisory lock of the session back, however often each was taken.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn unlock_all(session: &Session) -> Result<(), ServerError> {
    session
        .execute("SELECT pg_catalog.pg_advisory_unlock_all()")
        .await
}

/// Who holds a lock, if it is held.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn holder(session: &Session, key: i64) -> Result<Option<Holder>, ServerError> {
    holder_where(session, &matches_key(key)).await
}

/// Which other session holds a lock, if one does.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn other_holder(session: &Session, key: i64) -> Result<Option<Holder>, ServerError> {
    let condition = format!(
        "l.pid <> pg_catalog.pg_backend_pid() AND {}",
        matches_key(key)
    );
    holder_where(session, &condition).await
}

async fn holder_where(session: &Session, condition: &str) -> Result<Option<Holder>, ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT l.pid, coalesce(a.usename, '?'), coalesce(a.application_name, ''), \
             host(a.client_addr), to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') \
             FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.granted AND {condition} LIMIT 1"
        ))
        .await?;
    Ok(rows.into_iter().next().map(|row| {
        let mut columns = row.into_iter();
        let mut text = || columns.next().flatten();
        Holder {
            pid: text().unwrap_or_default(),
            user: text().unwrap_or_default(),
            application: text().unwrap_or_default(),
            address: text(),
            since: text().unwrap_or_default(),
        }
    }))
}

/// A bigint key is shown as two halves, with `objsubid` 1 (view-pg-locks.html).
fn matches_key(key: i64) -> String {
    let high = (key >> 32) & 0xffff_ffff;
    let low = key & 0xffff_ffff;
    format!("classid = {high} AND objid = {low} AND {IN_THIS_DATABASE}")
}

/// Of a bigint key, in the database of the session.
const IN_THIS_DATABASE: &str = "objsubid = 1 AND database = \
     (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";

fn is_true(row: &Row) -> bool {
    matches!(row.as_slice(), [Some(value)] if value == "t")
}
