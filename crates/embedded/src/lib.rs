//! The embedded PostgreSQL server of segue: PostgreSQL 17 inside this process, with nothing installed.
//!
//! Owns a data folder, the lock on it, and the socket that clients connect to. Does not connect itself and knows
//! no client library: [`Endpoint`] says where to connect.
//!
//! What is different from a server as installed:
//! - One connection at a time. A second one waits some seconds for its turn and is then refused with
//!   `too_many_connections` (53300).
//! - Each connection gets a server of its own on the same data: nothing of a session is left to the next one, no
//!   setting, temporary table, prepared statement or advisory lock. An open transaction is rolled back.
//! - A running statement cannot be stopped: neither a cancel request nor `statement_timeout` does anything.
//! - `ALTER DATABASE … SET` and `ALTER ROLE … SET` are stored, but not applied to new connections.
//! - The locale is C with UTF-8. There is no ICU, no libxml, and a pointer has 32 bits.
//! - Data is not flushed to the disk at commit (`fsync` is off, and cannot be turned on): a killed process loses
//!   nothing that was committed, a machine that loses its power may.

mod error;
mod extensions;
mod gate;
mod lock;
mod socket;
mod wire;

// The same list of targets stands in Cargo.toml.
#[cfg(any(
    all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ),
    all(target_os = "macos", target_arch = "aarch64"),
    all(target_os = "windows", target_env = "msvc", target_arch = "x86_64")
))]
mod engine;
#[cfg(not(any(
    all(
        target_os = "linux",
        target_env = "gnu",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ),
    all(target_os = "macos", target_arch = "aarch64"),
    all(target_os = "windows", target_env = "msvc", target_arch = "x86_64")
)))]
#[path = "engine_missing.rs"]
mod engine;

pub use error::OpenError;
pub use extensions::supports;

use gate::Gate;
use lock::FolderLock;
use segue_host::file::{Access, create_folder};
use socket::SocketFolder;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The database that every cluster of ours has.
const DATABASE: &str = "segue";

/// The only user there is, a superuser without a password.
const USER: &str = "postgres";

/// A running embedded server on one data folder. Dropping it closes it.
#[derive(Debug)]
pub struct Embedded {
    dir: PathBuf,
    root: PathBuf,
    endpoint: Endpoint,
    gate: Gate,
}

/// How to reach an embedded server: without TLS, without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// The folder of a Unix socket (an absolute path), or `127.0.0.1` where there are no Unix sockets.
    pub host: String,
    /// The port: part of the socket's name, or of TCP.
    pub port: u16,
    /// The user to connect as, a superuser.
    pub user: String,
    /// The database that is there from the beginning. Others can be created, and connected to, by SQL.
    pub dbname: String,
}

impl Embedded {
    /// Opens the cluster below `dir` (for example `.segue/postgres`), and makes it if there is none.
    ///
    /// `extensions` are the names that CREATE EXTENSION will be called with, as written in SQL (lower case, without
    /// quotes). Their files are put in place; nothing is created in any database. What was named at an earlier time
    /// stays in place, unknown names are passed over: see [`supports`].
    ///
    /// Blocks for some hundred milliseconds, at the very first for some seconds. May be called on any thread,
    /// inside of a tokio runtime too (where blocking matters, through `spawn_blocking`).
    ///
    /// # Errors
    /// See the variants of [`OpenError`]. The data is never removed.
    pub fn open(dir: &Path, extensions: &[String]) -> Result<Embedded, OpenError> {
        private_folder(dir).map_err(OpenError::folder(dir))?;
        let dir = fs::canonicalize(dir).map_err(OpenError::folder(dir))?;
        let lock = FolderLock::take(&dir)?;
        engine::warm_up(&dir)?;
        let root = dir.join("cluster");
        make_cluster(&dir, &root)?;
        let sockets = SocketFolder::near(&dir).map_err(OpenError::folder(&dir))?;
        extensions::install(&root, extensions).map_err(|reason| broken(&dir, reason))?;
        let opened = Gate::open(root.clone(), sockets, lock);
        let (gate, host, port) = opened.map_err(OpenError::folder(&dir))?;
        let endpoint = Endpoint {
            host,
            port,
            user: USER.into(),
            dbname: DATABASE.into(),
        };
        Ok(Embedded {
            dir,
            root,
            endpoint,
            gate,
        })
    }

    /// Puts the files of more extensions in place, for connections that are made from now on.
    ///
    /// # Errors
    /// [`OpenError::Broken`] when they cannot be written.
    pub fn add_extensions(&self, extensions: &[String]) -> Result<(), OpenError> {
        extensions::install(&self.root, extensions).map_err(|reason| broken(&self.dir, reason))
    }

    /// How to reach it.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Ends the open connection, if any, shuts the server down and gives the folder free.
    ///
    /// # Errors
    /// [`OpenError::Busy`] when a statement is still running after some seconds. The folder is then given free
    /// when the statement ends, or the process.
    pub fn close(mut self) -> Result<(), OpenError> {
        if self.gate.close() {
            Ok(())
        } else {
            Err(OpenError::Busy {
                dir: self.dir.clone(),
            })
        }
    }
}

/// Makes the cluster at `root` unless it is there: under another name first, so that one that is there is whole.
fn make_cluster(dir: &Path, root: &Path) -> Result<(), OpenError> {
    if root.exists() {
        return Ok(());
    }
    let unfinished = dir.join("unfinished");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(OpenError::folder(&unfinished)(error));
        }
        _ => {}
    }
    engine::create(&unfinished, DATABASE).map_err(|reason| broken(dir, reason))?;
    fs::rename(&unfinished, root).map_err(OpenError::folder(root))
}

/// Makes `dir` where it is missing, for its owner alone: whoever reaches the socket is a superuser.
fn private_folder(dir: &Path) -> io::Result<()> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent)?;
    }
    if dir.is_dir() {
        return Ok(());
    }
    create_folder(dir, Access::PrivateFolder)
}

fn broken(dir: &Path, reason: String) -> OpenError {
    OpenError::Broken {
        dir: dir.to_path_buf(),
        reason,
    }
}
