//! A connection to SQLite in use by segue. SQLite works in the thread that calls it, so it is given one of its
//! own: the deploy stays able to tell how far it is, and to stop it.

use std::{
    fs::File,
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Location, Path, connection::Worker};
use crate::{BatchError, Piece, Pieces, Row, ServerError};

pub use super::connection::Interrupter;

/// A connection in use by segue.
pub struct Session {
    worker: Worker,
    location: Location,
    foreign_keys: bool,
    /// Kept open until the worker has ended: closing any handle of the file gives back the locks that SQLite
    /// holds on it (lockingv3 and fcntl(2)).
    lock: Mutex<Option<File>>,
}

/// Why a database could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// There is no such file, and it was not to be made.
    Missing(String),
    /// What SQLite says.
    Refused(String),
    /// This build goes without SQLite.
    NotBuiltIn,
}

/// How many statements or bytes are handed to the worker at once: enough to hide the hand-over.
const AT_ONCE: (usize, usize) = (64, 1 << 16);

impl Session {
    /// Opens a database. `create`: make the file where it is missing. `foreign_keys`: as the project's tool has
    /// them, unless the URL says otherwise. `busy`: how long a statement waits for other connections.
    ///
    /// # Errors
    /// A missing file, or one that is no database.
    pub fn open(
        location: &Location,
        create: bool,
        foreign_keys: bool,
        busy: Duration,
    ) -> Result<Self, OpenError> {
        let foreign_keys = location.foreign_keys.unwrap_or(foreign_keys);
        let create = create || location.create;
        if let Path::File(path) = &location.path
            && !create
            && !path.exists()
        {
            return Err(OpenError::Missing(segue_project::shown_path(path)));
        }
        Ok(Self {
            worker: Worker::start(location, create, foreign_keys, busy)?,
            location: location.clone(),
            foreign_keys,
            lock: Mutex::new(None),
        })
    }

    /// Where the database is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether foreign keys are enforced between the migrations.
    pub fn foreign_keys(&self) -> bool {
        self.foreign_keys
    }

    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<Row>, ServerError> {
        self.worker.rows(sql.to_owned()).await
    }

    pub(crate) async fn batch(
        &self,
        pieces: &mut Pieces<'_>,
        done: &mut (dyn FnMut(usize) + Send),
        stop: &AtomicBool,
    ) -> Result<(), BatchError> {
        loop {
            let (numbers, chunk) = chunk(pieces);
            let Some(first) = numbers.first() else {
                return Ok(());
            };
            if stop.load(Ordering::Relaxed) {
                return Err(BatchError {
                    number: *first,
                    error: ServerError::NotSent,
                });
            }
            let result = self.worker.run(chunk).await;
            let good = match &result {
                Ok(()) => numbers.len(),
                Err((failed, _)) => *failed,
            };
            numbers[..good].iter().for_each(|number| done(*number));
            if let Err((_, error)) = result {
                return Err(BatchError {
                    number: numbers[good],
                    error,
                });
            }
        }
    }

    /// Gives the session back as it was opened: a migration may have set pragmas, attached databases and made
    /// temporary tables. Of a database in memory only the enforcement of foreign keys is set again.
    ///
    /// # Errors
    /// What SQLite refused.
    pub async fn renew(&self) -> Result<(), ServerError> {
        self.worker.renew().await
    }

    pub(crate) fn interrupter(&self) -> Interrupter {
        self.worker.interrupter()
    }

    /// Takes the lock of a deploy, if it is free: flock(2) on the file, of which SQLite itself knows nothing, so
    /// that it keeps other deploys away and no reader or writer. It ends with the process. A database in memory
    /// is nobody else's.
    ///
    /// # Errors
    /// What the system refused.
    pub fn try_lock(&self) -> io::Result<bool> {
        let Path::File(path) = &self.location.path else {
            return Ok(true);
        };
        let mut lock = self.held();
        let file = match lock.take() {
            Some(file) => file,
            None => open_for_lock(path)?,
        };
        let taken = file.try_lock();
        *lock = Some(file);
        match taken {
            Ok(()) => Ok(true),
            Err(std::fs::TryLockError::WouldBlock) => Ok(false),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Gives the lock back.
    pub fn unlock(&self) {
        if let Some(file) = self.held().as_ref() {
            // What goes wrong here ends with the process.
            let _ = file.unlock();
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<File>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn close(self) {
        self.worker.end().await;
    }
}

/// Windows keeps everybody out of a locked file, SQLite too: there the lock is a file beside it.
fn open_for_lock(path: &std::path::Path) -> io::Result<File> {
    if cfg!(windows) {
        let mut beside = path.as_os_str().to_owned();
        beside.push("-segue-lock");
        return File::options().create(true).append(true).open(beside);
    }
    File::open(path)
}

/// As many pieces as go at once, and their numbers.
fn chunk(pieces: &mut Pieces<'_>) -> (Vec<usize>, Vec<Piece>) {
    let (mut numbers, mut chunk, mut bytes) = (Vec::new(), Vec::new(), 0);
    while chunk.len() < AT_ONCE.0 && bytes <= AT_ONCE.1 {
        let Some((number, piece)) = pieces.next() else {
            break;
        };
        if let Piece::Sql(sql) = &piece {
            bytes += sql.len();
        }
        numbers.push(number);
        chunk.push(piece);
    }
    (numbers, chunk)
}
