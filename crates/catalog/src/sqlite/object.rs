//! What an object of a SQLite schema is called.

use std::fmt;

use serde::{Serialize, Serializer};

use super::Name;

/// An object of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A table.
    Table(Name),
    /// A column of a table.
    Column(Name, Name),
    /// An index.
    Index(Name),
    /// A view.
    View(Name),
    /// A trigger.
    Trigger(Name),
}

impl Object {
    /// Its kind, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "table",
            Self::Column(..) => "column",
            Self::Index(_) => "index",
            Self::View(_) => "view",
            Self::Trigger(_) => "trigger",
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(table, column) => write!(f, "column {table}.{column}"),
            Self::Table(name) | Self::Index(name) | Self::View(name) | Self::Trigger(name) => {
                write!(f, "{} {name}", self.kind())
            }
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
