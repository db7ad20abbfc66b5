//! The schema of a SQLite database as a value.
//!
//! SQLite keeps the text of every `CREATE` and gives it back, changed by `ALTER TABLE` (schematab.html). So the
//! model is made from that text and from what SQLite's pragmas say; it is not predicted: a history can be run on a
//! database in memory, which costs less than predicting it. What the parser cannot take apart is kept as text,
//! compared as text, and reported. How one schema becomes another is in `diff.rs`.

mod compare;
mod definition;
pub mod diff;
mod model;
mod object;
mod render;
mod text;
mod tree;
mod words;

pub use compare::{Difference, compare};
pub use definition::complete;
pub use diff::diff;
pub use model::{
    Catalog, Column, Constraint, ConstraintKind, Generated, Index, IndexKey, Name, Reference,
    Statement, Table, TableKind, Trigger, View,
};
pub use object::Object;
pub use render::{add_checks, sql};
pub use text::Text;
pub use tree::tree;
