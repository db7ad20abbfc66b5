use std::collections::BTreeSet;

use serde::Serialize;

use crate::{Name, QName, model::IndexTerm};

/// Extended statistics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// The table.
    pub table: QName,
    /// `ndistinct`, `dependencies`, `mcv`; empty for those of a single expression.
    pub kinds: BTreeSet<String>,
    /// Columns (in the table's order) and then expressions.
    pub terms: Vec<IndexTerm>,
    /// The statistics target, where it is set.
    pub target: Option<i32>,
    /// Its owner; `None`: the role that deploys.
    pub owner: Option<Name>,
    /// Its comment.
    pub comment: Option<String>,
}
