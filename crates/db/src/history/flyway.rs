//! `flyway_schema_history`.
//!
//! Source: flyway-core 8.5 and 13.0 (`JdbcTableSchemaHistory`, `SchemaHistory`, `MigrationInfoServiceImpl`,
//! `MigrationInfoImpl`), flyway-database-postgresql (`PostgreSQLDatabase`, `PostgreSQLAdvisoryLockTemplate`),
//! `SQLiteDatabase`.

use segue_project::{
    Migration,
    layout::flyway::{LAYOUT, script, stored_checksum},
};

use super::{Format, Record, State, Table, exactly_one};
use crate::quote::{identifier, literal};

mod expand;

/// In PostgreSQL.
pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: None,
    table: "flyway_schema_history",
    marked_by: Some("installed_rank"),
    unmarked_by: None,
    create,
    select: |table| {
        select(
            table,
            "date_trunc('milliseconds', installed_on)::timestamptz",
        )
    },
    read,
    applied: |table, migration| insert(table, migration, &applied_now()),
    begun: Some(|table, migration| insert(table, migration, &BEGUN)),
    finished,
    failed: None,
    resolved: |table, migration| insert(table, migration, &RESOLVED),
    rolled_back,
    undone: Some(undone),
    expand: Some(expand::expand),
    latest_only: false,
    lock,
};

/// In SQLite, where Flyway knows no user, and takes no lock.
pub(super) const SQLITE: Format = Format {
    create: create_in_sqlite,
    select: |table| select(table, "installed_on"),
    applied: |table, migration| insert(table, migration, &IN_SQLITE),
    begun: Some(|table, migration| insert(table, migration, &BEGUN_IN_SQLITE)),
    finished: |table, migration| finish(table, migration, "0"),
    resolved: |table, migration| insert(table, migration, &IN_SQLITE),
    lock: |_, _| Vec::new(),
    ..FORMAT
};

/// The letters of "Flyway" as a number, plus Java's hash of the table's name in quotes.
fn lock(table: &Table, _: &str) -> Vec<i64> {
    const FLYWAY: i64 = 0x466c_7977_6179;
    vec![FLYWAY + i64::from(java_hash(&table.quoted()))]
}

/// `String.hashCode`.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

fn create(table: &Table) -> Vec<String> {
    let quoted = table.quoted();
    vec![
        format!(
            "CREATE TABLE {quoted} (
    \"installed_rank\" INT NOT NULL,
    \"version\" VARCHAR(50),
    \"description\" VARCHAR(200) NOT NULL,
    \"type\" VARCHAR(20) NOT NULL,
    \"script\" VARCHAR(1000) NOT NULL,
    \"checksum\" INTEGER,
    \"installed_by\" VARCHAR(100) NOT NULL,
    \"installed_on\" TIMESTAMP NOT NULL DEFAULT now(),
    \"execution_time\" INTEGER NOT NULL,
    \"success\" BOOLEAN NOT NULL
)"
        ),
        format!(
            "ALTER TABLE {quoted} ADD CONSTRAINT {} PRIMARY KEY (\"installed_rank\")",
            identifier(&format!("{}_pk", table.name))
        ),
        format!(
            "CREATE INDEX {} ON {quoted} (\"success\")",
            identifier(&format!("{}_s_idx", table.name))
        ),
    ]
}

fn create_in_sqlite(table: &Table) -> Vec<String> {
    vec![
        format!(
            "CREATE TABLE {} (
    \"installed_rank\" INT NOT NULL PRIMARY KEY,
    \"version\" VARCHAR(50),
    \"description\" VARCHAR(200) NOT NULL,
    \"type\" VARCHAR(20) NOT NULL,
    \"script\" VARCHAR(1000) NOT NULL,
    \"checksum\" INT,
    \"installed_by\" VARCHAR(100) NOT NULL,
    \"installed_on\" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    \"execution_time\" INT NOT NULL,
    \"success\" BOOLEAN NOT NULL
)",
            table.quoted()
        ),
        // SQLite takes the schema with the index, and no schema with its table.
        format!(
            "CREATE INDEX {}.{} ON {} (\"success\")",
            identifier(&table.schema),
            identifier(&format!("{}_s_idx", table.name)),
            identifier(&table.name)
        ),
    ]
}

