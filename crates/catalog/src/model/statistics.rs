//! Extended statistics.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    Name, QName,
    model::{IndexTerm, json::is_default},
};

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// The table.
    pub table: QName,
    /// `ndistinct`, `dependencies`, `mcv`; empty for those of a single expression.
    #[serde(skip_serializing_if = "is_default")]
    pub kinds: BTreeSet<String>,
    /// Columns (in the table's order) and then expressions.
    pub terms: Vec<IndexTerm>,
    /// The statistics target, where it is set.
    #[serde(skip_serializing_if = "is_default")]
    pub target: Option<i32>,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}
