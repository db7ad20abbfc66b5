//! `_sqlx_migrations`.
//!
//! Source: sqlx-postgres 0.8 (`migrate.rs`).

use segue_project::{Migration, layout::sqlx::LAYOUT};

use super::{Format, Record, State, Table, exactly_one};
use crate::quote::literal;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "_sqlx_migrations",
    marked_by: None,
    unmarked_by: None,
    create,
    select,
    read,
    applied,
    begun: Some(begun),
    finished,
    failed: None,
    resolved,
    rolled_back,
    undone: Some(undone),
    expand: None,
    latest_only: false,
    lock,
};

/// `generate_lock_id`: a constant times the CRC-32 (ISO HDLC) of the database's name.
fn lock(_: &Table, database: &str) -> Vec<i64> {
    vec![0x3d32_ad9e * i64::from(crc32fast::hash(database.as_bytes()))]
}

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT version, success, encode(checksum, 'hex'), date_trunc('milliseconds', installed_on) \
         FROM {} ORDER BY version",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [version, success, checksum, at] = row else {
        return None;
    };
    let state = if *success == Some("t") {
        State::Applied
    } else {
        State::Failed
    };
    Some(Record {
        key: (*version)?.to_owned(),
        state,
        checksum: checksum.map(str::to_owned),
        at: at.map(str::to_owned),
    })
}

fn insert(table: &Table, migration: &Migration, success: bool, nanoseconds: &str) -> String {
    format!(
        "INSERT INTO {} (version, description, success, checksum, execution_time) \
         VALUES ({}, {}, {success}, decode('{}', 'hex'), {nanoseconds})",
        table.quoted(),
        migration.key,
        literal(&migration.description),
        migration.checksum.as_deref().unwrap_or_default(),
    )
}

/// The time since the transaction began, in sqlx's unit.
const ELAPSED: &str =
    "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000000000)::bigint";

fn applied(table: &Table, migration: &Migration) -> String {
    insert(table, migration, true, ELAPSED)
}

fn begun(table: &Table, migration: &Migration) -> String {
    insert(table, migration, false, "-1")
}

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET success = true, checksum = decode('{}', 'hex'), \
         execution_time = (extract(epoch FROM clock_timestamp() - installed_on) * 1000000000)::bigint \
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

fn undone(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE version = {}",
        table.quoted(),
        migration.key
    )
}
