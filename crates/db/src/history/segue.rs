//! segue's own history: `segue.migrations`.

use segue_project::{Migration, layout::segue::LAYOUT};

use super::{Format, Record, State, Table, checksum, exactly_one};
use crate::quote::literal;

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: Some("segue"),
    table: "migrations",
    marked_by: None,
    unmarked_by: None,
    create,
    select,
    read,
    applied,
    begun: Some(begun),
    finished,
    failed: Some(failed),
    resolved: applied,
    rolled_back,
    undone: Some(undone),
    expand: None,
    latest_only: false,
    lock: |_, _| Vec::new(),
};

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (
    name        text PRIMARY KEY,
    checksum    text NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT transaction_timestamp(),
    finished_at timestamptz,
    message     text,
    applied_by  text NOT NULL DEFAULT session_user
)",
        table.quoted()
    )]
}

fn select(table: &Table) -> String {
    format!(
        "SELECT name, checksum, date_trunc('milliseconds', finished_at), \
         date_trunc('milliseconds', started_at) FROM {} ORDER BY started_at, name",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [name, checksum, finished, started] = row else {
        return None;
    };
    Some(Record {
        key: (*name)?.to_owned(),
        state: if finished.is_some() {
            State::Applied
        } else {
            State::Failed
        },
        checksum: checksum.map(str::to_owned),
        at: finished.or(*started).map(str::to_owned),
    })
}

fn insert(table: &Table, migration: &Migration, finished: &str) -> String {
    format!(
        "INSERT INTO {} (name, checksum, finished_at) VALUES ({}, {}, {finished})",
        table.quoted(),
        literal(&migration.key),
        checksum(migration)
    )
}

fn applied(table: &Table, migration: &Migration) -> String {
    insert(table, migration, "clock_timestamp()")
}

fn begun(table: &Table, migration: &Migration) -> String {
    insert(table, migration, "NULL")
}

fn finished(table: &Table, migration: &Migration) -> String {
    exactly_one(&format!(
        "UPDATE {} SET finished_at = clock_timestamp(), message = NULL, checksum = {} \
         WHERE name = {} AND finished_at IS NULL",
        table.quoted(),
        checksum(migration),
        literal(&migration.key)
    ))
}

fn failed(table: &Table, migration: &Migration, message: &str) -> String {
    format!(
        "UPDATE {} SET message = {} WHERE name = {} AND finished_at IS NULL",
        table.quoted(),
        literal(message),
        literal(&migration.key)
    )
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE name = {} AND finished_at IS NULL",
        table.quoted(),
        literal(&migration.key)
    )
}

fn undone(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE name = {}",
        table.quoted(),
        literal(&migration.key)
    )
}
