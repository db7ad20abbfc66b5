//! Indexes that stand on their own, and keys, which partitions and constraints have too.

use serde::Serialize;

use crate::{
    Expr, Name, QName,
    model::{
        Parameters,
        json::{is_default, is_true},
    },
};

/// An index that no constraint owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Index {
    /// The table or materialized view that it is on; it is in the same schema.
    pub table: QName,
    /// The access method: `btree`, `gin`…
    pub method: Name,
    /// `UNIQUE`.
    #[serde(skip_serializing_if = "is_default")]
    pub unique: bool,
    /// What it is over, in order.
    pub keys: Vec<IndexKey>,
    /// `INCLUDE`.
    #[serde(skip_serializing_if = "is_default")]
    pub include: Vec<Name>,
    /// What the server calls its columns (`attname`), where columns have been renamed since: an index keeps their old
    /// names, and copies of it are named after those. Empty: as its keys say. Not compared.
    #[serde(skip)]
    pub attributes: Vec<Name>,
    /// `NULLS NOT DISTINCT`.
    #[serde(skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// `WHERE`.
    #[serde(skip_serializing_if = "is_default")]
    pub predicate: Option<Expr>,
    /// Storage parameters.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
    /// The tablespace, where it is not the default.
    #[serde(skip_serializing_if = "is_default")]
    pub tablespace: Option<Name>,
    /// Whether queries may use it; `false` after a failed `CREATE INDEX CONCURRENTLY`, or `ON ONLY` a
    /// partitioned table while a partition still lacks its own.
    #[serde(skip_serializing_if = "is_true")]
    pub valid: bool,
    /// The index of the partitioned parent that this one is attached to.
    #[serde(skip_serializing_if = "is_default")]
    pub attached_to: Option<QName>,
    /// Statistics targets of expressions, by the number of the key (from 1).
    #[serde(skip_serializing_if = "is_default")]
    pub statistics: Vec<(u16, i32)>,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// One key of an index, of a partition key or of an exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndexKey {
    /// The column or expression.
    pub term: IndexTerm,
    /// The collation, where it is not that of the column or expression.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<QName>,
    /// The operator class, where it is not the default of the type.
    #[serde(skip_serializing_if = "is_default")]
    pub operator_class: Option<OperatorClass>,
    /// `DESC`.
    #[serde(skip_serializing_if = "is_default")]
    pub descending: bool,
    /// `NULLS FIRST`, which is the default of `DESC` only.
    #[serde(skip_serializing_if = "is_default")]
    pub nulls_first: bool,
}

impl IndexKey {
    /// A column with everything else as the server chooses it.
    pub fn column(name: impl Into<Name>) -> Self {
        Self::of(IndexTerm::Column(name.into()))
    }

    /// A column or expression with everything else as the server chooses it.
    pub fn of(term: IndexTerm) -> Self {
        Self {
            term,
            collation: None,
            operator_class: None,
            descending: false,
            nulls_first: false,
        }
    }
}

/// What a key is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexTerm {
    /// A column.
    Column(Name),
    /// An expression, without outer parentheses.
    Expression(Expr),
}

/// An operator class and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperatorClass {
    /// Its name.
    pub name: QName,
    /// `opclass (parameter = value)`.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
}

impl IndexTerm {
    /// The column, if it is one.
    pub fn column(&self) -> Option<&Name> {
        match self {
            Self::Column(name) => Some(name),
            Self::Expression(_) => None,
        }
    }

    /// The expression, if it is one.
    pub fn expression(&self) -> Option<&Expr> {
        match self {
            Self::Column(_) => None,
            Self::Expression(expression) => Some(expression),
        }
    }
}
