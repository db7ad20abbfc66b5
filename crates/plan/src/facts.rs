//! What is known of a database beside its schema: how large its tables are, and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Name, QName};

mod held;
mod saved;
mod told;

pub use self::held::{Held, Value};

/// Facts about one database at one moment: read from it, saved in a file, or declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// When they were taken, in RFC 3339; none where they are declared.
    pub taken_at: Option<String>,
    /// `server_version_num`: 150018 for 15.18.
    pub server_version: Option<u32>,
    /// The tables, partitioned ones included: those count what their partitions have together.
    pub tables: BTreeMap<QName, TableFacts>,
    /// The indexes, also those of constraints.
    pub indexes: BTreeMap<QName, IndexFacts>,
    /// Settings that decide what a statement costs: `wal_level`, `TimeZone`, `lock_timeout`…
    pub settings: BTreeMap<String, String>,
    /// The extensions that are installed, with their versions and the newest ones that the server has.
    pub extensions: BTreeMap<Name, ExtensionFacts>,
}

/// What is known of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// Rows, as the server estimates them (`pg_class.reltuples`).
    pub rows: Option<u64>,
    /// Bytes with indexes and TOAST (`pg_total_relation_size`).
    pub bytes: Option<u64>,
    /// Scans since the statistics were reset (`pg_stat_user_tables`).
    pub reads: Option<u64>,
    /// Rows written since the statistics were reset.
    pub writes: Option<u64>,
    /// When the server saw the values that are told here, in RFC 3339; none where they are told otherwise than by statistics.
    pub analysed_at: Option<String>,
    /// Columns that are known to hold one value more than once, so that no unique index can be built on them alone.
    pub repeated: BTreeSet<Name>,
    /// Columns that are known to hold a NULL.
    pub nulls: BTreeSet<Name>,
    /// Values that columns are known to hold.
    pub held: BTreeMap<Name, Held>,
}

impl TableFacts {
    /// That something fails because of what a table holds: for certain, or if it still holds what it held when it was analysed.
    pub(crate) fn fails(&self, whose: &str, holds: &str, held: &str) -> String {
        match &self.analysed_at {
            None => format!("this fails: {whose} {holds}"),
            Some(at) => format!(
                "this fails if nothing has changed since the table was analysed ({at}): {whose} {held}"
            ),
        }
    }
}

/// What is known of an index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexFacts {
    /// Whether a build of it failed (`pg_index.indisvalid` is false).
    pub invalid: bool,
    /// Scans since the statistics were reset (`pg_stat_user_indexes.idx_scan`).
    pub scans: Option<u64>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// What is known of an extension.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtensionFacts {
    /// The installed version.
    pub version: Option<String>,
    /// The version that `ALTER EXTENSION … UPDATE` would bring.
    pub newest: Option<String>,
}

/// What a table means to whoever uses the database, by what is known of it and by the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It has no rows.
    Empty,
    /// It is small, and nobody is known to use it.
    Light,
    /// It is large, or in use.
    Heavy,
    /// Nothing is known: it counts as large and in use.
    Unknown,
}

impl Weight {
    /// Whether work that grows with the table has to be thought of.
    pub fn is_heavy(self) -> bool {
        matches!(self, Self::Heavy | Self::Unknown)
    }
}
