//! Why the embedded server could not be opened or closed, told apart by what the user may do next.

use std::io;
use std::path::{Path, PathBuf};

/// Why an embedded server could not be opened or closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process (or another part of this one) has the folder open: wait for it, or end it.
    #[error("the embedded database in {} is in use by {}; {}", dir.display(), holder(*pid), way_out(*pid))]
    Held {
        /// The data folder.
        dir: PathBuf,
        /// The process that holds it, where that could be read.
        pid: Option<u32>,
    },
    /// The folder for the server's program files cannot be used: make it writable, or name another.
    #[error("the embedded PostgreSQL keeps about 140 MB of program files in {}, and that failed: {reason}; {}",
        place(folder.as_deref()), CACHE_HELP)]
    Cache {
        /// The folder, where one could be determined at all.
        folder: Option<PathBuf>,
        /// What went wrong there.
        reason: String,
    },
    /// The data folder, or a file in it, cannot be made or written: repair its permissions or choose another.
    #[error("cannot use {} for the embedded database: {source}", path.display())]
    Folder {
        /// The path that failed.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no embedded server for this kind of machine: give segue the URL of a PostgreSQL server.
    #[error(
        "there is no embedded PostgreSQL for {}-{}; give the URL of a PostgreSQL server instead",
        std::env::consts::ARCH,
        std::env::consts::OS
    )]
    Unsupported,
    /// The server was asked to close, but is still running a statement. It keeps the folder until that ends.
    #[error("the embedded database in {} is still running a statement, and ends when that does", dir.display())]
    Busy {
        /// The data folder.
        dir: PathBuf,
    },
    /// The server does not start, for a reason of its own; the data is left as it is.
    #[error("the embedded PostgreSQL in {} does not start: {reason}", dir.display())]
    Broken {
        /// The data folder.
        dir: PathBuf,
        /// What the server said.
        reason: String,
    },
}

#[cfg(target_os = "linux")]
const CACHE_HELP: &str = "make that folder writable, or set XDG_CACHE_HOME to one that is";
#[cfg(target_os = "macos")]
const CACHE_HELP: &str =
    "make that folder writable, or set HOME to a folder in which Library/Caches is";
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
const CACHE_HELP: &str = "make that folder writable";

impl OpenError {
    /// For `map_err` on operations on `path`.
    pub(crate) fn folder(path: &Path) -> impl FnOnce(io::Error) -> OpenError + '_ {
        move |source| OpenError::Folder {
            path: path.to_path_buf(),
            source,
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) if pid == std::process::id() => "this process already".to_owned(),
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

fn way_out(pid: Option<u32>) -> String {
    match pid {
        Some(pid) if pid == std::process::id() => {
            "close the first one before opening it again".into()
        }
        Some(pid) => format!("wait until it has ended, or end it (kill {pid}), and try again"),
        None => "wait until it has ended, and try again".into(),
    }
}

fn place(folder: Option<&Path>) -> String {
    folder.map_or_else(
        || "the user's cache folder".to_owned(),
        |folder| folder.display().to_string(),
    )
}
