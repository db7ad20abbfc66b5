//! The state of an index that is built CONCURRENTLY, and what an interrupted build or REINDEX has left. A build that fails leaves
//! an invalid index behind (sql-createindex.html, "Building Indexes Concurrently"), which `IF NOT EXISTS` would take for done.

use segue_sql::{ConcurrentIndex, Rebuilt};

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
             WHERE i.indrelid = to_regclass({}) AND c.relname = (parse_ident({})::name[])[1]",
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

/// Nobody is building the index `c` right now, as far as this role may see.
const NOT_BUILDING: &str = "NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)";

/// The indexes that an interrupted statement has left invalid, as SQL writes them.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn leftovers(
    session: &Session,
    of: &ConcurrentIndex,
) -> Result<Vec<String>, ServerError> {
    let query = match of {
        ConcurrentIndex::Create { index, table } => format!(
            "SELECT c.oid::regclass::text FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = to_regclass({}) AND NOT i.indisvalid AND c.relname = (parse_ident({})::name[])[1] AND {NOT_BUILDING}",
            literal(table),
            literal(index)
        ),
        ConcurrentIndex::Drop { .. } => return Ok(Vec::new()),
        ConcurrentIndex::Rebuild { of, name } => transient(*of, &literal(name)),
    };
    let rows = session.rows(&query).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Those that take the place of others while these are built anew: `…_ccnew`, and `…_ccold` behind the exchange, with a number
/// where that was taken (sql-reindex.html, "Rebuilding Indexes Concurrently"). They are to be dropped, it says.
fn transient(of: Rebuilt, name: &str) -> String {
    let table = "(SELECT to_regclass($) UNION SELECT relid FROM pg_catalog.pg_partition_tree(to_regclass($)))";
    let within = match of {
        Rebuilt::Index => format!("i.indexrelid IN {table}"),
        Rebuilt::Table => format!(
            "(i.indrelid IN {table} OR i.indrelid IN (SELECT reltoastrelid FROM pg_catalog.pg_class WHERE oid IN {table}))"
        ),
        Rebuilt::Schema => {
            "i.indrelid IN (SELECT unnest(ARRAY[oid, reltoastrelid]) FROM pg_catalog.pg_class \
                            WHERE relnamespace = to_regnamespace($))"
                .to_owned()
        }
        Rebuilt::Database => "true".to_owned(),
    };
    // a name that would be longer than 63 bytes is cut before the suffix (makeObjectName, indexcmds.c); those of `pg_toast` are
    // out of reach of most roles
    format!(
        "SELECT DISTINCT c.oid::regclass::text FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class b ON b.oid = i.indexrelid \
         JOIN pg_catalog.pg_index l ON l.indrelid = i.indrelid AND NOT l.indisvalid \
         JOIN pg_catalog.pg_class c ON c.oid = l.indexrelid \
         CROSS JOIN LATERAL substring(c.relname FROM '^(.*)_cc(?:new|old)[0-9]*$') AS stem \
         WHERE (b.relname = stem OR (octet_length(c.relname) = 63 AND starts_with(b.relname, stem))) AND {} \
         AND pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE') \
         AND {NOT_BUILDING}",
        within.replace('$', name)
    )
}

/// Drops such indexes.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn drop_leftovers(session: &Session, indexes: &[String]) -> Result<(), ServerError> {
    for index in indexes {
        let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {index}");
        session.execute(&drop).await?;
    }
    Ok(())
}
