//! The partitions of a table.

use crate::{ServerError, Session, literal};

/// The partitions of a table, of all levels, that hold rows themselves: schema and name of each, in that order. None where there is no
/// such table. `table` is its name as SQL.
///
/// # Errors
/// What the server refused, or that it is gone.
pub async fn holding_rows(
    session: &Session,
    table: &str,
) -> Result<Vec<(String, String)>, ServerError> {
    let sql = format!(
        "SELECT n.nspname, c.relname FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass({})) t \
         JOIN pg_catalog.pg_class c ON c.oid = t.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'r' ORDER BY 1, 2",
        literal(table)
    );
    let rows = session.rows(&sql).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(schema), Some(name)]) => Some((schema, name)),
            _ => None,
        })
        .collect())
}
