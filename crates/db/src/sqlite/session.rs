//! A connection to SQLite in use by segue. SQLite works in the thread that calls it, so it is given one of its
//! own: the deploy stays able to tell how far it is, and to stop it.

use std::{
    io,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{Location, Path, connection::Worker, lock::FileLock};
use crate::{BatchError, Piece, Pieces, Row, ServerError};

pub use super::connection::Interrupter;

/// A connection in use by segue.
pub struct Session {
    worker: Worker,
    location: Location,
    foreign_keys: bool,
    /// Something was run that could outlast its transaction on the connection.
    leaves_traces: AtomicBool,
    lock: Mutex<Option<FileLock>>,
}

/// What a connection is to be like.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Whether the file may be made where it is missing; that happens when the lock of a deploy is taken.
    pub create: bool,
    /// Whether its folder may be made too.
    pub makes_folder: bool,
    /// Whether foreign keys are enforced, unless the URL says otherwise.
    pub foreign_keys: bool,
    /// How long a statement waits for other connections.
    pub busy: Duration,
    /// How long to wait for the first look at the file.
    pub patience: Duration,
}

/// Why a database could not be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// There is no such file, and it was not to be made.
    Missing(String),
    /// Another connection keeps it for itself.
    Locked(String),
    /// What SQLite says.
    Refused(String),
    /// This build goes without SQLite.
    NotBuiltIn,
}

/// How many statements or bytes are handed to the worker at once: enough to hide the hand-over.
const AT_ONCE: (usize, usize) = (64, 1 << 16);

impl Session {
    /// Opens a database.
    ///
    /// # Errors
    /// A missing file, or one that is no database.
    pub async fn open(location: &Location, mut open: Open) -> Result<Self, OpenError> {
        open.foreign_keys = location.foreign_keys.unwrap_or(open.foreign_keys);
        open.create |= location.create;
        if let Path::File(path) = &location.path
            && (!open.create || location.read_only)
            && !path.exists()
        {
            return Err(OpenError::Missing(segue_project::shown_path(path)));
        }
        Ok(Self {
            worker: Worker::start(location, &open).await?,
            location: location.clone(),
            foreign_keys: open.foreign_keys,
            leaves_traces: AtomicBool::new(false),
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

    /// Enforces foreign keys as the project's tool does, once it is known which one that is; unless the URL says
    /// otherwise.
    ///
    /// # Errors
    /// What SQLite refused.
    pub async fn enforce_foreign_keys(&mut self, as_the_tool: bool) -> Result<(), ServerError> {
        let on = self.location.foreign_keys.unwrap_or(as_the_tool);
        if on != self.foreign_keys {
            self.worker.enforce(on).await?;
            self.foreign_keys = on;
        }
        Ok(())
    }

    /// Copies the database into a file, which is made, by SQLite's online backup: others may write meanwhile. Within a
    /// transaction the copy is of what that sees.
    ///
    /// # Errors
    /// What SQLite refused.
    pub async fn back_up(&self, to: &std::path::Path) -> Result<(), ServerError> {
        self.worker.back_up(to.to_owned()).await
    }

    pub(crate) async fn rows(&self, sql: &str) -> Result<Vec<Row>, ServerError> {
        self.look_for_traces(sql);
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
            for piece in &chunk {
                if let Piece::Sql(sql) = piece {
                    self.look_for_traces(sql);
                }
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
        if !self.leaves_traces.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        self.worker.renew().await
    }

    fn look_for_traces(&self, sql: &str) {
        if may_leave_traces(sql) {
            self.leaves_traces.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the file can only be read.
    pub(crate) async fn is_read_only(&self) -> Result<bool, ServerError> {
        self.worker.is_read_only().await
    }

    pub(crate) fn interrupter(&self) -> Interrupter {
        self.worker.interrupter()
    }

    /// Makes the file, if it is missing and may be made: until then nothing is written anywhere.
    ///
    /// # Errors
    /// What SQLite refused.
    pub async fn make(&self) -> Result<(), ServerError> {
        self.worker.make().await
    }

    /// Takes the lock of a deploy, if it is free. A database in memory is nobody else's.
    ///
    /// # Errors
    /// What the system refused.
    pub fn try_lock(&self) -> io::Result<bool> {
        let Path::File(path) = &self.location.path else {
            return Ok(true);
        };
        let lock = match self.held().take() {
            Some(lock) => lock,
            None => FileLock::open(path)?,
        };
        let taken = lock.try_take();
        *self.held() = Some(lock);
        taken
    }

    /// Gives the lock back.
    pub fn unlock(&self) {
        self.held().take();
    }

    fn held(&self) -> MutexGuard<'_, Option<FileLock>> {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn close(self) {
        self.worker.end().await;
    }
}

/// Pragmas, attached databases and temporary tables outlast a transaction. A word too many costs the opening of
/// a connection, a tenth of a millisecond.
fn may_leave_traces(sql: &str) -> bool {
    let sql = sql.as_bytes();
    let begins = |rest: &[u8], word: &str| {
        rest.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    // A statement can be 50 MB: nothing is compared but at the letters that the words begin with.
    sql.iter().enumerate().any(|(at, byte)| match byte | 0x20 {
        b'p' => begins(&sql[at..], "pragma"),
        b'a' => begins(&sql[at..], "attach"),
        b't' => begins(&sql[at..], "temp"),
        _ => false,
    })
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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_tool_that_is_found_out_later_says_whether_keys_are_enforced() {
        for (url, as_the_tool, expected) in [
            ("sqlite::memory:", false, "0"),
            ("sqlite::memory:", true, "1"),
            ("file::memory:?_fk=1", false, "1"),
        ] {
            let location = super::super::read(url).expect(url);
            let open = Open {
                create: false,
                makes_folder: false,
                foreign_keys: true,
                busy: Duration::ZERO,
                patience: Duration::ZERO,
            };
            let mut session = Session::open(&location, open).await.expect(url);
            let set = session.enforce_foreign_keys(as_the_tool).await;
            set.expect(url);
            let rows = session.rows("PRAGMA foreign_keys").await.expect(url);
            assert_eq!(rows, [[Some(expected.to_owned())]], "{url}");
            session.close().await;
        }
    }
}
