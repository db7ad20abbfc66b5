//! A pooler in transaction mode gives the server's process to others between our transactions.

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let Some(open) = examined.opener else {
        return Ok(vec![Finding::good(
            id,
            "the embedded server, with one connection",
        )]);
    };
    let Some(other) = open().await else {
        return Ok(vec![Finding::warning(
            id,
            "no second connection could be opened, so that nothing is known of a pooler",
            "raise max_connections, or the user's CONNECTION LIMIT: with a second connection a deploy tells who blocks it",
        )]);
    };
    let rows = other.rows("SELECT pg_backend_pid()").await;
    other.close().await;
    let theirs = rows?
        .into_iter()
        .next()
        .and_then(|row| row.into_iter().next().flatten());
    Ok(vec![if theirs.as_ref() == Some(&examined.facts.pid) {
        Finding::problem(
            id,
            format!(
                "two connections are served by the same process, {}",
                examined.facts.pid
            ),
            "give the database's direct URL, or a pooler's port in session mode",
        )
    } else {
        Finding::good(id, "each connection has a process of its own")
    }])
}
