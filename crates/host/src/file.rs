//! Files and folders: who may do what with them, which file it is, and how it is opened and kept.

use std::{
    fs::{File, Metadata, Permissions},
    io,
    path::Path,
};

use crate::system;

/// Whether a lock (`File::try_lock`) is only for those who ask for it. On Windows it keeps everybody from reading and writing the
/// file.
pub const LOCKS_ARE_ADVISORY: bool = cfg!(unix);

/// Who may do what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A file that its owner alone reads and writes: 0600.
    PrivateFile,
    /// A file that its owner writes, and everybody reads: 0644.
    ReadableFile,
    /// A folder of its owner alone: 0700.
    PrivateFolder,
    /// A folder that others may enter, and not list: 0711.
    EnterableFolder,
}

/// This access as permissions; none where a mode says nothing, and what a file inherits from its folder counts.
#[must_use]
pub fn permissions(access: Access) -> Option<Permissions> {
    system::permissions(access)
}

/// Gives a file or a folder this access. Nothing where a mode says nothing.
///
/// # Errors
/// What the system says.
pub fn set_access(path: &Path, access: Access) -> io::Result<()> {
    match permissions(access) {
        Some(permissions) => std::fs::set_permissions(path, permissions),
        None => Ok(()),
    }
}

/// Makes a folder that never has more than this access; the process's umask may leave it less.
///
/// # Errors
/// What the system says, also where there is one already.
pub fn create_folder(path: &Path, access: Access) -> io::Result<()> {
    system::create_folder(path, access)
}

/// Whether its owner alone may do anything with it. Where a mode says nothing it counts as such, as it does for libpq.
#[must_use]
pub fn is_private(metadata: &Metadata) -> bool {
    system::is_private(metadata)
}

/// Whether others than its owner may write it; not where a mode says nothing.
#[must_use]
pub fn others_may_write(metadata: &Metadata) -> bool {
    system::others_may_write(metadata)
}

/// Whether everybody may enter a folder; so it is where a mode says nothing.
#[must_use]
pub fn others_may_enter(metadata: &Metadata) -> bool {
    system::others_may_enter(metadata)
}

/// Whether anybody may execute it; everything counts as executable where a mode says nothing.
#[must_use]
pub fn is_executable(metadata: &Metadata) -> bool {
    system::is_executable(metadata)
}

/// The number of its owner, to be compared with [`user::effective_id`](crate::user::effective_id).
#[must_use]
pub fn owner(metadata: &Metadata) -> Option<u32> {
    system::owner(metadata)
}

/// A file, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device that it is on.
    pub device: u64,
    /// Its number there: the inode.
    pub number: u64,
}

/// Which file a path leads to; none where the system does not tell.
///
/// # Errors
/// What the system says, also where there is no file.
pub fn id_of(path: &Path) -> io::Result<Option<FileId>> {
    system::id_of(path)
}

/// Opens a file to be read. What turns out to be a named pipe is not waited for, and no terminal becomes ours: whoever asks
/// for the metadata of what is open learns what it is.
///
/// # Errors
/// What the system says.
pub fn open_without_waiting(path: &Path) -> io::Result<File> {
    system::open_without_waiting(path)
}

/// Waits until the names in a folder are kept: a rename is, once its folder is. Nothing where folders cannot be opened.
///
/// # Errors
/// What the system says.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    system::sync_folder(folder)
}
