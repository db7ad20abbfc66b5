//! A throwaway PostgreSQL cluster from the binaries found on this machine.
//!
//! Owns: finding PostgreSQL installations, one private server in one private folder, and that neither
//! outlives us: the server stops and the folder goes when the [`Cluster`] is dropped.
//! Does not own: connections (only `psql` and `pg_dump` are called, for tests and set-up), the servers
//! that a user names by URL, the embedded server.
//! It is there on every system, and starts servers on Unix systems: elsewhere [`supported`] says that there are none.
//! Used for shadow databases (crate `segue`), and by the tests of all crates that need a server.
//! Reads next: `cluster.rs`, then `folder.rs` and `server.rs`; the role that tests deploy as: `planted.rs`.
//!
//! ```no_run
//! let cluster = segue_cluster::Cluster::start()?;
//! let url = cluster.create_database()?;
//! cluster.psql(&url, "CREATE TABLE t (id int PRIMARY KEY)")?;
//! assert!(cluster.dump_schema(&url, &[])?.contains("CREATE TABLE public.t"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It is made for data that nobody needs: `fsync` is off, so the data survives a killed server but not
//! a killed machine.

mod account;
mod breaker;
mod builder;
mod client;
mod cluster;
mod error;
mod folder;
mod installed;
pub mod planted;
mod pooler;
mod server;
mod standby;
mod template;

pub use breaker::{Break, Breaker, Side};
pub use builder::Builder;
pub use cluster::Cluster;
pub use error::{ClientError, StartError};
pub use folder::memory;
pub use installed::{Installation, Version, installed};
pub use pooler::{Pooler, Pooling};
pub use server::Stop;

/// Whether servers can be started on this system: PostgreSQL is to run as a user without power, to be sent signals, and to be
/// reached by a socket that is a file.
///
/// # Errors
/// [`StartError::Unsupported`].
pub fn supported() -> Result<(), StartError> {
    account::ourselves().map(drop)
}

/// The superuser of every throwaway cluster.
pub const SUPERUSER: &str = "tester";
