use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{Expr, Name, QName, model::Parameters};

/// A publication for logical replication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// `FOR ALL TABLES`.
    pub all_tables: bool,
    /// `FOR TABLES IN SCHEMA`.
    pub schemas: BTreeSet<Name>,
    /// `FOR TABLE`.
    pub tables: BTreeMap<QName, PublishedTable>,
    /// `publish`, `publish_via_partition_root`… that are not as by default.
    pub parameters: Parameters,
    /// Its owner; `None`: the role that deploys.
    pub owner: Option<Name>,
    /// Its comment.
    pub comment: Option<String>,
}

/// What of a table is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishedTable {
    /// These columns, in the table's order; empty: all.
    pub columns: Vec<Name>,
    /// These rows; without outer parentheses.
    pub rows: Option<Expr>,
}