/// Every row is a record of its own here: which of them count is decided in `expand.rs`.
fn select(table: &Table, at: &str) -> String {
    format!(
        "SELECT installed_rank, version, description, type, checksum, success, {at} \
         FROM {} ORDER BY installed_rank",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [rank, version, description, kind, checksum, success, at] = row else {
        return None;
    };
    let state = if matches!(*success, Some("t" | "1" | "true")) {
        State::Applied
    } else {
        State::Failed
    };
    let row = expand::Row {
        rank: (*rank)?,
        kind: (*kind)?,
        version: *version,
        description: description.unwrap_or_default(),
    };
    Some(Record {
        key: row.to_key(),
        state,
        checksum: checksum.map(str::to_owned),
        at: at.map(str::to_owned),
    })
}

/// What depends on the database and on how far a migration is.
struct Values {
    user: &'static str,
    /// In milliseconds.
    time: &'static str,
    success: bool,
}

const SINCE_BEGIN: &str =
    "(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::int";
const BEGUN: Values = Values {
    user: "current_user",
    time: "0",
    success: false,
};
const RESOLVED: Values = Values {
    success: true,
    ..BEGUN
};
const IN_SQLITE: Values = Values {
    user: "''",
    time: "0",
    success: true,
};
const BEGUN_IN_SQLITE: Values = Values {
    success: false,
    ..IN_SQLITE
};

const fn applied_now() -> Values {
    Values {
        time: SINCE_BEGIN,
        ..RESOLVED
    }
}

fn insert(table: &Table, migration: &Migration, values: &Values) -> String {
    let (kind, script) = kind_and_script(migration);
    format!(
        "INSERT INTO {table} (\"installed_rank\", \"version\", \"description\", \"type\", \"script\", \
         \"checksum\", \"installed_by\", \"execution_time\", \"success\") \
         VALUES ((SELECT coalesce(max(\"installed_rank\"), 0) + 1 FROM {table}), {}, {}, '{kind}', {}, {}, {}, {}, {})",
        version(migration),
        text(&abbreviated_description(migration)),
        text(&abbreviated_script(script)),
        stored_checksum(migration).unwrap_or("NULL"),
        values.user,
        values.time,
        if values.success { "TRUE" } else { "FALSE" },
        table = table.quoted(),
    )
}

/// Classes are named as Java does, and only a person's word records them here.
fn kind_and_script(migration: &Migration) -> (&'static str, String) {
    if migration.run_by.is_none() {
        return ("SQL", script(migration));
    }
    let ending = migration.up.path.extension().unwrap_or_default();
    if ["java", "kt", "scala", "groovy", "class"]
        .iter()
        .any(|class| ending == *class)
    {
        ("JDBC", migration.name.replace('/', "."))
    } else {
        ("SCRIPT", script(migration))
    }
}

/// `AbbreviationUtils`.
fn abbreviated_description(migration: &Migration) -> String {
    let description: Vec<char> = migration.description.chars().collect();
    if description.len() <= 200 {
        return migration.description.clone();
    }
    description[..197].iter().collect::<String>() + "..."
}

fn abbreviated_script(script: String) -> String {
    if script.chars().count() <= 1000 {
        return script;
    }
    let kept: String = script.chars().skip(3).take(997).collect();
    format!("...{kept}")
}

fn version(migration: &Migration) -> String {
    if migration.repeatable {
        "NULL".to_owned()
    } else {
        text(&migration.key)
    }
}

/// A string in both dialects: file names hold no backslash.
fn text(value: &str) -> String {
    literal(&value.replace('\\', "/"))
}

/// The row of a migration that had begun.
fn open_row(migration: &Migration) -> String {
    format!("{} AND NOT \"success\"", rows_of(migration))
}

fn rows_of(migration: &Migration) -> String {
    if migration.repeatable {
        let description = text(&abbreviated_description(migration));
        format!("\"version\" IS NULL AND \"description\" = {description}")
    } else {
        format!("\"version\" = {}", version(migration))
    }
}

fn finish(table: &Table, migration: &Migration, time: &str) -> String {
    format!(
        "UPDATE {} SET \"success\" = TRUE, \"checksum\" = {}, \"execution_time\" = {time} WHERE {}",
        table.quoted(),
        stored_checksum(migration).unwrap_or("NULL"),
        open_row(migration)
    )
}

fn finished(table: &Table, migration: &Migration) -> String {
    let time =
        "(extract(epoch FROM clock_timestamp() - \"installed_on\"::timestamptz) * 1000)::int";
    exactly_one(&finish(table, migration, time))
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE {}",
        table.quoted(),
        open_row(migration)
    )
}

/// A repeatable migration has a row for each time that it ran.
fn undone(table: &Table, migration: &Migration) -> String {
    let (table, rows) = (table.quoted(), rows_of(migration));
    format!(
        "DELETE FROM {table} WHERE \"installed_rank\" = (SELECT max(\"installed_rank\") FROM {table} WHERE {rows})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_flyways() {
        // Java: "\"public\".\"flyway_schema_history\"".hashCode()
        assert_eq!(java_hash("abc"), 96354);
        assert_eq!(
            java_hash("\"public\".\"flyway_schema_history\""),
            2_125_624_436
        );
    }
}
