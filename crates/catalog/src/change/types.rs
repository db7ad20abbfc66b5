//! What `ALTER TYPE` and `ALTER DOMAIN` do: their actions, one change each.

use serde::Serialize;

use crate::{
    DataType, Expr, Name, QName,
    model::{Attribute, DomainConstraint, NotNull},
};

/// One action of `ALTER TYPE` or `ALTER DOMAIN`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeChange {
    /// `ADD VALUE`.
    AddValue {
        /// The new value.
        value: String,
        /// Where in the list it stands (from 0).
        at: usize,
    },
    /// `RENAME VALUE`.
    RenameValue {
        /// The old name.
        from: String,
        /// The new one.
        to: String,
    },
    /// `ADD ATTRIBUTE`.
    AddAttribute(Attribute),
    /// `DROP ATTRIBUTE`.
    DropAttribute(Name),
    /// `ALTER ATTRIBUTE … TYPE`.
    SetAttributeType {
        /// The attribute.
        attribute: Name,
        /// The new type.
        data_type: DataType,
        /// The new collation, where it is not the type's.
        collation: Option<QName>,
    },
    /// `SET DEFAULT` or `DROP DEFAULT` of a domain.
    SetDefault(Option<Expr>),
    /// `SET NOT NULL` or `DROP NOT NULL` of a domain.
    SetNotNull(Option<NotNull>),
    /// `ADD CONSTRAINT` of a domain.
    AddConstraint {
        /// Its name, also where the server chose it.
        name: Name,
        /// What it is.
        constraint: DomainConstraint,
    },
    /// `DROP CONSTRAINT` of a domain.
    DropConstraint(Name),
    /// `VALIDATE CONSTRAINT` of a domain.
    ValidateConstraint(Name),
}
