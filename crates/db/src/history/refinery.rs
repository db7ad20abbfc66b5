//! `refinery_schema_history`.
//!
//! Source: refinery_core 0.8 and 0.9 (`traits/mod.rs`, `drivers/tokio_postgres.rs`, `drivers/rusqlite.rs`).

use segue_project::{
    Migration,
    layout::refinery::{Checksums, LAYOUT},
};

use super::{Format, Record, State, Table};
use crate::quote::literal;

/// In PostgreSQL.
pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "refinery_schema_history",
    marked_by: None,
    unmarked_by: None,
    create,
    select,
    read,
    applied,
    begun: None,
    finished: applied,
    failed: None,
    resolved: applied,
    rolled_back,
    undone: None,
    expand: None,
    latest_only: false,
    lock: |_, _| Vec::new(),
};

/// In SQLite: the same table, with its own way to tell the time and a column's type.
pub(super) const SQLITE: Format = Format {
    applied: applied_in_sqlite,
    finished: applied_in_sqlite,
    resolved: applied_in_sqlite,
    ..FORMAT
};

/// `assert_migrations_table_query`; its build with `int8-versions` says int8.
fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {}(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255))",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT version, checksum, applied_on FROM {} ORDER BY version",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [version, checksum, at] = row else {
        return None;
    };
    Some(Record {
        key: (*version)?.to_owned(),
        state: State::Applied,
        checksum: checksum.map(str::to_owned),
        at: at.map(str::to_owned),
    })
}

/// `name` and `checksum` may be anything for code, which segue records only where a person says so.
fn insert(table: &Table, migration: &Migration, now: &str, is_long: &str) -> String {
    let checksum = match Checksums::of(migration) {
        None => "'0'".to_owned(),
        Some(sums) if sums.is_long => literal(sums.long),
        Some(sums) => format!(
            "CASE WHEN {is_long} THEN '{}' ELSE '{}' END",
            sums.long, sums.usual
        ),
    };
    format!(
        "INSERT INTO {} (version, name, applied_on, checksum) VALUES ({}, {}, {now}, {checksum})",
        table.quoted(),
        migration.key,
        literal(&migration.description),
    )
}

fn applied(table: &Table, migration: &Migration) -> String {
    let now = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let is_long = format!(
        "(SELECT atttypid = 'int8'::regtype FROM pg_catalog.pg_attribute \
         WHERE attrelid = {}::regclass AND attname = 'version')",
        literal(&table.quoted())
    );
    let insert = insert(table, migration, now, &is_long);
    if Checksums::of(migration).is_some_and(|sums| sums.is_long) {
        // A table that segue has made before the folder had such versions; no change for any other.
        format!(
            "ALTER TABLE {} ALTER COLUMN version TYPE int8; {insert}",
            table.quoted()
        )
    } else {
        insert
    }
}

fn applied_in_sqlite(table: &Table, migration: &Migration) -> String {
    let is_long = format!(
        "(SELECT lower(type) = 'int8' FROM pragma_table_info({}, {}) WHERE name = 'version')",
        literal(&table.name),
        literal(&table.schema)
    );
    insert(
        table,
        migration,
        "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        &is_long,
    )
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE version = {}",
        table.quoted(),
        migration.key
    )
}
