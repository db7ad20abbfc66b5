//! Histories: which migrations a database has had, in the table of the tool that the project uses.
//! One file per table format; each renders SQL and reads rows, and none of them talks to a server.
//! Formats: `docs/interchange.md`.

use std::collections::hash_map::Entry;

use rustc_hash::{FxBuildHasher, FxHashMap};
use segue_project::{Layout, Migration};
use segue_sql::Dialect;

use crate::quote::{identifier, literal};

mod dbmate;
mod diesel;
mod drizzle;
mod drizzle_v1;
mod flyway;
mod golang_migrate;
mod goose;
mod prisma;
mod refinery;
mod segue;
mod sqlite;
mod sqlx;

pub use drizzle_v1::upgrade as upgrade_drizzle;

/// Every history format in PostgreSQL, in the order of the layouts.
pub const POSTGRES: &[&Format] = &[
    &segue::FORMAT,
    &prisma::FORMAT,
    &drizzle::FORMAT,
    &drizzle_v1::FORMAT,
    &diesel::FORMAT,
    &sqlx::FORMAT,
    &golang_migrate::FORMAT,
    &goose::FORMAT,
    &dbmate::FORMAT,
    &flyway::FORMAT,
    &refinery::FORMAT,
];

/// See [`Format::expand`].
pub type Expand = fn(&[Migration], Vec<Record>) -> Vec<Record>;

/// How a tool keeps its history.
#[derive(Debug)]
pub struct Format {
    /// Whose it is.
    pub layout: &'static Layout,
    /// The schema that the tool uses if the user names none; `None`: the first of the search path.
    pub schema: Option<&'static str>,
    /// The table that the tool uses if the user names none.
    pub table: &'static str,
    /// A column that tells this format from another one in a table of the same name.
    pub marked_by: Option<&'static str>,
    /// A column whose presence means that the table is another format's.
    pub unmarked_by: Option<&'static str>,
    /// Makes the table, if it is not there.
    pub create: fn(&Table) -> Vec<String>,
    /// All rows, oldest first; the columns are those that `read` expects.
    pub select: fn(&Table) -> String,
    /// One row of `select` as text, `None` for NULL.
    pub read: fn(&[Option<&str>]) -> Option<Record>,
    /// Records a migration in the transaction that it ran in.
    pub applied: fn(&Table, &Migration) -> String,
    /// Records that a migration which cannot be one transaction has begun; `None`: the tool has no such state.
    pub begun: Option<fn(&Table, &Migration) -> String>,
    /// Records that a migration which had begun is done.
    pub finished: fn(&Table, &Migration) -> String,
    /// Records the server's message of a migration that had begun and failed.
    pub failed: Option<fn(&Table, &Migration, &str) -> String>,
    /// Records a migration as applied although segue did not run it. What its beginning recorded is taken back
    /// before: to look for that here would read the whole history for each migration of a baseline.
    pub resolved: fn(&Table, &Migration) -> String,
    /// Takes back what `begun` recorded.
    pub rolled_back: fn(&Table, &Migration) -> String,
    /// Takes back the record of a migration that is applied; `None`: what takes back a beginning does that too. In PostgreSQL
    /// only: elsewhere nothing that is applied is rolled back.
    pub undone: Option<fn(&Table, &Migration) -> String>,
    /// Makes the records of single migrations out of what the history says about all of them, for tools
    /// that keep nothing but the latest version.
    pub expand: Option<Expand>,
    /// Whether the history holds nothing but the latest version, which stands for all before it.
    pub latest_only: bool,
    /// The tool's own advisory locks for this table in a database of this name; mostly one or none.
    pub lock: fn(&Table, database: &str) -> Vec<i64>,
}

/// Every history format in SQLite: the tools that know it, in the order of the layouts.
pub const SQLITE: &[&Format] = &[
    &sqlite::segue::FORMAT,
    &sqlite::prisma::FORMAT,
    &sqlite::drizzle::FORMAT,
    &sqlite::drizzle_v1::FORMAT,
    &sqlite::diesel::FORMAT,
    &sqlite::sqlx::FORMAT,
    &golang_migrate::SQLITE,
    &goose::SQLITE,
    &dbmate::SQLITE,
    &flyway::SQLITE,
    &refinery::SQLITE,
];

/// Every history format in databases of a kind.
pub fn formats(dialect: Dialect) -> &'static [&'static Format] {
    match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
    }
}

/// The format that belongs to a layout; `None`: its tool does not know databases of this kind.
pub fn format_of(layout: &Layout, dialect: Dialect) -> Option<&'static Format> {
    let mut formats = formats(dialect).iter().copied();
    formats.find(|format| format.layout == layout)
}

/// Where a history is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
}

impl Table {
    /// Both names in quotes.
    pub fn quoted(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }
}

/// What a history says of one migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// As in [`Migration::key`].
    pub key: String,
    /// How far it came.
    pub state: State,
    /// As the tool stores it.
    pub checksum: Option<String>,
    /// When it was applied or begun, as the server prints it.
    pub at: Option<String>,
}

/// See [`Record`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Done.
    Applied,
    /// Begun, and neither done nor taken back.
    Failed,
    /// Taken back; it counts as not applied.
    RolledBack,
}

/// One record per migration from all rows: what is applied or failed outweighs what was rolled back.
pub fn merge(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
    let records: Vec<Record> = records.into_iter().collect();
    let mut places = FxHashMap::with_capacity_and_hasher(records.len(), FxBuildHasher);
    let mut chosen: Vec<usize> = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        match places.entry(record.key.as_str()) {
            Entry::Vacant(place) => {
                place.insert(chosen.len());
                chosen.push(index);
            }
            Entry::Occupied(place) => {
                let earlier = &mut chosen[*place.get()];
                let earlier_state = records[*earlier].state;
                if earlier_state == State::RolledBack || record.state == State::Failed {
                    *earlier = index;
                }
            }
        }
    }
    // As a rule there is one of each.
    if chosen.len() == records.len() {
        return records;
    }
    let mut records: Vec<_> = records.into_iter().map(Some).collect();
    let merged = chosen.into_iter();
    merged.filter_map(|index| records[index].take()).collect()
}

/// An update that must find exactly the row that was written when the migration began: if another hand
/// has changed it meanwhile, the transaction that would finish the migration fails.
fn exactly_one(update: &str) -> String {
    let body = format!(
        "DECLARE found bigint; BEGIN {update}; GET DIAGNOSTICS found = ROW_COUNT; \
         IF found <> 1 THEN RAISE EXCEPTION 'the history has % rows of this migration''s beginning, not one', found \
         USING HINT = 'Another tool has changed the history while the migration ran.'; END IF; END"
    );
    format!("DO LANGUAGE plpgsql {}", literal(&body))
}

/// A checksum as the histories write it: a literal, or an empty one where the layout has none.
fn checksum(migration: &Migration) -> String {
    literal(migration.checksum.as_deref().unwrap_or_default())
}
