//! A deploy takes two connections: its own, and one that tells who blocks it.

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

const LEFT: &str = "SELECT current_setting('max_connections')::int \
     - current_setting('superuser_reserved_connections')::int \
     - (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'), \
     current_setting('max_connections')";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let rows = examined.session.rows(LEFT).await?;
    let Some([Some(left), Some(all)]) = rows.first().map(Vec::as_slice) else {
        return Ok(Vec::new());
    };
    let evidence = format!("{left} of {all} are left");
    Ok(vec![if left.parse::<i64>().is_ok_and(|left| left < 2) {
        Finding::warning(
            id,
            evidence,
            "raise max_connections, or put a pooler between the application and the server",
        )
    } else {
        Finding::good(id, evidence)
    }])
}
