//! golang-migrate's `schema_migrations`: the latest version, and whether it was begun and not ended.
//!
//! Source: golang-migrate 4.19 (`database/postgres/postgres.go`, `database/sqlite3/sqlite3.go`,
//! `database/util.go`, `migrate.go`).

use segue_project::{Migration, layout::golang_migrate::LAYOUT};

use super::{Format, Record, State, Table, exactly_one, sqlite};

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "schema_migrations",
    // dbmate and Rails have a table of the same name.
    marked_by: Some("dirty"),
    unmarked_by: None,
    create,
    select,
    read,
    applied: |table, migration| set(table, migration, false),
    begun: Some(|table, migration| set(table, migration, true)),
    finished: |table, migration| exactly_one(&finished(table, migration)),
    failed: None,
    resolved: |table, migration| set(table, migration, false),
    rolled_back,
    undone: Some(undone),
    expand: Some(expand),
    latest_only: true,
    lock,
};

pub(super) const SQLITE: Format = Format {
    create: create_in_sqlite,
    finished: |table, migration| sqlite::exactly_one(&finished(table, migration)),
    // The driver's lock is one within its own process.
    lock: |_, _| Vec::new(),
    ..FORMAT
};

/// `GenerateAdvisoryLockId`: the CRC-32 of schema, table and database, times a constant, in 32 bits.
fn lock(table: &Table, database: &str) -> Vec<i64> {
    let name = [&table.schema, &table.name, database].join("\0");
    let key = crc32fast::hash(name.as_bytes()).wrapping_mul(1_486_364_155);
    vec![i64::from(key)]
}

fn create(table: &Table) -> Vec<String> {
    vec![format!(
        "CREATE TABLE IF NOT EXISTS {} (version bigint not null primary key, dirty boolean not null)",
        table.quoted()
    )]
}

fn create_in_sqlite(table: &Table) -> Vec<String> {
    let [schema, name] = [&table.schema, &table.name].map(|name| crate::identifier(name));
    vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {} (version uint64,dirty bool)",
            table.quoted()
        ),
        format!("CREATE UNIQUE INDEX IF NOT EXISTS {schema}.version_unique ON {name} (version)"),
    ]
}

fn select(table: &Table) -> String {
    format!("SELECT version, dirty FROM {}", table.quoted())
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [version, dirty] = row else {
        return None;
    };
    Some(Record {
        key: (*version)?.to_owned(),
        // PostgreSQL prints `t`, SQLite has numbers.
        state: if matches!(dirty, Some("t" | "1")) {
            State::Failed
        } else {
            State::Applied
        },
        checksum: None,
        at: None,
    })
}

/// Every migration up to the version is applied, for the tool never goes back to an earlier one. Version -1
/// is what is left when taking back the first migration fails.
fn expand(migrations: &[Migration], records: Vec<Record>) -> Vec<Record> {
    let number = |key: &str| key.parse::<i64>().unwrap_or(i64::MAX);
    let mut expanded = Vec::new();
    for mut record in records {
        let version = number(&record.key);
        if let (-1, Some(first)) = (version, migrations.first()) {
            first.key.clone_into(&mut record.key);
        }
        let before = migrations.iter().filter(|m| number(&m.key) < version);
        expanded.extend(before.map(|migration| Record {
            key: migration.key.clone(),
            state: State::Applied,
            checksum: None,
            at: None,
        }));
        expanded.push(record);
    }
    expanded
}

/// `SetVersion` empties the table by TRUNCATE; by DELETE those who read the version meanwhile need not wait.
fn set(table: &Table, migration: &Migration, dirty: bool) -> String {
    let table = table.quoted();
    format!(
        "DELETE FROM {table}; INSERT INTO {table} (version, dirty) VALUES ({}, {dirty})",
        migration.key
    )
}

fn finished(table: &Table, migration: &Migration) -> String {
    format!(
        "UPDATE {} SET dirty = false WHERE version = {} AND dirty",
        table.quoted(),
        migration.key
    )
}

/// Goes back to the version before, as `migrate force` would be told to.
fn rolled_back(table: &Table, migration: &Migration) -> String {
    let table = table.quoted();
    let before = &migration.description;
    if before.is_empty() {
        return format!(
            "DELETE FROM {table} WHERE version IN (-1, {}) AND dirty",
            migration.key
        );
    }
    format!(
        "UPDATE {table} SET version = {before}, dirty = false WHERE version = {} AND dirty",
        migration.key
    )
}

fn undone(table: &Table, migration: &Migration) -> String {
    let (table, key) = (table.quoted(), &migration.key);
    match migration.description.as_str() {
        "" => format!("DELETE FROM {table} WHERE version = {key}"),
        before => format!("UPDATE {table} SET version = {before} WHERE version = {key}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, lock};

    #[test]
    fn the_lock_is_that_of_the_tool() {
        let table = Table {
            schema: "public".to_owned(),
            name: "schema_migrations".to_owned(),
        };
        // Computed with Python's zlib from the description in `database/util.go`.
        assert_eq!(lock(&table, "app"), [1_787_120_056]);
    }
}
