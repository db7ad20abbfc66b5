//! segue's own history in SQLite: `_segue_migrations`.

use segue_project::Migration;

use super::{
    super::{Format, Table, segue},
    exactly_one,
};
use crate::quote::plain_literal;

pub(in crate::history) const FORMAT: Format = Format {
    schema: None,
    table: "_segue_migrations",
    create,
    select,
    applied,
    begun: Some(begun),
    finished,
    failed: Some(failed),
    resolved,
    rolled_back,
    undone: None,
    ..segue::FORMAT
};

const NOW: &str = "strftime('%Y-%m-%d %H:%M:%f', 'now')";
/// When the transaction began, by a function of our connection's own.
const START: &str = "strftime('%Y-%m-%d %H:%M:%f', unixepoch('now', 'subsec') - _segue_elapsed() / 1e9, 'unixepoch')";

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
    name        text PRIMARY KEY NOT NULL,
    checksum    text NOT NULL,
    started_at  text NOT NULL,
    finished_at text,
    message     text
)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT name, checksum, finished_at, started_at FROM {} ORDER BY started_at, name",
        table.quoted()
    )
}

fn insert(table: &Table, migration: &Migration, started: &str, finished: &str) -> String {
    format!(
        "INSERT INTO {} (name, checksum, started_at, finished_at) VALUES ({}, {}, {started}, {finished})",
        table.quoted(),
        plain_literal(&migration.key),
        plain_literal(migration.checksum.as_deref().unwrap_or_default())
    )
}

fn applied(table: &Table, migration: &Migration) -> String {
    insert(table, migration, START, NOW)
}

fn begun(table: &Table, migration: &Migration) -> String {
    insert(table, migration, NOW, "NULL")
}

/// The row of a migration that has begun and did not end.
fn open(migration: &Migration) -> String {
    format!(
        "name = {} AND finished_at IS NULL",
        plain_literal(&migration.key)
    )
}

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET finished_at = {NOW}, message = NULL, checksum = {} WHERE {}",
        table.quoted(),
        plain_literal(migration.checksum.as_deref().unwrap_or_default()),
        open(migration)
    ))
}

fn failed(table: &Table, migration: &Migration, message: &str) -> String {
    format!(
        "UPDATE {} SET message = {} WHERE {}",
        table.quoted(),
        plain_literal(message),
        open(migration)
    )
}

fn resolved(table: &Table, migration: &Migration) -> String {
    insert(table, migration, NOW, NOW)
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!("DELETE FROM {} WHERE {}", table.quoted(), open(migration))
}
