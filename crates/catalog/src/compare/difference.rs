//! What a comparison tells, and how it reads.

use std::fmt;

use serde::Serialize;

use crate::ObjectRef;

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
