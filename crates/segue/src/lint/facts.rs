//! Facts about a database: from a live one, from a file, or declared; and whether they fit the schema.

use std::{collections::BTreeMap, path::Path};

use segue_catalog::{Catalog, Name, QName};
use segue_db::{
    Session,
    postgres::{
        sizes::{Sizes, sizes},
        values::seen_columns,
    },
};
use segue_engine::Failure;
use segue_plan::{ExtensionFacts, Facts, Held, IndexFacts, TableFacts, Value};
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
    Ok(of(sizes(session).await?))
}

/// Adds what the statistics of a live database prove of the values in its tables.
pub(super) async fn add_values(facts: &mut Facts, session: &Session) -> Result<(), Failure> {
    for seen in seen_columns(session).await? {
        let table = QName::new(Name::stored(&seen.schema), Name::stored(&seen.table));
        let Some(table) = facts.tables.get_mut(&table) else {
            continue;
        };
        let some_time = || "at a time that is not known".to_owned();
        table.analysed_at = Some(seen.analysed_at.unwrap_or_else(some_time));
        let column = Name::stored(&seen.column);
        let nulls = seen.nulls.then_some(Value::Null);
        let numbers = seen.numbers.into_iter().map(|one| Value::Numbers(one, one));
        let texts = seen.texts.into_iter().map(Value::Text);
        let held = Held {
            values: nulls.into_iter().chain(numbers).chain(texts).collect(),
            all: false,
        };
        if seen.nulls {
            table.nulls.insert(column.clone());
        }
        if seen.repeated {
            table.repeated.insert(column.clone());
        }
        table.held.insert(column, held);
    }
    Ok(())
}

fn of(sizes: Sizes) -> Facts {
    let name = |schema: &str, name: &str| QName::new(Name::stored(schema), Name::stored(name));
    let tables = sizes.tables.iter().map(|table| {
        let facts = TableFacts {
            rows: table.rows,
            bytes: table.bytes,
            reads: table.reads,
            writes: table.writes,
            ..TableFacts::default()
        };
        (name(&table.schema, &table.name), facts)
    });
    let indexes = sizes.indexes.iter().map(|index| {
        let facts = IndexFacts {
            invalid: index.invalid,
            scans: index.scans,
            bytes: index.bytes,
        };
        (name(&index.schema, &index.name), facts)
    });
    let extensions = sizes.extensions.into_iter().map(|(name, version, newest)| {
        let facts = ExtensionFacts { version, newest };
        (Name::stored(&name), facts)
    });
    Facts {
        taken_at: Some(sizes.taken_at),
        server_version: sizes.server_version,
        tables: tables.collect(),
        indexes: indexes.collect(),
        settings: sizes.settings.into_iter().collect(),
        extensions: extensions.collect(),
    }
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
