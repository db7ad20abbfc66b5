//! What is known of a live PostgreSQL database, for rules and plans to go by.

use segue_catalog::{Name, QName};
use segue_db::{
    ServerError, Session,
    postgres::{
        sizes::{Sizes, sizes},
        values::seen_columns,
    },
};
use segue_plan::{ExtensionFacts, Facts, Held, IndexFacts, TableFacts, Value};

/// What a database says of its sizes, its use and its settings.
///
/// # Errors
/// What the server refused; a table that somebody keeps locked.
pub async fn known_facts(session: &Session) -> Result<Facts, ServerError> {
    Ok(of(sizes(session).await?))
}

/// Adds what the statistics of a live database prove of the values in its tables.
///
/// # Errors
/// What the server refused.
pub async fn add_values(facts: &mut Facts, session: &Session) -> Result<(), ServerError> {
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
