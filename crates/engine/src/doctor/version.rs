//! The versions that segue is tested with: PostgreSQL 14 to 18, SQLite 3.35 and later (for DROP COLUMN and
//! RETURNING; our own is compiled in).

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

const OLDEST: u32 = 14;
const NEWEST: u32 = 18;

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        let version = examined.value("SELECT sqlite_version()").await?;
        let version = version.unwrap_or_default();
        return Ok(vec![Finding::good(
            id,
            format!("SQLite {version}, compiled in"),
        )]);
    }
    let version = examined
        .value("SHOW server_version")
        .await?
        .unwrap_or_default();
    let evidence = format!("PostgreSQL {version}");
    let major = examined.facts.version / 10_000;
    Ok(vec![if major < OLDEST {
        Finding::problem(
            id,
            evidence,
            format!("upgrade the server: segue needs PostgreSQL {OLDEST} or later"),
        )
    } else if major > NEWEST {
        Finding::warning(
            id,
            evidence,
            format!(
                "try it on a copy first: this segue is tested with PostgreSQL {OLDEST} to {NEWEST}"
            ),
        )
    } else {
        Finding::good(id, evidence)
    }])
}
