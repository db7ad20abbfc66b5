//! The lock on a data folder: one process at a time, and who it is.
//!
//! The lock itself is the operating system's (it ends with the process, however that ends); the number in the
//! file is only for telling the others.

use crate::OpenError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::Path;

/// Holds a data folder as long as it lives.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of `dir`, whose folder must exist; never waits.
    pub(crate) fn take(dir: &Path) -> Result<FolderLock, OpenError> {
        let path = dir.join("lock");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            // Emptied only once it is ours: until then it names its holder.
            .truncate(false)
            .open(&path)
            .map_err(OpenError::folder(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Held {
                    dir: dir.to_path_buf(),
                    pid: holder(&path),
                });
            }
            Err(TryLockError::Error(source)) => return Err(OpenError::Folder { path, source }),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(OpenError::folder(&path))?;
        Ok(FolderLock { _file: file })
    }
}

/// The number in a lock file. On Windows a locked file cannot be read: then nobody is named.
fn holder(path: &Path) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}
