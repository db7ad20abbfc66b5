//! Where a backup is written: under a name that says that it is unfinished, until it is verified. What a run that was ended leaves
//! behind keeps that name, and is removed by the next one.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use segue_engine::Failure;
use segue_host::file::{Access, create_folder, sync_folder};
use segue_project::shown_path;
use segue_sql::Problem;

use super::{refused, sizes::in_words};

/// A query of PostgreSQL's for the moment, as it stands in names.
pub(super) const STAMP: &str =
    "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS')";
/// The same of SQLite's.
pub(super) const STAMP_IN_SQLITE: &str = "SELECT strftime('%Y%m%dT%H%M%S', 'now')";

/// What the name of one begins with that is not finished.
const UNFINISHED: &str = "unfinished-";
/// The file that a run locks while it writes into the folder.
const LOCK: &str = "lock";

/// A backup that is being written.
pub(super) struct Place {
    /// What it will be called.
    pub(super) name: String,
    /// Where it is written meanwhile.
    pub(super) writing: PathBuf,
    folder: PathBuf,
    /// Free again when the process ends, however it does.
    _lock: File,
}

impl Place {
    /// Begins one in a folder, which is made.
    pub(super) fn begin(folder: &Path, stamp: &str, database: &str) -> Result<Self, Failure> {
        let shown = shown_path(folder);
        let writable = |error: io::Error| {
            let problem = Problem::new(format!("no backup can be written into {shown}: {error}"));
            refused(problem.help(
                "make the folder writable, or name another one: [backup] folder in segue.toml",
            ))
        };
        fs::create_dir_all(folder).map_err(writable)?;
        // backups are nothing to commit: they hold what the database holds
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(writable)?;
        }
        let lock = File::create(folder.join(LOCK)).map_err(writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let problem = Problem::new(format!("another backup is being written into {shown}"));
                return Err(refused(problem.help("wait until it has ended")));
            }
            Err(TryLockError::Error(error)) => return Err(writable(error)),
        }
        remove_unfinished(folder);
        let database: String = database
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let name = free_name(folder, &format!("{stamp}-{database}"));
        let writing = folder.join(format!("{UNFINISHED}{name}"));
        // For nobody but its user: it holds what the database holds.
        create_folder(&writing, Access::PrivateFolder).map_err(writable)?;
        Ok(Self {
            name,
            writing,
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// Whether there is room.
    pub(super) fn refuse_little_room(&self, needed: u64) -> Result<(), Failure> {
        match fs4::available_space(&self.folder) {
            Ok(free) => room(needed, free, &shown_path(&self.folder)),
            // what is not known forbids nothing: a full disk ends the backup, and with it the deploy
            Err(_) => Ok(()),
        }
    }

    /// Where it will be.
    pub(super) fn end(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// It is verified: it gets its name.
    pub(super) fn finish(self) -> Result<PathBuf, Failure> {
        let end = self.end();
        let done = fs::rename(&self.writing, &end).and_then(|()| sync_folder(&self.folder));
        done.map_err(|error| {
            let shown = shown_path(&end);
            refused(Problem::new(format!(
                "the backup cannot be named {shown}: {error}"
            )))
        })?;
        Ok(end)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // it is gone already where it was finished
        let _ = fs::remove_dir_all(&self.writing);
    }
}

/// Removes what runs have left that were ended. Nobody writes there now: we hold the lock.
fn remove_unfinished(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let is_left = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if is_left {
            // what cannot be removed stays, under its name
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn free_name(folder: &Path, name: &str) -> String {
    let is_free = |name: &String| !folder.join(name).exists();
    let later = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(later);
    names.find(is_free).unwrap_or_else(|| name.to_owned())
}

fn room(needed: u64, free: u64, folder: &str) -> Result<(), Failure> {
    if free >= needed {
        return Ok(());
    }
    let problem = Problem::new(format!(
        "the backup needs about {}, and {folder} has {} left",
        in_words(needed),
        in_words(free)
    ));
    Err(refused(problem.help(
        "make room, or name a folder on another disk: [backup] folder in segue.toml",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_both_sizes() {
        assert!(room(10, 10, "f").is_ok());
        let failure = room(3_000_000, 1_000_000, "backups").expect_err("too little");
        assert_eq!(
            failure.problems[0].message,
            "the backup needs about 3.0 MB, and backups has 1.0 MB left"
        );
    }

    #[test]
    fn what_is_not_finished_is_removed_and_never_has_the_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let begin = |stamp| Place::begin(folder.path(), stamp, "a/b");
        let first = begin("1").expect("begun");
        assert!(begin("2").is_err(), "one at a time");
        assert_eq!(first.name, "1-a_b");
        fs::write(first.writing.join("x"), "half").expect("written");
        // as after a kill: nothing is tidied, and the lock is free
        let Place { writing, .. } = &first;
        let left = writing.clone();
        fs::rename(&left, folder.path().join("kept")).expect("moved");
        drop(first);
        fs::rename(folder.path().join("kept"), &left).expect("moved");
        let second = begin("1").expect("begun");
        assert!(!left.join("x").exists());
        let end = second.finish().expect("finished");
        assert!(end.ends_with("1-a_b"));
        assert_eq!(begin("1").expect("begun").name, "1-a_b-2");
    }
}
