//! Database servers.
//!
//! Owns: connections, sessions, what a server says of itself and of who waits for whom, the formats of
//! the tools' history tables, and segue's own schema.
//! Does not own: deciding what to run and in which order (crate `engine`), folders (crate `project`).
//! Reads next: `postgres/session.rs`, then `history.rs`.

pub mod history;
pub mod postgres;
mod quote;

pub use quote::{identifier, literal};
