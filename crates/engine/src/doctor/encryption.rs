//! Passwords and data on a network are read by others where the connection is not encrypted.

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

const STATE: &str = "SELECT s.ssl, coalesce(s.version, ''), inet_server_addr() IS NULL \
     OR inet_server_addr() << inet '127.0.0.0/8' OR inet_server_addr() = inet '::1' \
     FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_backend_pid()";

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let rows = examined.session.rows(STATE).await?;
    Ok(vec![match rows.first().map(Vec::as_slice) {
        Some([Some(on), Some(version), _]) if on == "t" => Finding::good(id, version.clone()),
        Some([_, _, Some(local)]) if local == "t" => {
            Finding::good(id, "none, and none is needed on this machine")
        }
        Some(_) => Finding::warning(
            id,
            "the connection crosses a network without encryption",
            "add sslmode=verify-full to the URL, and sslrootcert where the server's certificate is not a public one",
        ),
        None => Finding::skipped(id, "the server does not tell"),
    }])
}
