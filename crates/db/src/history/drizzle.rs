//! `drizzle.__drizzle_migrations` of Drizzle 0.x: hashes, and the times of the journal.
//!
//! Source: drizzle-orm 0.45 (`pg-core/dialect.ts`).

use segue_project::{Migration, layout::drizzle::LAYOUT};

use super::{Format, Record, State, Table, checksum};
use crate::quote::identifier;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: Some("drizzle"),
    table: "__drizzle_migrations",
    marked_by: None,
    unmarked_by: Some("name"),
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
    vec![
        format!("CREATE SCHEMA IF NOT EXISTS {}", identifier(&table.schema)),
        format!(
            "CREATE TABLE IF NOT EXISTS {} (
    id SERIAL PRIMARY KEY,
    hash text NOT NULL,
    created_at bigint
)",
            table.quoted()
        ),
    ]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT created_at, hash FROM {} ORDER BY id",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [created_at, hash] = row else {
        return None;
    };
    Some(Record {
        key: (*created_at)?.to_owned(),
        state: State::Applied,
        checksum: hash.map(str::to_owned),
        at: None,
    })
}

fn applied(table: &Table, migration: &Migration) -> String {
    format!(
        "INSERT INTO {} (hash, created_at) VALUES ({}, {})",
        table.quoted(),
        checksum(migration),
        migration.key
    )
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE created_at = {}",
        table.quoted(),
        migration.key
    )
}
