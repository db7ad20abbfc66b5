//! Settings of the server, the database or the user that a deploy does not set itself and that could stop it
//! (runtime-config-client.html).

use segue_db::{ServerError, identifier};
use segue_sql::Dialect;

use super::{Examined, Finding};

/// What a deploy leaves as it is; the value that does no harm; what the other values do.
const WATCHED: &[(&str, &str, &str)] = &[
    (
        "standard_conforming_strings",
        "on",
        "backslashes in strings mean something else than where the migrations were written",
    ),
    (
        "check_function_bodies",
        "on",
        "functions are created unchecked",
    ),
];

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return sqlite(id, examined).await;
    }
    let mut findings = Vec::new();
    for (name, harmless, effect) in WATCHED {
        let value = examined
            .value(&format!("SELECT current_setting('{name}', true)"))
            .await?;
        if let Some(value) = value.filter(|value| value != harmless && !value.is_empty()) {
            findings.push(Finding::warning(
                id,
                format!("{name} is {value}: {effect}"),
                format!(
                    "ALTER ROLE {} SET {name} = {harmless};",
                    identifier(&examined.facts.user)
                ),
            ));
        }
    }
    let encoding = examined
        .value("SHOW server_encoding")
        .await?
        .unwrap_or_default();
    if encoding != "UTF8" {
        findings.push(Finding::warning(
            id,
            format!(
                "the database's encoding is {encoding}: what it has no code for cannot be stored"
            ),
            "make a database with ENCODING 'UTF8' and move the data",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            id,
            format!("nothing in the way; encoding {encoding}"),
        ));
    }
    Ok(findings)
}

async fn sqlite(id: &'static str, examined: &Examined<'_>) -> Result<Vec<Finding>, ServerError> {
    let mode = examined
        .value("PRAGMA journal_mode")
        .await?
        .unwrap_or_default();
    let keys = examined
        .value("PRAGMA foreign_keys")
        .await?
        .unwrap_or_default();
    let enforced = if keys == "1" {
        "enforced"
    } else {
        "not enforced"
    };
    Ok(vec![Finding::good(
        id,
        format!("journal mode {mode}, foreign keys {enforced}"),
    )])
}
