//! The state of an index that is built CONCURRENTLY. A build that fails leaves an invalid index behind
//! (sql-createindex.html, "Building Indexes Concurrently"), which `IF NOT EXISTS` would take for done.

use crate::{ServerError, Session, literal};

/// What is known of an index by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// There is none of that name on the table.
    Missing,
    /// There, and used by queries.
    Valid,
    /// There, but left over from a build that did not finish.
    Invalid,
    /// Somebody is building it right now.
    Building,
}

/// Looks an index up. `table` and `index` are as written in SQL: the table perhaps with its schema, both
/// perhaps in quotes.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn state(session: &Session, table: &str, index: &str) -> Result<State, ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT i.indisvalid, EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
             WHERE p.index_relid = i.indexrelid) FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = to_regclass({}) AND c.relname = (parse_ident({}))[1]",
            literal(table),
            literal(index)
        ))
        .await?;
    Ok(match rows.first().map(Vec::as_slice) {
        Some([Some(valid), _]) if valid == "t" => State::Valid,
        Some([_, Some(building)]) if building == "t" => State::Building,
        Some(_) => State::Invalid,
        None => State::Missing,
    })
}

/// The statement that removes what a failed build left behind: the index in its table's schema.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn drop_leftover(session: &Session, table: &str, index: &str) -> Result<(), ServerError> {
    let rows = session
        .rows(&format!(
            "SELECT c.oid::regclass::text FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = to_regclass({}) AND NOT i.indisvalid AND c.relname = (parse_ident({}))[1]",
            literal(table),
            literal(index)
        ))
        .await?;
    match rows.into_iter().next().map(|row| row.into_iter().next()) {
        Some(Some(Some(name))) => {
            session
                .execute(&format!("DROP INDEX CONCURRENTLY {name}"))
                .await
        }
        _ => Ok(()),
    }
}
