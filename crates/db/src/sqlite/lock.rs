//! The lock that keeps two deploys apart: flock(2) on the file of the database, of which SQLite itself knows
//! nothing, so that it keeps no reader or writer away. It ends with the process.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Mutex, PoisonError},
};

use segue_host::file::{FileId, LOCKS_ARE_ADVISORY, id_of};

/// A handle on which the lock is taken.
pub(super) struct FileLock {
    /// `None` only while it is dropped.
    file: Option<File>,
    id: Option<FileId>,
}

/// The handles of locks that were given back. Closing any handle of a file takes from the whole process the
/// locks that SQLite holds on it, those of the application's own connections too (fcntl(2), "advisory record
/// locking"; howtocorrupt.html, 2.2): so none is ever closed, and the next deploy takes it again.
static KEPT: Mutex<Vec<(FileId, File)>> = Mutex::new(Vec::new());

impl FileLock {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if !LOCKS_ARE_ADVISORY {
            // A locked file keeps everybody out, SQLite too: there it is a file beside it.
            let mut beside = path.as_os_str().to_owned();
            beside.push("-segue-lock");
            let file = File::options().create(true).append(true).open(beside)?;
            return Ok(Self {
                file: Some(file),
                id: None,
            });
        }
        Self::of_file(path)
    }

    fn of_file(path: &Path) -> io::Result<Self> {
        let id = id_of(path)?;
        let file = match id.and_then(kept) {
            Some(file) => file,
            None => File::open(path)?,
        };
        Ok(Self {
            file: Some(file),
            id,
        })
    }

    /// Whether the lock was free, and is ours now.
    pub(super) fn try_take(&self) -> io::Result<bool> {
        match self.file.as_ref().map(File::try_lock) {
            None | Some(Ok(())) => Ok(true),
            Some(Err(std::fs::TryLockError::WouldBlock)) => Ok(false),
            Some(Err(std::fs::TryLockError::Error(error))) => Err(error),
        }
    }
}

/// Whether a file begins with these bytes; its handle is kept like that of a lock.
pub(super) fn begins_with<const N: usize>(path: &Path, start: &[u8; N]) -> bool {
    let read = || -> io::Result<[u8; N]> {
        let handle = FileLock::of_file(path)?;
        let mut bytes = [0; N];
        if let Some(mut file) = handle.file.as_ref() {
            file.seek(SeekFrom::Start(0))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(bytes)
    };
    path.is_file() && read().is_ok_and(|bytes| bytes == *start)
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else {
            return;
        };
        // What goes wrong here ends with the process.
        let _ = file.unlock();
        if let Some(id) = self.id {
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((id, file));
        }
    }
}

fn kept(id: FileId) -> Option<File> {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let place = kept.iter().position(|(other, _)| *other == id)?;
    Some(kept.swap_remove(place).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_one_at_a_time_and_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        std::fs::write(&path, "").expect("a file");
        for _ in 0..2 {
            let first = FileLock::open(&path).expect("opens");
            let second = FileLock::open(&path).expect("opens");
            assert!(first.try_take().expect("locks"));
            assert!(!second.try_take().expect("answers"));
            drop(first);
            assert!(second.try_take().expect("locks"));
        }
    }

    /// What SQLite holds is seen from another process: within one, fcntl's locks are never in the way.
    #[cfg(all(target_os = "linux", feature = "sqlite"))]
    #[test]
    fn giving_it_back_leaves_the_locks_of_the_programs_own_connections() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let application = rusqlite::Connection::open(&path).expect("opens");
        application
            .execute_batch("CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
            .expect("writes");
        let lock = FileLock::open(&path).expect("opens");
        assert!(lock.try_take().expect("locks"));
        drop(lock);
        assert!(is_reserved(&path), "another process could write now");
    }

    /// Whether a process holds SQLite's RESERVED lock: one byte behind the first gigabyte (fileformat2.html).
    #[cfg(all(target_os = "linux", feature = "sqlite"))]
    fn is_reserved(path: &Path) -> bool {
        let locks = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        let inode = id_of(path).expect("is there").expect("has one").number;
        locks.lines().any(|line| {
            line.contains("POSIX")
                && line.contains(&format!(":{inode} "))
                && line.contains(&format!(" {} ", 0x4000_0001))
        })
    }
}
