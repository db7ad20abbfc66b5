//! The tables that a backup is of: which they are, how large, and whether they may be read.

use std::{collections::BTreeMap, time::Duration};

use segue_db::{Row, ServerError, Session, identifier};
use segue_engine::Failure;
use segue_sql::Problem;
use serde::{Deserialize, Serialize};

use super::{BackupScope, Subject, refused};

/// A table of the database, with or without its rows in the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    /// Of the table and what is stored beside it, without indexes.
    pub(super) bytes: u64,
    /// How many rows the snapshot of the backup has.
    #[serde(default)]
    pub(super) rows: u64,
}

/// The tables.
pub(super) struct Tables {
    /// Those whose rows are in the backup.
    pub(super) within: Vec<Table>,
    /// Those whose definitions alone are.
    pub(super) without: Vec<Table>,
    /// Those that the role may not read, of which nothing is.
    pub(super) unread: Vec<Table>,
    /// Partitioned tables and parents whose parts are within, by oid.
    parents: Vec<u32>,
}

impl Table {
    /// In SQL, and as a pattern of `pg_dump`'s: within quotes nothing has a meaning of its own.
    pub(super) fn quoted(&self) -> String {
        format!("{}.{}", identifier(&self.schema), identifier(&self.name))
    }
}

impl Tables {
    /// What their rows take in the archive, about: text is longer than what is stored, and compressed to less than half of it.
    pub(super) fn needed(&self, is_compressed: bool) -> u64 {
        let bytes: u64 = self.within.iter().map(|table| table.bytes).sum();
        match is_compressed {
            true => bytes / 2,
            false => bytes,
        }
    }

    /// How long it takes to write and to read them, about.
    pub(super) fn time(&self, jobs: usize) -> Duration {
        let bytes: u64 = self.within.iter().map(|table| table.bytes).sum();
        let largest = self
            .within
            .iter()
            .map(|table| table.bytes)
            .max()
            .unwrap_or_default();
        // one table is written by one process
        let longest = largest.max(bytes / jobs.max(1) as u64);
        Duration::from_millis(longest.saturating_mul(1000) / BYTES_PER_SECOND + 500)
    }

    pub(super) fn sizes(&self) -> BTreeMap<u32, u64> {
        let tables = self.within.iter();
        tables.map(|table| (table.oid, table.bytes)).collect()
    }

    /// The oids of what has rows in the backup, itself or in its parts.
    pub(super) fn oids(&self) -> String {
        let within = self.within.iter().map(|table| table.oid);
        let oids: Vec<String> = within
            .chain(self.parents.iter().copied())
            .map(|oid| oid.to_string())
            .collect();
        oids.join(", ")
    }
}

/// What one process writes, counts and reads again of a table. Measured by `bench/backup`: 2 cores, PostgreSQL 18, gzip level 3.
const BYTES_PER_SECOND: u64 = 30_000_000;

/// Every table whose rows a dump would have, and those above them. Of extensions nothing is dumped, of foreign tables no rows.
const TABLES: &str = "\
    WITH RECURSIVE wanted(oid) AS (
        SELECT coalesce(i.indrelid, c.oid) FROM pg_catalog.unnest(ARRAY[{wanted}]::text[]) name
          JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(name)
          LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
        UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN wanted ON inhparent = wanted.oid)
    SELECT c.oid, n.nspname, c.relname, c.relkind,
           pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'),
           pg_catalog.row_security_active(c.oid), coalesce(pg_catalog.pg_table_size(c.oid), 0),
           c.oid IN (SELECT oid FROM wanted)
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 2, 3";

/// What the server says of all tables; of sizes it tells under a lock, the weakest.
pub(super) async fn all(session: &Session, subject: &Subject<'_>) -> Result<Vec<Row>, ServerError> {
    let wanted = subject.relations.unwrap_or_default().iter();
    let wanted: Vec<String> = wanted.map(|name| segue_db::literal(name)).collect();
    session
        .rows(&TABLES.replace("{wanted}", &wanted.join(", ")))
        .await
}

/// The tables of a backup, from what the server says of all.
pub(super) fn tables(
    rows: Vec<Row>,
    scope: BackupScope,
    subject: &Subject<'_>,
) -> Result<Tables, Failure> {
    let everything = scope == BackupScope::All || subject.relations.is_none();
    let mut tables = Tables {
        within: Vec::new(),
        without: Vec::new(),
        unread: Vec::new(),
        parents: Vec::new(),
    };
    let mut hidden = Vec::new();
    for found in rows.into_iter().filter_map(Found::of) {
        let is_within = everything || found.is_wanted;
        match (is_within, found.is_parent) {
            (true, true) => tables.parents.push(found.table.oid),
            (true, false) if found.is_readable() => tables.within.push(found.table),
            (true, false) => hidden.push(found),
            (false, _) if !found.is_readable() => tables.unread.push(found.table),
            (false, true) => {}
            (false, false) => tables.without.push(found.table),
        }
    }
    match hidden.is_empty() {
        true => Ok(tables),
        false => Err(unreadable(&hidden)),
    }
}

struct Found {
    table: Table,
    is_parent: bool,
    may_read: bool,
    sees_some_rows: bool,
    is_wanted: bool,
}

impl Found {
    fn of(row: Row) -> Option<Self> {
        let [
            oid,
            schema,
            name,
            kind,
            may_read,
            sees_some_rows,
            bytes,
            is_wanted,
        ] = <[Option<String>; 8]>::try_from(row).ok()?;
        let is_true = |value: Option<String>| value.as_deref() == Some("t");
        Some(Self {
            table: Table {
                oid: oid?.parse().ok()?,
                schema: schema?,
                name: name?,
                bytes: bytes?.parse().ok()?,
                rows: 0,
            },
            is_parent: kind.as_deref() == Some("p"),
            may_read: is_true(may_read),
            sees_some_rows: is_true(sees_some_rows),
            is_wanted: is_true(is_wanted),
        })
    }

    fn is_readable(&self) -> bool {
        self.may_read && !self.sees_some_rows
    }
}

/// How many tables are named.
const NAMED: usize = 5;

fn unreadable(hidden: &[Found]) -> Failure {
    let names: Vec<String> = hidden
        .iter()
        .take(NAMED)
        .map(|found| found.table.quoted())
        .collect();
    let more = match hidden.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let problem = Problem::new(format!(
        "the role may not read all of what is to be backed up: {}{more}",
        names.join(", ")
    ));
    let problem = match hidden.iter().any(|found| found.may_read) {
        true => problem.note("row security hides rows of it from this role"),
        false => problem,
    };
    refused(problem.help(
        "GRANT USAGE ON SCHEMA … and SELECT ON … to the role, or BYPASSRLS; or back up less: [backup] what = \"tables\"",
    ))
}

/// A size, for people.
pub(super) fn in_words(bytes: u64) -> String {
    let units = [(1e9, "GB"), (1e6, "MB"), (1e3, "kB")];
    let found = units.into_iter().find(|(size, _)| bytes as f64 >= *size);
    match found {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / size),
        None => format!("{bytes} bytes"),
    }
}
