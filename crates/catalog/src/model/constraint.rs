//! Constraints of tables, those with an index included. NOT NULL is in `column.rs`.

use serde::Serialize;

use crate::{
    Expr, Name, QName,
    model::{
        IndexKey, Parameters,
        json::{is_default, is_true},
    },
};

/// A constraint of a table. `NOT NULL` is with its [`Column`](crate::model::Column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// Whether it can wait for the end of the transaction.
    #[serde(skip_serializing_if = "is_default")]
    pub deferral: Deferral,
    /// Whether every row is known to satisfy it; `false` after `NOT VALID`.
    #[serde(skip_serializing_if = "is_true")]
    pub validated: bool,
    /// `NOT ENFORCED` is `false` here (PostgreSQL 18); `true` otherwise.
    #[serde(skip_serializing_if = "is_true")]
    pub enforced: bool,
    /// From how many parents it is inherited (`coninhcount`).
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: u32,
    /// Defined on this table itself (`conislocal`).
    #[serde(skip_serializing_if = "is_true")]
    pub local: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Constraint {
    /// A constraint of this table, validated, not deferrable.
    pub fn new(kind: ConstraintKind) -> Self {
        Self {
            kind,
            deferral: Deferral::NotDeferrable,
            validated: true,
            enforced: true,
            inherited: 0,
            local: true,
            comment: None,
        }
    }

    /// What its index is like, if it has one.
    pub fn index(&self) -> Option<&IndexedConstraint> {
        match &self.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => Some(index),
            ConstraintKind::Exclude(exclusion) => Some(&exclusion.index),
            ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => None,
        }
    }

    /// What its index is like, if it has one, to be changed.
    pub fn index_mut(&mut self) -> Option<&mut IndexedConstraint> {
        match &mut self.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => Some(index),
            ConstraintKind::Exclude(exclusion) => Some(&mut exclusion.index),
            ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => None,
        }
    }
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintKind {
    /// `CHECK`.
    Check {
        /// The condition, without the outer parentheses.
        expression: Expr,
        /// `NO INHERIT`.
        #[serde(skip_serializing_if = "is_default")]
        no_inherit: bool,
    },
    /// `PRIMARY KEY`.
    PrimaryKey(IndexedConstraint),
    /// `UNIQUE`.
    Unique(IndexedConstraint),
    /// `EXCLUDE`.
    Exclude(Exclusion),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deferral {
    /// At once.
    #[default]
    NotDeferrable,
    /// At once, unless a transaction asks to wait.
    InitiallyImmediate,
    /// At the end of the transaction, unless it asks otherwise.
    InitiallyDeferred,
}

/// A constraint that an index of the same name enforces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IndexedConstraint {
    /// The columns, in order.
    #[serde(skip_serializing_if = "is_default")]
    pub columns: Vec<Name>,
    /// `INCLUDE`.
    #[serde(skip_serializing_if = "is_default")]
    pub include: Vec<Name>,
    /// What the server calls the columns of its index (`attname`), where columns have been renamed since: an index keeps their old
    /// names, and copies of it are named after those. Empty: as its keys say. Not compared.
    #[serde(skip)]
    pub attributes: Vec<Name>,
    /// `NULLS NOT DISTINCT`.
    #[serde(skip_serializing_if = "is_default")]
    pub nulls_not_distinct: bool,
    /// `WITHOUT OVERLAPS` on the last column (PostgreSQL 18).
    #[serde(skip_serializing_if = "is_default")]
    pub without_overlaps: bool,
    /// The index's storage parameters.
    #[serde(skip_serializing_if = "is_default")]
    pub parameters: Parameters,
    /// The index's tablespace, where it is not the default.
    #[serde(skip_serializing_if = "is_default")]
    pub tablespace: Option<Name>,
    /// The comment of the index, which is another object than the constraint.
    #[serde(skip_serializing_if = "is_default")]
    pub index_comment: Option<String>,
    /// The index of the partitioned parent that this one is attached to.
    #[serde(skip_serializing_if = "is_default")]
    pub attached_to: Option<QName>,
    /// `ON ONLY` a partitioned table, while a partition still lacks its index: not valid.
    #[serde(skip_serializing_if = "is_true")]
    pub index_valid: bool,
}

/// `EXCLUDE USING method (key WITH operator, …) WHERE (predicate)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exclusion {
    /// The index method.
    pub method: Name,
    /// Keys, each with its operator as SQL (`&&`, `OPERATOR(app.=)`).
    pub keys: Vec<(IndexKey, String)>,
    /// Which rows it is about.
    #[serde(skip_serializing_if = "is_default")]
    pub predicate: Option<Expr>,
    /// What its index is like otherwise; `columns` stays empty.
    pub index: IndexedConstraint,
}

/// `FOREIGN KEY`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignKey {
    /// The referencing columns.
    pub columns: Vec<Name>,
    /// The table that is referred to.
    pub references: QName,
    /// The referenced columns, pairwise with `columns`.
    pub referenced_columns: Vec<Name>,
    /// `MATCH`.
    #[serde(skip_serializing_if = "is_default")]
    pub match_type: Match,
    /// `ON UPDATE`.
    #[serde(skip_serializing_if = "is_default")]
    pub on_update: ReferentialAction,
    /// `ON DELETE`.
    #[serde(skip_serializing_if = "is_default")]
    pub on_delete: ReferentialAction,
    /// The columns that `ON DELETE SET NULL` or `SET DEFAULT` sets, where not all (PostgreSQL 15).
    #[serde(skip_serializing_if = "is_default")]
    pub on_delete_columns: Vec<Name>,
    /// `PERIOD` on the last column of both sides (PostgreSQL 18).
    #[serde(skip_serializing_if = "is_default")]
    pub period: bool,
}

/// How a referencing row with NULLs is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// One NULL is enough to pass.
    #[default]
    Simple,
    /// All columns are NULL or none is.
    Full,
}

/// What happens to referencing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// The change is refused at the end of the statement, or of the transaction where it is deferred.
    #[default]
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// They go or change with it.
    Cascade,
    /// Their columns become NULL.
    SetNull,
    /// Their columns get their defaults.
    SetDefault,
}
