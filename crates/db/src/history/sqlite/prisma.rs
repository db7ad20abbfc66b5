//! `_prisma_migrations` in SQLite.
//!
//! Source: prisma-engines, `schema-engine/connectors/sql-schema-connector/src/flavour/sqlite.rs` (table); quaint
//! (`connector/sqlite/native/conversion.rs`): a `DateTime` is stored as milliseconds since 1970; and
//! @prisma/adapter-libsql 7 (`conversion.ts`): as text.

use segue_project::Migration;

use super::{
    super::{Format, Table, prisma},
    exactly_one,
};
use crate::quote::plain_literal;

pub(in crate::history) const FORMAT: Format = Format {
    create,
    select,
    applied,
    begun: Some(begun),
    finished,
    failed: Some(failed),
    resolved,
    rolled_back,
    undone: None,
    lock: |_, _| Vec::new(),
    ..prisma::FORMAT
};

const NOW: &str = "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)";
/// When the transaction began, by a function of our connection's own.
const START: &str =
    "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER) - _segue_elapsed() / 1000000";

/// A time as the table has it: driver adapters write text, and Prisma sorts the rows by it.
fn time(table: &Table, milliseconds: &str) -> String {
    format!(
        "CASE WHEN EXISTS (SELECT 1 FROM {} WHERE typeof(started_at) = 'text') \
         THEN strftime('%Y-%m-%dT%H:%M:%f+00:00', ({milliseconds}) / 1000.0, 'unixepoch') \
         ELSE {milliseconds} END",
        table.quoted()
    )
}

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE {} (
    \"id\"                    TEXT PRIMARY KEY NOT NULL,
    \"checksum\"              TEXT NOT NULL,
    \"finished_at\"           DATETIME,
    \"migration_name\"        TEXT NOT NULL,
    \"logs\"                  TEXT,
    \"rolled_back_at\"        DATETIME,
    \"started_at\"            DATETIME NOT NULL DEFAULT current_timestamp,
    \"applied_steps_count\"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)",
        table.quoted()
    )]
}

/// See [`time`].
fn select(table: &Table) -> String {
    let time = |column: &str| {
        format!(
            "CASE typeof({column}) WHEN 'integer' \
             THEN strftime('%Y-%m-%d %H:%M:%f', {column} / 1000.0, 'unixepoch') ELSE {column} END"
        )
    };
    format!(
        "SELECT migration_name, checksum, {}, {}, {} FROM {} ORDER BY rowid",
        time("finished_at"),
        time("rolled_back_at"),
        time("started_at"),
        table.quoted()
    )
}

/// What a row says beside the migration's name.
struct Times<'a> {
    started: &'a str,
    /// `None`: not yet.
    finished: Option<&'a str>,
}

fn insert(
    table: &Table,
    migration: &Migration,
    times: &Times<'_>,
    logs: &str,
    steps: u8,
) -> String {
    let started = time(table, times.started);
    let finished = times
        .finished
        .map_or_else(|| "NULL".to_owned(), |finished| time(table, finished));
    format!(
        "INSERT INTO {} (id, checksum, finished_at, migration_name, logs, started_at, applied_steps_count) \
         VALUES ('{}', {}, {finished}, {}, {logs}, {started}, {steps})",
        table.quoted(),
        uuid::Uuid::new_v4(),
        plain_literal(migration.checksum.as_deref().unwrap_or_default()),
        plain_literal(&migration.key),
    )
}

fn applied(table: &Table, migration: &Migration) -> String {
    let times = Times {
        started: START,
        finished: Some(NOW),
    };
    insert(table, migration, &times, "NULL", 1)
}

fn begun(table: &Table, migration: &Migration) -> String {
    let times = Times {
        started: NOW,
        finished: None,
    };
    insert(table, migration, &times, "NULL", 0)
}

/// The row of a migration that has begun and did not end.
fn open(migration: &Migration) -> String {
    format!(
        "migration_name = {} AND finished_at IS NULL AND rolled_back_at IS NULL",
        plain_literal(&migration.key)
    )
}

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET finished_at = {}, applied_steps_count = applied_steps_count + 1, logs = NULL, \
         checksum = {} WHERE {}",
        table.quoted(),
        time(table, NOW),
        plain_literal(migration.checksum.as_deref().unwrap_or_default()),
        open(migration)
    ))
}

fn failed(table: &Table, migration: &Migration, message: &str) -> String {
    format!(
        "UPDATE {} SET logs = {} WHERE {}",
        table.quoted(),
        plain_literal(message),
        open(migration)
    )
}

fn resolved(table: &Table, migration: &Migration) -> String {
    let times = Times {
        started: NOW,
        finished: Some(NOW),
    };
    insert(table, migration, &times, "''", 0)
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "UPDATE {} SET rolled_back_at = {} WHERE {}",
        table.quoted(),
        time(table, NOW),
        open(migration)
    )
}
