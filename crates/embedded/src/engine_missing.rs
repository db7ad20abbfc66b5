//! In the place of `engine.rs` where the library has no compiled server: says so, and nothing else happens.

use crate::OpenError;
use segue_host::socket::{Address, Stream};
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};

/// Always fails, so that nothing of the rest is reached.
pub(crate) fn warm_up(_dir: &Path) -> Result<(), OpenError> {
    Err(OpenError::Unsupported)
}

/// See `engine.rs`.
pub(crate) fn create(_root: &Path, _database: &str) -> Result<(), String> {
    Err(OpenError::Unsupported.to_string())
}

/// Nothing is bundled here.
pub(crate) fn bundles(_extension: &str) -> bool {
    false
}

/// See `engine.rs`.
pub(crate) fn extension_folder(root: &Path) -> PathBuf {
    root.join("extension")
}

/// See `engine.rs`.
pub(crate) fn install(_root: &Path, _extension: &str) -> Result<(), String> {
    Err(OpenError::Unsupported.to_string())
}

/// There is none.
#[derive(Debug)]
pub(crate) struct Backend(Infallible);

impl Backend {
    /// See `engine.rs`.
    pub(crate) fn start(_root: &Path, _inner: &Address) -> Result<Backend, String> {
        Err(OpenError::Unsupported.to_string())
    }

    /// See `engine.rs`.
    pub(crate) fn connect(&self) -> io::Result<Stream> {
        match self.0 {}
    }

    /// See `engine.rs`.
    pub(crate) fn stop(self) -> Result<(), String> {
        match self.0 {}
    }
}
