//! How busy a database was: its transactions a second, minute by minute of a day. Only what a deploy saw that had to know it.
//! PostgreSQL only.

use crate::{ServerError, Session};

/// Makes the table; asked for, since a deploy may go on with a plan that was begun without it.
const IS_THERE: &str = "SELECT pg_catalog.to_regclass('segue.activity')";
const CREATE: &str =
    "CREATE TABLE segue.activity (minute bigint PRIMARY KEY, per_second double precision NOT NULL)";

/// Makes the table where it is not there.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn prepare(session: &Session) -> Result<(), ServerError> {
    let rows = session.rows(IS_THERE).await?;
    match rows.into_iter().flatten().flatten().next() {
        Some(_) => Ok(()),
        None => session.execute(CREATE).await,
    }
}

/// The most transactions a second of a minute within the last day; none where no minute was seen.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn peak(session: &Session) -> Result<Option<f64>, ServerError> {
    let sql = format!("SELECT max(per_second) FROM segue.activity WHERE minute > {NOW} - {DAY}");
    let rows = session.rows(&sql).await?;
    let peak = rows.into_iter().flatten().flatten().next();
    Ok(peak.and_then(|peak| peak.parse().ok()))
}

/// Keeps what was seen in this minute, and forgets what is older than a day.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn keep(session: &Session, per_second: f64) -> Result<(), ServerError> {
    let sql = format!(
        "INSERT INTO segue.activity VALUES ({NOW}, {per_second}) ON CONFLICT (minute) DO UPDATE \
         SET per_second = greatest(activity.per_second, excluded.per_second); \
         DELETE FROM segue.activity WHERE minute <= {NOW} - {DAY}"
    );
    session.execute(&sql).await
}

/// The minute, counted from 1970.
const NOW: &str = "floor(extract(epoch FROM pg_catalog.clock_timestamp()) / 60)::bigint";
/// In minutes.
const DAY: u32 = 24 * 60;
