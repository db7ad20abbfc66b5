//! Our folders below the system's temporary folder (or SEGUE_CLUSTER_DIR: a folder in memory makes starts
//! faster, the more so as some file systems are slow to make many files again and again), and that no dead process leaves one behind.
//!
//! ```text
//! <tmp>/segue-postgres-<user>/    ours; others may enter (not list) only when the server is another user
//!   lock                          shared while a cluster is being made, exclusive to build or sweep
//!   template-<version>-<hash>/    the server user's; see template.rs
//!   cluster-<random>/             ours; one per Cluster
//!     lock                        held for as long as the Cluster lives
//!     log, postgresql.conf, …     ours
//!     data/, s/                   the server user's: its data and its socket
//! ```
//!
//! As root we write only into folders of our own, never into one where the server's user could have
//! put a link in our way.

use crate::{
    StartError,
    account::{Account, ourselves},
    template,
};
use segue_host::{
    file::{self, Access},
    socket,
};
use std::{
    env,
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

/// Where Linux keeps files in memory.
const MEMORY: &str = "/dev/shm";

/// So many bytes have to be free before files are kept in memory: many times what they take.
const ROOM: u64 = 4 << 30;

/// A folder in memory for files that nobody needs for long, where there is plenty of it; none where TMPDIR names a folder for such
/// files.
pub fn memory() -> Option<PathBuf> {
    (env::var_os("TMPDIR").is_none() && has_room()).then(|| PathBuf::from(MEMORY))
}

/// Whether there is plenty of memory for files: in the file system, on the machine, and for our group of processes.
fn has_room() -> bool {
    let number = |file: &str| fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let available = || {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemAvailable:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes << 10)
    };
    // There is no such file, or "max" in it, where the group may take all that the machine has.
    let allowed = number("/sys/fs/cgroup/memory.max").map_or(u64::MAX, |most| {
        most.saturating_sub(number("/sys/fs/cgroup/memory.current").unwrap_or_default())
    });
    let free = fs4::available_space(MEMORY).unwrap_or_default();
    free.min(available().unwrap_or_default()).min(allowed) > ROOM
}

/// The folder that holds everything of ours, for this user.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// The folder.
    pub(crate) path: PathBuf,
    account: Account,
}

impl Base {
    /// Finds or makes it: below SEGUE_CLUSTER_DIR or TMPDIR, or below /tmp where that is too deep for a
    /// socket or closed to the user that the server runs as.
    pub(crate) fn open(account: Account) -> Result<Self, StartError> {
        Self::below(env::temp_dir(), account)
    }

    /// The same in memory, unless SEGUE_CLUSTER_DIR or TMPDIR names a folder or there is no plenty of memory.
    pub(crate) fn in_memory(account: Account) -> Result<Self, StartError> {
        Self::below(memory().unwrap_or_else(env::temp_dir), account)
    }

