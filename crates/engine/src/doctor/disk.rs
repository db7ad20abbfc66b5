//! The size of the data; where they are on this machine, also the space that is left.

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

/// Rewriting the largest table takes as much space again, and its WAL or journal once more.
const ROOM: u64 = 2;

/// Of what somebody has for himself the size cannot be asked without waiting for him.
const LARGEST: &str = "SELECT c.oid::regclass, pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c \
     WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock' AND l.granted) \
     ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 1";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let (evidence, largest) = match examined.dialect() {
        Dialect::Sqlite => sqlite(examined).await?,
        Dialect::Postgres => postgres(examined).await?,
    };
    let Some(folder) = examined.data_folder else {
        return Ok(vec![Finding::good(
            id,
            format!("{evidence}; the space left on the server cannot be seen from here"),
        )]);
    };
    let left = match fs4::available_space(folder) {
        Ok(left) => left,
        Err(error) => {
            return Ok(vec![Finding::skipped(
                id,
                format!("{evidence}; the space left is not known: {error}"),
            )]);
        }
    };
    let evidence = format!("{evidence}; {} are left", megabytes(left));
    Ok(vec![if left < largest.saturating_mul(ROOM) {
        Finding::warning(
            id,
            evidence,
            "make room: rewriting the largest table takes twice its size",
        )
    } else {
        Finding::good(id, evidence)
    }])
}

async fn sqlite(examined: &Examined<'_>) -> Result<(String, u64), ServerError> {
    let size = examined
        .value("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        .await?
        .and_then(|size| size.parse().ok())
        .unwrap_or_default();
    Ok((format!("the file has {}", megabytes(size)), size))
}

async fn postgres(examined: &Examined<'_>) -> Result<(String, u64), ServerError> {
    let all = examined
        .value("SELECT pg_database_size(current_database())")
        .await?
        .and_then(|size| size.parse().ok())
        .unwrap_or_default();
    let rows = examined.session.rows(LARGEST).await?;
    let (name, size) = match rows.first().map(Vec::as_slice) {
        Some([Some(name), Some(size)]) => (name.clone(), size.parse().unwrap_or_default()),
        _ => ("no table".to_owned(), 0),
    };
    let evidence = format!(
        "the database has {}, its largest table {name} {}",
        megabytes(all),
        megabytes(size)
    );
    Ok((evidence, size))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
