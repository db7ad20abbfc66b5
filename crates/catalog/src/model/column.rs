//! Columns of tables, with what only they have: NOT NULL, generated values, identity.

use serde::Serialize;

use crate::{
    DataType, Expr, Name, Privileges, QName,
    model::{
        Parameters, SequenceOptions,
        json::{is_default, is_true},
    },
};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
    /// Its collation, where it is not that of its type.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<QName>,
    /// `NOT NULL`, also where a primary key or an identity demands it.
    #[serde(skip_serializing_if = "is_default")]
    pub not_null: Option<NotNull>,
    /// Its default; of a generated column see `generated`.
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
    /// `GENERATED … AS (expression)`.
    #[serde(skip_serializing_if = "is_default")]
    pub generated: Option<Generated>,
    /// `GENERATED … AS IDENTITY`.
    #[serde(skip_serializing_if = "is_default")]
    pub identity: Option<Identity>,
    /// `PLAIN`, `EXTERNAL`, `EXTENDED`, `MAIN` in lower case, where it is not that of its type.
    #[serde(skip_serializing_if = "is_default")]
    pub storage: Option<String>,
    /// `pglz` or `lz4`, where it is set.
    #[serde(skip_serializing_if = "is_default")]
    pub compression: Option<String>,
    /// The statistics target, where it is set.
    #[serde(skip_serializing_if = "is_default")]
    pub statistics: Option<i32>,
    /// Options of the attribute: `n_distinct`, `n_distinct_inherited`.
    #[serde(skip_serializing_if = "is_default")]
    pub options: Parameters,
    /// Options of a foreign table's column.
    #[serde(skip_serializing_if = "is_default")]
    pub foreign_options: Parameters,
    /// From how many parents it is inherited (`attinhcount`).
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: u32,
    /// Defined on this table itself (`attislocal`), perhaps beside a parent's.
    #[serde(skip_serializing_if = "is_true")]
    pub local: bool,
    /// Privileges on this column alone.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Column {
    /// A nullable column without anything else.
    pub fn new(name: impl Into<Name>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            collation: None,
            not_null: None,
            default: None,
            generated: None,
            identity: None,
            storage: None,
            compression: None,
            statistics: None,
            options: Parameters::new(),
            foreign_options: Parameters::new(),
            inherited: 0,
            local: true,
            privileges: Privileges::default(),
            comment: None,
        }
    }
}

/// `NOT NULL`: a flag up to PostgreSQL 17, a named constraint from 18 on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotNull {
    /// The constraint's name; `None` on servers that have none.
    #[serde(skip_serializing_if = "is_default")]
    pub name: Option<Name>,
    /// `NO INHERIT`.
    #[serde(skip_serializing_if = "is_default")]
    pub no_inherit: bool,
    /// Whether every row is known to satisfy it; always before 18.
    #[serde(skip_serializing_if = "is_true")]
    pub validated: bool,
    /// From how many parents the constraint is inherited; 0 on servers without such constraints.
    #[serde(skip_serializing_if = "is_default")]
    pub inherited: u32,
    /// Defined on this table itself.
    #[serde(skip_serializing_if = "is_true")]
    pub local: bool,
    /// Its comment (PostgreSQL 18).
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl NotNull {
    /// A validated one of this table, perhaps with a name.
    pub fn named(name: Option<Name>) -> Self {
        Self {
            name,
            no_inherit: false,
            validated: true,
            inherited: 0,
            local: true,
            comment: None,
        }
    }
}

/// `GENERATED ALWAYS AS (expression)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// What it is computed from.
    pub expression: Expr,
    /// Stored, or (from PostgreSQL 18) computed when it is read.
    pub stored: bool,
}

/// `GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY`, with the sequence behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// `ALWAYS` rather than `BY DEFAULT`.
    pub always: bool,
    /// The sequence's name.
    pub sequence: QName,
    /// How it counts.
    pub options: SequenceOptions,
    /// Privileges on the sequence beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// The sequence's comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}
