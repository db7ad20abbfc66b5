//! SQLite, in this process.

#[cfg(feature = "sqlite")]
mod connection;
#[cfg(not(feature = "sqlite"))]
#[path = "sqlite/connection_missing.rs"]
mod connection;
#[cfg(feature = "sqlite")]
mod database;
#[cfg(feature = "sqlite")]
mod error;
#[cfg(feature = "sqlite")]
mod foreign_keys;
mod inspect;
mod introspect;
mod location;
mod lock;
#[cfg(feature = "sqlite")]
mod opening;
mod session;
mod split;
mod tools;

pub(crate) use inspect::{contents, facts, kept_layout};
pub use introspect::introspect;
pub use location::{Location, Path, is_ours, read};
pub use session::{Interrupter, Open, OpenError, Session};
pub use split::{is_of_session, split};
pub use tools::{Tool, tool};
