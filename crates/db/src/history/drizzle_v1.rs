//! `drizzle.__drizzle_migrations` of Drizzle 1.0: rows are known by name.
//!
//! Source: drizzle-orm 1.0.0-rc.5 (`migrator.utils.js`, `up-migrations/pg.js`).

use std::collections::HashMap;

use segue_project::{
    Migration,
    layout::drizzle_v1::{LAYOUT, folder_time},
};
use segue_sql::Dialect;

use super::{Format, Record, State, Table, checksum};
use crate::quote::{identifier, literal, literal_in};

pub(super) const FORMAT: Format = Format {
    layout: &LAYOUT,
    schema: Some("drizzle"),
    table: "__drizzle_migrations",
    marked_by: Some("name"),
    unmarked_by: None,
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
    created_at bigint,
    name text,
    applied_at timestamp with time zone DEFAULT now()
)",
            table.quoted()
        ),
    ]
}

fn select(table: &Table) -> String {
    // A row without a name was written by Drizzle 0.x, which 1.0 does not see either.
    format!(
        "SELECT name, hash, applied_at FROM {} WHERE name IS NOT NULL ORDER BY id",
        table.quoted()
    )
}

fn read(row: &[Option<&str>]) -> Option<Record> {
    let [name, hash, at] = row else {
        return None;
    };
    Some(Record {
        key: (*name)?.to_owned(),
        state: State::Applied,
        checksum: hash.map(str::to_owned),
        at: at.map(str::to_owned),
    })
}

fn created_at(migration: &Migration) -> i64 {
    folder_time(&migration.name).expect("the layout refuses names without a time")
}

fn applied(table: &Table, migration: &Migration) -> String {
    format!(
        "INSERT INTO {} (hash, created_at, name) VALUES ({}, {}, {})",
        table.quoted(),
        checksum(migration),
        created_at(migration),
        literal(&migration.key)
    )
}

fn rolled_back(table: &Table, migration: &Migration) -> String {
    format!(
        "DELETE FROM {} WHERE name = {}",
        table.quoted(),
        literal(&migration.key)
    )
}

/// What brings a table of Drizzle 0.x to the form of 1.0.
#[derive(Debug)]
pub struct Upgrade {
    /// To be run in one transaction.
    pub statements: Vec<String>,
    /// The rows as they will be.
    pub records: Vec<Record>,
}

/// Plans what the tool does at its first run: rows are matched by their time to the second, ties by
/// hash, else by hash alone. Given are the old rows as `(id, hash, created_at)`.
///
/// # Errors
/// The hash of a row that belongs to no migration: nothing may be changed then.
pub fn upgrade(
    dialect: Dialect,
    table: &Table,
    rows: &[(String, String, i64)],
    migrations: &[Migration],
) -> Result<Upgrade, String> {
    let quoted = table.quoted();
    let (id_column, time_type) = match dialect {
        Dialect::Postgres => ("id", "timestamp with time zone DEFAULT now()"),
        // Drizzle 0.x leaves the id NULL there.
        Dialect::Sqlite => ("rowid", "TEXT"),
    };
    let mut statements = vec![
        format!("ALTER TABLE {quoted} ADD COLUMN name text"),
        format!("ALTER TABLE {quoted} ADD COLUMN applied_at {time_type}"),
    ];
    let owners = Owners::of(migrations);
    let mut records = Vec::new();
    for (id, hash, time) in rows {
        let migration = owners.of_row(hash, *time).ok_or_else(|| hash.clone())?;
        statements.push(format!(
            "UPDATE {quoted} SET name = {}, applied_at = NULL WHERE {id_column} = {id}",
            literal_in(dialect, &migration.name)
        ));
        records.push(Record {
            key: migration.key.clone(),
            state: State::Applied,
            checksum: Some(hash.clone()),
            at: None,
        });
    }
    Ok(Upgrade {
        statements,
        records,
    })
}

/// The migrations by what a row of 0.x tells of them.
struct Owners<'a> {
    by_time: HashMap<i64, Vec<&'a Migration>>,
    by_hash: HashMap<&'a str, &'a Migration>,
}

impl<'a> Owners<'a> {
    fn of(migrations: &'a [Migration]) -> Self {
        let mut owners = Self {
            by_time: HashMap::new(),
            by_hash: HashMap::new(),
        };
        for migration in migrations {
            let same_time = owners.by_time.entry(created_at(migration)).or_default();
            same_time.push(migration);
            if let Some(hash) = &migration.checksum {
                owners.by_hash.entry(hash).or_insert(migration);
            }
        }
        owners
    }

    fn of_row(&self, hash: &str, time: i64) -> Option<&'a Migration> {
        let second = time - time.rem_euclid(1000);
        let same_hash = |m: &&Migration| m.checksum.as_deref() == Some(hash);
        match self.by_time.get(&second).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            Some(several) => several.iter().copied().find(same_hash),
            None => self.by_hash.get(hash).copied(),
        }
    }
}
