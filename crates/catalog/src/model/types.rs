//! Types that users make: enums, composite types, domains, ranges.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    DataType, Expr, Name, Privileges, QName,
    model::json::{is_default, is_true},
};

/// A type that the user made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Type {
    /// What it is made of.
    pub kind: TypeKind,
    /// Its owner; `None`: the role that deploys.
    #[serde(skip_serializing_if = "is_default")]
    pub owner: Option<Name>,
    /// Privileges beyond the default.
    #[serde(skip_serializing_if = "is_default")]
    pub privileges: Privileges,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

impl Type {
    /// A type without anything else.
    pub fn new(kind: TypeKind) -> Self {
        Self {
            kind,
            owner: None,
            privileges: Privileges::default(),
            comment: None,
        }
    }
}

/// What a type is made of. Base types, which need C, are opaque objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeKind {
    /// `AS ENUM`.
    Enum(Enum),
    /// `AS (…)`.
    Composite(Composite),
    /// `CREATE DOMAIN`.
    Domain(Domain),
    /// `AS RANGE`.
    Range(Range),
    /// `CREATE TYPE name;` that nothing has filled yet.
    Shell,
}

/// An enumeration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Enum {
    /// The values, in their order.
    pub values: Vec<String>,
}

/// A composite type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Composite {
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
    /// Its collation, where it is not that of its type.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<QName>,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Domain {
    /// What it restricts.
    pub base: DataType,
    /// Its collation, where it is not that of its base.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<QName>,
    /// `NOT NULL`; from PostgreSQL 17 on a named constraint, whose name is the server's unless it is given.
    #[serde(skip_serializing_if = "is_default")]
    pub not_null: Option<crate::model::NotNull>,
    /// `DEFAULT`.
    #[serde(skip_serializing_if = "is_default")]
    pub default: Option<Expr>,
    /// `CHECK`s by name.
    #[serde(skip_serializing_if = "is_default")]
    pub constraints: BTreeMap<Name, DomainConstraint>,
}

/// A `CHECK` of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DomainConstraint {
    /// The condition, without outer parentheses.
    pub expression: Expr,
    /// `false` after `NOT VALID`.
    #[serde(skip_serializing_if = "is_true")]
    pub validated: bool,
    /// Its comment.
    #[serde(skip_serializing_if = "is_default")]
    pub comment: Option<String>,
}

/// A range type and its multirange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    /// What it is a range of.
    pub subtype: DataType,
    /// The operator class, where it is not the subtype's default.
    #[serde(skip_serializing_if = "is_default")]
    pub operator_class: Option<QName>,
    /// The collation, where it is not that of the subtype.
    #[serde(skip_serializing_if = "is_default")]
    pub collation: Option<QName>,
    /// `CANONICAL`.
    #[serde(skip_serializing_if = "is_default")]
    pub canonical: Option<QName>,
    /// `SUBTYPE_DIFF`.
    #[serde(skip_serializing_if = "is_default")]
    pub subtype_diff: Option<QName>,
    /// The multirange type's name.
    pub multirange: QName,
}
