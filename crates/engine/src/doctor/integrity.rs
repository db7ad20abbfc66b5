//! SQLite's own checks (pragma.html): of the file, and of rows whose foreign keys lead nowhere.

use segue_db::ServerError;
use segue_sql::Dialect;

use super::{Examined, Finding};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Postgres {
        return Ok(Vec::new());
    }
    let checked = examined
        .value("PRAGMA quick_check(1)")
        .await?
        .unwrap_or_default();
    if checked != "ok" {
        return Ok(vec![Finding::problem(
            id,
            format!("the file is damaged: {checked}"),
            "restore a backup, or save what can be read with `sqlite3 FILE .recover`",
        )]);
    }
    let broken = "SELECT \"table\" || ' to ' || parent || ': ' || count(*) FROM pragma_foreign_key_check \
                  GROUP BY \"table\", parent";
    let broken: Vec<String> = examined
        .session
        .rows(broken)
        .await?
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    Ok(vec![if broken.is_empty() {
        Finding::good(
            id,
            "the file is whole, and every foreign key leads somewhere",
        )
    } else {
        Finding::warning(
            id,
            format!("foreign keys that lead nowhere ({})", broken.join(", ")),
            "list them with PRAGMA foreign_key_check; and mend them",
        )
    }])
}
