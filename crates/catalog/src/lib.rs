//! The schema of a database as a value.
//!
//! Owns: the model of a PostgreSQL schema ([`Catalog`]), what a statement does to it ([`lower()`], [`Change`]),
//! what comes of that ([`apply()`]), the same as SQL again ([`render`]), and whether two schemas are the same
//! ([`compare`]). A smaller model of SQLite's schemas is in [`sqlite`].
//! Does not own: asking a server (crate `db`), cutting scripts into statements (crate `sql`), what a change
//! costs or how it should be run (crate `plan`).
//!
//! | Question | File |
//! |---|---|
//! | What is known of an object? | `catalog.rs`, `model.rs`, `privileges.rs`, `data_type.rs`, `expression.rs` |
//! | What is it called? | `object.rs`, `name.rs` |
//! | What can happen to it? | `change.rs` |
//! | What does this statement mean? | `lower.rs`; names that the server chooses: `choose.rs` |
//! | What comes of it? | `apply.rs`; what a DROP takes along: `dependents.rs`; names within expressions: `rewrite.rs` |
//! | Are these two the same? | `compare.rs`; two texts of one expression: `normal.rs` |
//! | How does one become the other? | `diff.rs` |
//! | How does it look? | `render.rs`; names and values within SQL: `quote.rs` |
//!
//! Reads next: `catalog.rs`, `model.rs`, `change.rs`; then `lower.rs` and `apply.rs`.

mod apply;
mod builtin;
mod catalog;
mod change;
mod choose;
mod compare;
mod data_type;
mod dependents;
pub mod diff;
mod expression;
mod lower;
mod map;
pub mod model;
mod name;
pub mod normal;
mod object;
mod privileges;
pub mod quote;
pub mod render;
mod rewrite;
mod row_types;
mod session;
pub mod sqlite;
mod tables;
mod transfer;

pub use apply::apply;
pub use catalog::{Catalog, Relation};
pub use change::{
    Change, IndexChange, Object, PrivilegesChange, SessionChange, TableChange, TypeChange,
    ViewChange,
};
pub use compare::{Difference, Disparity, compare};
pub use data_type::{DataType, NUMBERS};
pub use dependents::{dependents, reached};
pub use expression::{Expr, Origin};
pub use lower::{
    Parsed, advance, advance_in_place, advance_parsed, lower, names::parts as name_parts, parse,
};
pub use map::Map;
pub use name::{LONGEST_NAME, Name, QName};
pub use object::{ObjectRef, OpaqueId, RoutineId};
pub use privileges::{DefaultFor, DefaultPrivilegesKey, Grant, Grantee, Privilege, Privileges};
pub use session::{DEFAULT_PATH, Session};
pub use tables::Tables;
pub use transfer::{deployed_by, transferred};
