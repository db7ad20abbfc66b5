//! Queries that go on waiting for whoever has a table for himself: the lock that they take is the weakest, and no app waits for
//! whoever waits for that (explicit-locking.html).

use std::time::Duration;

use crate::{Row, ServerError, Session};

/// Runs a query, in a transaction of its own, perhaps behind what is set for it (`SET LOCAL …;`), and waits so long for each lock.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn patiently(
    session: &Session,
    sql: &str,
    patience: Duration,
) -> Result<Vec<Row>, ServerError> {
    // no time at all would be for ever
    let patience = patience.as_millis().max(1);
    let script = format!("BEGIN; SET LOCAL lock_timeout = {patience}; {sql}; COMMIT");
    let rows = session.rows(&script).await;
    if rows.as_ref().is_err_and(|error| !error.ends_connection()) {
        session.execute("ROLLBACK").await?;
    }
    rows
}
