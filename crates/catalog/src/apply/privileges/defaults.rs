//! Which privileges each kind of object has, and who has them when nothing has been granted
//! (ddl-priv.html, "Summary of Access Privileges").

use crate::{DefaultFor, Privilege};

/// A kind of object, as far as its privileges are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Tables, views, materialized and foreign ones too.
    Table,
    /// A single column.
    Column,
    /// Sequences.
    Sequence,
    /// Functions, procedures and aggregates.
    Routine,
    /// Types and domains.
    Type,
    /// Schemas.
    Schema,
    /// Large objects.
    LargeObject,
}

impl Kind {
    /// The kind that a line of default privileges is about.
    pub(crate) fn of_defaults(objects: DefaultFor) -> Self {
        match objects {
            DefaultFor::Tables => Self::Table,
            DefaultFor::Sequences => Self::Sequence,
            DefaultFor::Functions => Self::Routine,
            DefaultFor::Types => Self::Type,
            DefaultFor::Schemas => Self::Schema,
            DefaultFor::LargeObjects => Self::LargeObject,
        }
    }
}

/// Tables' privileges; `MAINTAIN` came with PostgreSQL 17.
const TABLE: [Privilege; 8] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "TRUNCATE",
    "REFERENCES",
    "TRIGGER",
    "MAINTAIN",
];

/// What `ALL` means for a kind.
pub(crate) fn all(kind: Kind, major: u16) -> &'static [Privilege] {
    match kind {
        Kind::Table if major < 17 => &TABLE[..7],
        Kind::Table => &TABLE,
        Kind::Column => &["SELECT", "INSERT", "UPDATE", "REFERENCES"],
        Kind::Sequence => &["SELECT", "UPDATE", "USAGE"],
        Kind::Routine => &["EXECUTE"],
        Kind::Type => &["USAGE"],
        Kind::Schema => &["USAGE", "CREATE"],
        Kind::LargeObject => &["SELECT", "UPDATE"],
    }
}

/// What the owner has by default: everything, but of a single column nothing that the table does not give.
pub(super) fn of_owner(kind: Kind, major: u16) -> &'static [Privilege] {
    match kind {
        Kind::Column => &[],
        _ => all(kind, major),
    }
}

/// What everybody has by default.
pub(super) fn of_public(kind: Kind) -> &'static [Privilege] {
    match kind {
        Kind::Routine => &["EXECUTE"],
        Kind::Type => &["USAGE"],
        _ => &[],
    }
}
