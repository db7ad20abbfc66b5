//! `_prisma_migrations`.
//!
//! Source: prisma-engines, `schema-engine/connectors/sql-schema-connector/src/flavour/postgres.rs`
//! (table, lock) and `sql_migration_persistence.rs` (rows).

use segue_project::{Migration, layout::prisma::LAYOUT};

use super::{Format, Record, State, Table, checksum, exactly_one};
use crate::quote::literal;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "_prisma_migrations",
    marked_by: None,
    unmarked_by: None,
    create,
    select,
    read,
    applied,
    begun: Some(begun),
    finished,
    failed: Some(failed),
    resolved,
    rolled_back,
    undone: Some(undone),
    expand: None,
    latest_only: false,
    // `ADVISORY_LOCK_KEY`: fixed, the same for every database.
    lock: |_, _| vec![72_707_369],
};

/// Prisma's clients write milliseconds.
const NOW: &str = "date_trunc('milliseconds', clock_timestamp())";
const START: &str = "date_trunc('milliseconds', transaction_timestamp())";

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE {} (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT migration_name, checksum, finished_at, rolled_back_at, started_at \
         FROM {} ORDER BY started_at",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [name, checksum, finished, rolled_back, started] = row else {
        return None;
    };
    let state = match (finished, rolled_back) {
        (_, Some(_)) => State::RolledBack,
        (Some(_), None) => State::Applied,
        (None, None) => State::Failed,
    };
    Some(Record {
        key: (*name)?.to_owned(),
        state,
        checksum: checksum.map(str::to_owned),
        at: finished.or(*started).map(str::to_owned),
    })
}

fn insert(table: &Table, migration: &Migration, finished: &str, logs: &str, steps: u8) -> String {
    format!(
        "INSERT INTO {} (id, checksum, finished_at, migration_name, logs, started_at, applied_steps_count) \
         VALUES ('{}', {}, {finished}, {}, {logs}, {START}, {steps})",
        table.quoted(),
        uuid::Uuid::new_v4(),
        checksum(migration),
        literal(&migration.key),
    )
}

fn applied(table: &Table, migration: &Migration) -> String {
    insert(table, migration, NOW, "NULL", 1)
}

fn begun(table: &Table, migration: &Migration) -> String {
    insert(table, migration, "NULL", "NULL", 0)
}

const OPEN: &str = "finished_at IS NULL AND rolled_back_at IS NULL";

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET finished_at = {NOW}, applied_steps_count = applied_steps_count + 1, \
         logs = NULL, checksum = {} WHERE migration_name = {} AND {OPEN}",
        table.quoted(),
        checksum(migration),
        literal(&migration.key)
    ))
}

fn failed(table: &Table, migration: &Migration, message: &str) -> String {
    format!(
        "UPDATE {} SET logs = {} WHERE migration_name = {} AND {OPEN}",
        table.quoted(),
        literal(message),
        literal(&migration.key)
    )
}

/// `resolve --applied` leaves no steps and empty logs.
fn resolved(table: &Table, migration: &Migration) -> String {
    insert(table, migration, START, "''", 0)
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "UPDATE {} SET rolled_back_at = {NOW} WHERE migration_name = {} AND {OPEN}",
        table.quoted(),
        literal(&migration.key)
    )
}

fn undone(table: &Table, migration: &Migration) -> String {
    format!(
        "UPDATE {} SET rolled_back_at = {NOW} \
         WHERE migration_name = {} AND finished_at IS NOT NULL AND rolled_back_at IS NULL",
        table.quoted(),
        literal(&migration.key)
    )
}
