//! dbmate's `schema_migrations`: versions and nothing else.
//!
//! Source: dbmate 2.36 (`pkg/driver/postgres/postgres.go`, `pkg/driver/sqlite/sqlite.go`).

use segue_project::{Migration, layout::dbmate::LAYOUT};

use super::{Format, Record, State, Table};
use crate::quote::literal;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "schema_migrations",
    marked_by: None,
    // golang-migrate has a table of the same name.
    unmarked_by: Some("dirty"),
    create: |table| create(table, "varchar"),
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

pub(super) const SQLITE: Format = Format {
    create: |table| create(table, "varchar(128)"),
    ..FORMAT
};

fn create(table: &Table, kind: &str) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (version {kind} PRIMARY KEY)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT version, NULL AS at FROM {} ORDER BY version",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [version, _] = row else {
        return None;
    };
    Some(Record {
        key: (*version)?.to_owned(),
        state: State::Applied,
        checksum: None,
        at: None,
    })
}

fn applied(table: &Table, migration: &Migration) -> String {
    format!(
        "INSERT INTO {} (version) VALUES ({})",
        table.quoted(),
        literal(&migration.key)
    )
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE version = {}",
        table.quoted(),
        literal(&migration.key)
    )
}
