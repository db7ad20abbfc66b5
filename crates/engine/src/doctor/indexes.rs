//! What a failed CREATE INDEX CONCURRENTLY leaves behind: it costs at every write and helps no query
//! (sql-createindex.html, "Building Indexes Concurrently").

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

/// Those that somebody builds at this moment are left out.
const INVALID: &str = "SELECT i.indexrelid::regclass FROM pg_catalog.pg_index i \
     WHERE NOT i.indisvalid AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
     WHERE p.index_relid = i.indexrelid) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = i.indexrelid AND c.relkind = 'I')";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let rows = examined.session.rows(INVALID).await?;
    let names: Vec<String> = rows.into_iter().flatten().flatten().collect();
    if names.is_empty() {
        return Ok(vec![Finding::good(id, "all are valid")]);
    }
    Ok(names
        .iter()
        .map(|name| {
            Finding::warning(
                id,
                format!("{name} is invalid"),
                format!("DROP INDEX CONCURRENTLY {name};"),
            )
        })
        .collect())
}
