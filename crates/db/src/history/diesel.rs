//! `__diesel_schema_migrations`: versions and nothing else.
//!
//! Source: diesel 2.3.0 (`migration/setup_migration_table.sql`), diesel_migrations (`migration_harness.rs`).

use segue_project::{Migration, layout::diesel::LAYOUT};

use super::{Format, Record, State, Table};
use crate::quote::literal;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "__diesel_schema_migrations",
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

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT version, run_on FROM {} ORDER BY version",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [version, run_on] = row else {
        return None;
    };
    Some(Record {
        key: (*version)?.to_owned(),
        state: State::Applied,
        checksum: None,
        at: run_on.map(str::to_owned),
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
