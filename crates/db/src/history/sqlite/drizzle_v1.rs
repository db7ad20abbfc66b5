//! `__drizzle_migrations` of Drizzle 1.0 in SQLite.
//!
//! Source: drizzle-orm 1.0.0-rc.5 (`libsql/migrator.js`, `sqlite-core/async/session.js`).

use segue_project::{Migration, layout::drizzle_v1::folder_time};

use super::super::{Format, Table, drizzle_v1};
use crate::quote::plain_literal;

pub(in crate::history) const FORMAT: Format = Format {
    schema: None,
    create,
    select,
    applied,
    finished: applied,
    resolved: applied,
    ..drizzle_v1::FORMAT
};

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
			id INTEGER PRIMARY KEY,
			hash text NOT NULL,
			created_at numeric,
			name text,
			applied_at TEXT
		)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT name, hash, applied_at FROM {} WHERE name IS NOT NULL ORDER BY rowid",
        table.quoted()
    )
}

/// The time as `Date.toISOString` prints it.
fn applied(table: &Table, migration: &Migration) -> String {
    format!(
        "INSERT INTO {} (hash, created_at, name, applied_at) \
         VALUES ({}, {}, {}, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        table.quoted(),
        plain_literal(migration.checksum.as_deref().unwrap_or_default()),
        folder_time(&migration.name).expect("the layout refuses names without a time"),
        plain_literal(&migration.key)
    )
}
