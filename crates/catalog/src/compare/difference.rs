//! What a comparison tells, and how it reads.

use std::fmt;

use serde::Serialize;

use crate::{Catalog, ObjectRef};

/// One thing in which two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which object.
    pub object: ObjectRef,
    /// In what.
    pub disparity: Disparity,
    /// `false` where two expressions may mean the same, and only a server can tell.
    pub certain: bool,
}

/// In what two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disparity {
    /// Only the first has it.
    Missing,
    /// Only the second has it.
    Extra,
    /// Both have it, and a property differs.
    Changed {
        /// Which property: `type`, `default`, `definition`…
        property: &'static str,
        /// Its value in the first, as SQL where it has one.
        first: String,
        /// Its value in the second.
        second: String,
    },
}

impl Difference {
    /// Whether it is the order of a table's columns, which no statement changes.
    pub fn is_order_of_columns(&self) -> bool {
        matches!(&self.disparity, Disparity::Changed { property, .. } if *property == "column order")
    }

    /// Whether it is about the NOT NULL of a child or a partition which its parents have too: whether it is its own beside that,
    /// and how it is called. Statements decide neither, and it shows in nothing but how it was declared
    /// (`AdjustNotNullInheritance`, PostgreSQL 18).
    pub fn is_of_inherited_not_null(&self, first: &Catalog) -> bool {
        let (ObjectRef::Column(of, name), Disparity::Changed { property, .. }) =
            (&self.object, &self.disparity)
        else {
            return false;
        };
        let column = first.tables.get(of).and_then(|table| table.column(name));
        let not_null = column.and_then(|column| column.not_null.as_ref());
        match *property {
            "not null: inherited" | "not null: local" => true,
            "not null: name" => not_null.is_some_and(|not_null| not_null.inherited > 0),
            _ => false,
        }
    }
}

impl fmt::Display for Difference {
    /// `column app.users.email: type: character varying(100) ≠ text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.object)?;
        match &self.disparity {
            Disparity::Missing => f.write_str("only in the first"),
            Disparity::Extra => f.write_str("only in the second"),
            Disparity::Changed {
                property,
                first,
                second,
            } => {
                let sign = if self.certain { '≠' } else { '≟' };
                write!(f, "{property}: {first} {sign} {second}")
            }
        }
    }
}
