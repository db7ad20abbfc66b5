//! The variables of an environment in which a test database is the only one that is found.

use segue_engine::Failure;
use segue_project::config::{UrlInputs, url_variables};

use super::place::{Parts, percent};
use crate::{Migrator, source::is_pooled, workplace::Workplace};

/// What would lead elsewhere: libpq prefers an address to a name, and a service brings all parts with it.
const REMOVED: [&str; 4] = ["DATABASE_URL_FILE", "PGHOSTADDR", "PGSERVICE", "PGPASSFILE"];

/// See [`TestDatabase::variables`](super::TestDatabase::variables).
pub(super) fn of(
    migrator: &Migrator,
    url: &str,
    parts: &Parts,
    server: Option<String>,
) -> Result<Vec<(String, Option<String>)>, Failure> {
    let workplace = Workplace::of(migrator)?;
    let survey = migrator.survey(&workplace)?;
    let inputs = UrlInputs {
        flag: None,
        settings: workplace.settings()?,
        vars: workplace.vars(),
        tool_configs: &workplace.tool_configs(&survey.folder),
        is_pooled,
    };
    let named = url_variables(&inputs);
    let urls = ["DATABASE_URL".to_owned()].into_iter().chain(named);
    let urls = urls.map(|name| (name, Some(url.to_owned())));
    let settled = survey.settle(&[]);
    let layout = settled.map_or("", |(_, choice)| choice.layout.name);
    let others = of_tool(layout, url, parts)
        .into_iter()
        .map(|(name, value)| (name, Some(value)))
        .chain(of_libpq(parts))
        .chain(REMOVED.map(|name| (name, None)))
        .chain([("SEGUE_TEST_URL", server)]);
    let others = others.map(|(name, value)| (name.to_owned(), value));
    let mut all: Vec<(String, Option<String>)> = Vec::new();
    for (name, value) in urls.chain(others) {
        if !all.iter().any(|(known, _)| *known == name) {
            all.push((name, value));
        }
    }
    Ok(all)
}

fn of_libpq(parts: &Parts) -> [(&'static str, Option<String>); 6] {
    [
        ("PGHOST", Some(parts.host.clone())),
        ("PGPORT", Some(parts.port.to_string())),
        ("PGUSER", Some(parts.user.clone())),
        ("PGPASSWORD", parts.password.clone()),
        ("PGDATABASE", Some(parts.database.clone())),
        ("PGSSLMODE", Some(parts.sslmode.to_owned())),
    ]
}

/// Where tools look that know no `DATABASE_URL`. Sources: goose 3.26 (`cmd/goose/main.go`), Flyway's "Environment
/// variables".
fn of_tool(layout: &str, url: &str, parts: &Parts) -> Vec<(&'static str, String)> {
    match layout {
        "goose" => vec![
            ("GOOSE_DRIVER", "postgres".to_owned()),
            ("GOOSE_DBSTRING", url.to_owned()),
        ],
        "flyway" => vec![
            (
                "FLYWAY_URL",
                format!(
                    "jdbc:postgresql://{}:{}/{}?sslmode={}",
                    parts.host,
                    parts.port,
                    percent(&parts.database),
                    parts.sslmode
                ),
            ),
            ("FLYWAY_USER", parts.user.clone()),
            (
                "FLYWAY_PASSWORD",
                parts.password.clone().unwrap_or_default(),
            ),
        ],
        _ => Vec::new(),
    }
}
