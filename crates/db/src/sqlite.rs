//! SQLite, in this process.

#[cfg(feature = "sqlite")]
mod connection;
#[cfg(not(feature = "sqlite"))]
#[path = "sqlite/connection_missing.rs"]
mod connection;
#[cfg(feature = "sqlite")]
mod error;
mod inspect;
mod location;
mod session;
mod split;
mod tools;

pub(crate) use inspect::facts;
pub use location::{Location, Path, is_ours, read};
pub use session::{Interrupter, OpenError, Session};
pub use split::split;
pub use tools::{Tool, tool};