    fn below(folder: PathBuf, account: Account) -> Result<Self, StartError> {
        let name = format!("segue-postgres-{}", ourselves()?);
        let chosen = env::var_os("SEGUE_CLUSTER_DIR").filter(|folder| !folder.is_empty());
        let wanted = chosen.map_or(folder, PathBuf::from).join(&name);
        let socket = wanted.join("cluster-123456/s/.s.PGSQL.65535");
        let fits = wanted.is_absolute() && socket::fits(&socket);
        let path = if fits && (account == Account::Ourselves || others_may_enter(&wanted)) {
            wanted
        } else {
            Path::new("/tmp").join(name)
        };
        let access = match account {
            Account::Ourselves => Access::PrivateFolder,
            Account::Other(_) => Access::EnterableFolder,
        };
        match file::create_folder(&path, access) {
            // What it was made with is cut by our umask.
            Ok(()) => file::set_access(&path, access).map_err(StartError::io("open", &path))?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StartError::io("create", &path)(error)),
        }
        let base = Self { path, account };
        base.check()?;
        Ok(base)
    }

    /// A folder in a place where anyone may make one: it must really be ours.
    fn check(&self) -> Result<(), StartError> {
        let facts =
            fs::symlink_metadata(&self.path).map_err(StartError::io("look at", &self.path))?;
        let reason = if !facts.is_dir() {
            "is not a folder"
        } else if file::owner(&facts) != Some(ourselves()?) {
            "belongs to another user"
        } else if file::others_may_write(&facts) {
            "can be written by other users"
        } else {
            return Ok(());
        };
        Err(StartError::UnsafeFolder {
            path: self.path.clone(),
            reason,
        })
    }

    /// The lock file of the whole base, not locked yet.
    pub(crate) fn lock_file(&self) -> Result<File, StartError> {
        open_lock(&self.path.join("lock"))
    }

    /// A new empty folder that belongs to the server's user.
    pub(crate) fn server_folder(&self, path: &Path) -> Result<(), StartError> {
        file::create_folder(path, Access::PrivateFolder)
            .and_then(|()| self.account.give(path))
            .map_err(StartError::io("create", path))
    }

    /// Removes the folders of clusters whose process is gone, and old templates, unless someone is just
    /// making one. A
    /// server that still runs there (not on Linux, where it died with its parent) notices within a
    /// minute that its folder is gone, and ends.
    pub(crate) fn sweep(&self) -> Result<(), StartError> {
        let lock = self.lock_file()?;
        if lock.try_lock().is_err() {
            return Ok(());
        }
        let entries = fs::read_dir(&self.path).map_err(StartError::io("list", &self.path))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let folder = entry.path();
            // With the base locked nobody builds a template: a half-built one is a dead process's.
            let dead = name.starts_with(b"new-")
                || name.starts_with(b"template-") && !template::is_good(&folder)
                || name.starts_with(b"cluster-")
                    && open_lock(&folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
            if dead {
                // What cannot be removed now is tried again at the next start.
                let _ = fs::remove_dir_all(&folder);
            }
        }
        Ok(())
    }
}

/// May a user without power walk down to where this folder will be?
fn others_may_enter(path: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .all(|folder| fs::metadata(folder).is_ok_and(|facts| file::others_may_enter(&facts)))
}

fn open_lock(path: &Path) -> Result<File, StartError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(StartError::io("open", path))
}

/// The folder of one cluster; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    folder: tempfile::TempDir,
    /// Tells the sweeps of other processes that we live; the lock goes when we do, however we end.
    _lock: File,
}

impl Folder {
    /// Makes it, with its two folders for the server. The base must be locked, shared, meanwhile.
    pub(crate) fn create(base: &Base) -> Result<Self, StartError> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("cluster-").rand_bytes(6);
        if let Some(permissions) = file::permissions(Access::EnterableFolder) {
            folder.permissions(permissions);
        }
        let folder = folder
            .tempdir_in(&base.path)
            .map_err(StartError::io("create a folder in", &base.path))?;
        let lock = open_lock(&folder.path().join("lock"))?;
        lock.lock().map_err(StartError::io("lock", folder.path()))?;
        let folder = Self {
            folder,
            _lock: lock,
        };
        base.server_folder(&folder.data())?;
        base.server_folder(&folder.socket_dir())?;
        Ok(folder)
    }

    /// A file of ours in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The server's data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.file("data")
    }

    /// The folder of the server's socket.
    pub(crate) fn socket_dir(&self) -> PathBuf {
        self.file("s")
    }

    /// Writes a file that the server may read.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), StartError> {
        let path = self.file(name);
        fs::write(&path, text)
            .and_then(|()| file::set_access(&path, Access::ReadableFile))
            .map_err(StartError::io("write", path))
    }

    /// Copies a file so that only the server may read it, as it demands of a private key.
    pub(crate) fn copy_secret(
        &self,
        from: &Path,
        name: &str,
        account: Account,
    ) -> Result<(), StartError> {
        let path = self.file(name);
        let secret = fs::read(from).map_err(StartError::io("read", from))?;
        fs::write(&path, "")
            .and_then(|()| file::set_access(&path, Access::PrivateFile))
            .and_then(|()| fs::write(&path, secret))
            .and_then(|()| account.give(&path))
            .map_err(StartError::io("write", path))
    }
}
