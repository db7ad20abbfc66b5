//! Facts about a database: from a live one, from a file, or declared; and whether they fit the schema.

use std::{collections::BTreeMap, path::Path};

use segue_catalog::{Catalog, QName};
use segue_db::Session;
use segue_engine::{Failure, known_facts};
use segue_plan::Facts;
use segue_project::{config::Lint, shown_path};
use segue_sql::{Dialect, Problem};

use super::stats::misread;
use crate::Migrator;

impl Migrator {
    /// What the configured database says of its sizes, its use and its settings; see [`Facts::saved`].
    ///
    /// # Errors
    /// No connection, SQLite, or what the server refused.
    pub async fn facts(&self) -> Result<Facts, Failure> {
        let connected = self.connect(&mut |_| {}).await?;
        let facts = live(&connected.link.session).await;
        connected.close().await;
        facts
    }
}

/// What a live database says.
pub(super) async fn live(session: &Session) -> Result<Facts, Failure> {
    if session.dialect() == Dialect::Sqlite {
        return Err(Problem::new("facts are told of PostgreSQL only")
            .help("give the URL of a PostgreSQL server")
            .into());
    }
    Ok(known_facts(session).await?)
}

/// Facts that were saved.
pub(super) fn saved(path: &Path) -> Result<Facts, Problem> {
    let source = segue_project::Script::read(path)?.source()?;
    Facts::read(&source.text)
        .map_err(|error| misread(&source, &error, "`segue facts > facts.json` writes it"))
}

/// Takes what `[lint.tables]` declares; says which tables there are not.
pub(super) fn declare(facts: &mut Facts, lint: &Lint, schemas: [&Catalog; 2]) -> Vec<String> {
    let mut notes = Vec::new();
    for (named, rows) in &lint.tables {
        let rows = BTreeMap::from([(named.name.clone(), *rows)]);
        let unknown = schemas.map(|schema| facts.declare(schema, &rows).is_empty());
        if unknown == [false, false] {
            let (line, _) =
                segue_sql::line_column(&named.place.source.text, named.place.span.start);
            notes.push(format!(
                "{}:{line}: the schema has no table `{}`",
                named.place.source.name, named.name
            ));
        }
    }
    notes
}

/// How many names a note has.
const NAMED: usize = 5;

/// What facts and schema do not have in common, where the facts are those of a database.
pub(super) fn disagreement(facts: &Facts, schema: &Catalog, from: &str) -> Vec<String> {
    let Some(taken_at) = &facts.taken_at else {
        return Vec::new();
    };
    let known = |name: &&QName| facts.tables.contains_key(*name);
    let newer: Vec<&QName> = schema.tables.keys().filter(|name| !known(name)).collect();
    // Not those of a deploy's own bookkeeping.
    let made = |name: &&QName| name.schema.as_str() == "segue" || schema.tables.contains_key(*name);
    let gone: Vec<&QName> = facts.tables.keys().filter(|name| !made(name)).collect();
    let mut notes = Vec::new();
    if !newer.is_empty() {
        notes.push(format!(
            "the facts of {from}, taken {taken_at}, do not know {}: they count as large and in use",
            listed(&newer)
        ));
    }
    if !gone.is_empty() {
        notes.push(format!(
            "the facts of {from}, taken {taken_at}, have tables that the migrations do not make: {}",
            listed(&gone)
        ));
    }
    notes
}

fn listed(names: &[&QName]) -> String {
    let shown: Vec<String> = names.iter().take(NAMED).map(ToString::to_string).collect();
    match names.len().checked_sub(NAMED).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", shown.join(", ")),
        None => shown.join(", "),
    }
}

/// What a file's facts are called.
pub(super) fn named(path: &Path) -> String {
    shown_path(path)
}
