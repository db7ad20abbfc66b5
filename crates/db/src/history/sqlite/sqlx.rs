//! `_sqlx_migrations` in SQLite.
//!
//! Source: sqlx-sqlite 0.8 (`migrate.rs`).

use segue_project::Migration;

use super::{
    super::{Format, Record, Table, sqlx},
    as_the_tool_writes_it, exactly_one,
};
use crate::quote::plain_literal;

pub(in crate::history) const FORMAT: Format = Format {
    create,
    select,
    read,
    applied,
    begun: Some(begun),
    finished,
    resolved,
    rolled_back,
    undone: None,
    lock: |_, _| Vec::new(),
    ..sqlx::FORMAT
};

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)",
        as_the_tool_writes_it(table, sqlx::FORMAT.table)
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT version, CASE success WHEN 1 THEN 't' ELSE 'f' END, hex(checksum), installed_on \
         FROM {} ORDER BY version",
        table.quoted()
    )
}

/// The digits of `hex` are capitals; SQLite's own `lower` makes a copy of each.
fn read(row: &[Option<&str>]) -> Option<Record> {
    let mut record = (sqlx::FORMAT.read)(row)?;
    if let Some(checksum) = record.checksum.take() {
        let mut digits = checksum.into_bytes();
        // The bit that makes a letter small; figures have it already.
        digits.iter_mut().for_each(|digit| *digit |= 0x20);
        record.checksum = String::from_utf8(digits).ok();
    }
    Some(record)
}

fn insert(table: &Table, migration: &Migration, success: bool, nanoseconds: &str) -> String {
    format!(
        "INSERT INTO {} (version, description, success, checksum, execution_time) \
         VALUES ({}, {}, {success}, x'{}', {nanoseconds})",
        table.quoted(),
        migration.key,
        plain_literal(&migration.description),
        migration.checksum.as_deref().unwrap_or_default(),
    )
}

/// The time since the transaction began, in nanoseconds: a function of our connection's own.
fn applied(table: &Table, migration: &Migration) -> String {
    insert(table, migration, true, "_segue_elapsed()")
}

fn begun(table: &Table, migration: &Migration) -> String {
    insert(table, migration, false, "-1")
}

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET success = true, checksum = x'{}', execution_time = \
         CAST((julianday('now') - julianday(installed_on)) * 86400000000000 AS INTEGER) \
         WHERE version = {} AND NOT success",
        table.quoted(),
        migration.checksum.as_deref().unwrap_or_default(),
        migration.key
    ))
}

fn resolved(table: &Table, migration: &Migration) -> String {
    insert(table, migration, true, "0")
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE version = {} AND NOT success",
        table.quoted(),
        migration.key
    )
}
