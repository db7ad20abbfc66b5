//! The extensions that pending migrations create: are they on the server's disk, and may we create them?

use segue_db::{ServerError, literal};
use segue_sql::{Dialect, Kind};

use super::{Examined, Finding};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    if examined.dialect() == Dialect::Sqlite {
        return Ok(Vec::new());
    }
    let names = wanted(examined);
    if names.is_empty() {
        return Ok(vec![Finding::good(id, "no pending migration creates one")]);
    }
    let mut findings = Vec::new();
    for name in &names {
        findings.push(one(id, examined, name).await?);
    }
    Ok(findings)
}

fn wanted(examined: &Examined<'_>) -> Vec<String> {
    let Some(status) = examined.status() else {
        return Vec::new();
    };
    let pending = status.entries.iter().filter(|entry| entry.is_pending());
    let mut names = Vec::new();
    for entry in pending {
        let statements = entry.migration.up.statements().unwrap_or_default();
        names.extend(statements.iter().filter_map(|s| match s.kind {
            Kind::CreateExtension(name) => Some(name),
            _ => None,
        }));
    }
    names.sort();
    names.dedup();
    names
}

/// A trusted extension takes CREATE on the database, any other a superuser (sql-createextension.html).
async fn one(
    id: &'static str,
    examined: &Examined<'_>,
    name: &str,
) -> Result<Finding, ServerError> {
    let question = format!(
        "SELECT a.installed_version IS NOT NULL, coalesce((SELECT bool_or(v.trusted) \
         FROM pg_catalog.pg_available_extension_versions v WHERE v.name = a.name), false) \
         AND has_database_privilege(current_database(), 'CREATE'), \
         (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) \
         FROM pg_catalog.pg_available_extensions a WHERE a.name = {}",
        literal(name)
    );
    let rows = examined.session.rows(&question).await?;
    let is = |value: &Option<String>| value.as_deref() == Some("t");
    Ok(match rows.first().map(Vec::as_slice) {
        Some([installed, ..]) if is(installed) => Finding::good(id, format!("{name} is there")),
        Some([_, trusted, superuser]) if is(trusted) || is(superuser) => {
            Finding::good(id, format!("{name} can be created"))
        }
        Some(_) => Finding::problem(
            id,
            format!(
                "{name} takes a superuser to create, which {} is not",
                examined.facts.user
            ),
            format!(
                "as a superuser: CREATE EXTENSION {};",
                segue_db::identifier(name)
            ),
        ),
        None => Finding::problem(
            id,
            format!("{name} is not on the server"),
            "install its package on the server (Debian: postgresql-contrib, or a package of its own)",
        ),
    })
}
