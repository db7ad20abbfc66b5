//! What turns one SQLite schema into another: statements, in an order in which SQLite takes them.
//!
//! `ALTER TABLE` renames tables and columns, and adds and drops columns within limits (lang_altertable.html).
//! Everything else of a table is a new table that takes the rows over: "Making Other Kinds Of Table Schema
//! Changes" there.
//!
//! | Question | File |
//! |---|---|
//! | What was renamed, and what comes of it? | `diff/rename.rs` |
//! | Can a table be changed in place? | `diff/in_place.rs`, `diff/definition.rs` |
//! | How is it made anew? | `diff/rebuild.rs` |
//! | What becomes of the rows of virtual tables? | `diff/texts.rs` |
//! | What does SQLite change unasked? | `diff/strings.rs` |
//! | What goes and comes, in which order? | `diff/plan.rs`, `diff/attached.rs`, `diff/gone.rs` |
//! | Who begins and ends the transaction, and what about foreign keys? | `diff/script.rs` |

mod attached;
mod definition;
mod gone;
mod in_place;
mod plan;
mod rebuild;
mod rename;
mod script;
mod strings;
mod texts;

use serde::Serialize;

pub use script::{Frame, Framing, KeyCheck};

use super::{Catalog, Difference, Name, Object};
use crate::diff::Action;

/// What counts, and what was renamed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether tables are rebuilt for the order of their columns alone. Without it a column that the second schema
    /// has in the middle is added at the end.
    pub column_order: bool,
    /// Tables and columns that have another name in the second schema. Nothing else is ever taken for renamed.
    pub renames: Vec<Rename>,
}

/// A table or column of the first schema that the second one has under another name.
///
/// It counts where the first schema has the old name and not yet the new one: what was renamed already is not
/// renamed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rename {
    /// What it is in the first schema.
    pub object: Object,
    /// Its name in the second.
    pub to: Name,
}

/// What turns one schema into another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What is done, in order.
    pub changes: Vec<Alteration>,
    /// What is different still when all of it is done, since no statement was found for it: to be told to people.
    pub remaining: Vec<Difference>,
    /// What foreign keys must not do meanwhile; `None`: they cannot do anything.
    pub keys: Option<KeyCheck>,
}

/// One change of a schema, with its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alteration {
    /// What is done. A table that is rebuilt is altered; an index or trigger that goes with the old table comes
    /// again, recreated.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// The statements, each with its semicolon. They run within the frame of [`Diff::script`].
    pub statements: Vec<String>,
    /// Which data is lost by it, for people; `None`: none.
    pub loses: Option<String>,
    /// On which rows it fails, for people.
    pub notes: Vec<String>,
}

impl Alteration {
    fn new(action: Action, object: Object, statements: Vec<String>) -> Self {
        Self {
            action,
            object,
            statements,
            loses: None,
            notes: Vec::new(),
        }
    }
}

impl Diff {
    /// Whether there is nothing to do and nothing left.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.remaining.is_empty()
    }

    /// Whether some change loses data.
    pub fn loses_data(&self) -> bool {
        self.changes.iter().any(|change| change.loses.is_some())
    }

    /// All statements, with what has to stand around them where they are run; none where there is nothing to do.
    pub fn script(&self, frame: Frame) -> Vec<String> {
        script::framed(self, frame)
    }
}

/// What turns the first schema into the second.
pub fn diff(from: &Catalog, to: &Catalog, options: &Options) -> Diff {
    plan::diff(from, to, options)
}
