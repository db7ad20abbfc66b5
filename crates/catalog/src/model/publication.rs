//! Publications for logical replication.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    Expr, Name, QName,
    model::{Parameters, json::is_default},
};

/// A publication for logical replication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// `FOR ALL TABLES`.
    #[serde(skip_serializing_if = "is_default")]
    pub all_tables: bool,
    /// `FOR TABLES IN SCHEMA`.
    #[serde(skip_serializing_if = "is_default")]
    pub schemas: BTreeSet<Name>,
    /// `FOR TABLE`.
    #[serde(skip_serializing_if = "is_default")]
    pub tables: BTreeMap<QName, PublishedTable>,
    /// `publish`, `publish_via_partition_root`… that are not as by default.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// What of a table is published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishedTable {
    /// These columns, in the table's order; empty: all.
    #[serde(skip_serializing_if = "is_default")]
    pub columns: Vec<Name>,
    /// These rows; without outer parentheses.
    #[serde(skip_serializing_if = "is_default")]
    pub rows: Option<Expr>,
}
