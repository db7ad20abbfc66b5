//! Databases.
//!
//! Owns: connections, sessions, what a database says of itself and of who waits for whom, the formats of
//! the tools' history tables, and segue's own tables.
//! Does not own: deciding what to run and in which order (crate `engine`), folders (crate `project`).
//! Reads next: `session.rs`, then `history.rs`.

mod error;
mod facts;
pub mod history;
pub mod own;
pub mod postgres;
mod quote;
mod session;
pub mod sqlite;

pub use error::{Refusal, ServerError};
pub use facts::{
    Contents, Facts, Found, Place, ReadOnly, contents, facts, wanted_schema, wanted_table,
};
pub use postgres::introspect::{Introspected, Unread, introspect};
pub use quote::{identifier, literal};
pub use session::{BatchError, Canceller, Piece, Pieces, Row, Session, Text};
