//! The thread that works on a connection, and the connection itself.

use std::{
    collections::HashMap,
    ffi::CString,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::{
    Batch, Connection, Error, InterruptHandle, OpenFlags, fallible_iterator::FallibleIterator, ffi,
    functions::FunctionFlags, types::ValueRef,
};
use tokio::sync::oneshot;

use super::{Location, OpenError, Path, error::server_error};
use crate::{Piece, Refusal, Row, ServerError};

/// Whether SQLite takes a text for one or more whole statements (complete.html).
pub(super) fn is_complete(text: &str) -> bool {
    let Ok(text) = CString::new(text) else {
        return true;
    };
    // SAFETY: the pointer is to a string that ends with a zero byte and outlives the call.
    unsafe { ffi::sqlite3_complete(text.as_ptr()) == 1 }
}

/// Stops the statement that runs when it is told to.
#[derive(Clone)]
pub struct Interrupter {
    handle: Arc<Mutex<InterruptHandle>>,
}

impl Interrupter {
    /// Stops the statement that runs, if one does.
    pub fn interrupt(&self) {
        let handle = self.handle.lock();
        handle.unwrap_or_else(PoisonError::into_inner).interrupt();
    }
}

/// What is to be done with the connection.
type Job = Box<dyn FnOnce(&mut Database) + Send>;

/// A thread with a connection.
pub(super) struct Worker {
    jobs: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
    interrupter: Interrupter,
}

impl Worker {
    pub(super) fn start(
        location: &Location,
        create: bool,
        foreign_keys: bool,
        busy: Duration,
    ) -> Result<Self, OpenError> {
        let opening = Opening {
            location: location.clone(),
            create,
            foreign_keys,
            busy,
            began: Arc::new(Mutex::new(Instant::now())),
        };
        let connection = opening
            .open()
            .map_err(|error| OpenError::Refused(server_error(&error).to_string()))?;
        let interrupter = Interrupter {
            handle: Arc::new(Mutex::new(connection.get_interrupt_handle())),
        };
        let mut database = Database {
            connection,
            opening,
            interrupter: interrupter.clone(),
            broken: HashMap::new(),
            leaves_traces: false,
        };
        let (jobs, inbox) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || {
                for job in inbox {
                    job(&mut database);
                }
            })
            .map_err(|error| OpenError::Refused(format!("no thread for SQLite: {error}")))?;
        Ok(Self {
            jobs,
            thread,
            interrupter,
        })
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, answer) = oneshot::channel();
        let job = Box::new(move |database: &mut Database| {
            // Nobody waits any more: then the answer does not matter.
            let _ = sender.send(job(database));
        });
        self.jobs.send(job).ok()?;
        answer.await.ok()
    }

    pub(super) async fn rows(&self, sql: String) -> Result<Vec<Row>, ServerError> {
        let answer = self.ask(move |database| database.rows(&sql)).await;
        answer.unwrap_or_else(|| Err(gone()))
    }

    /// Runs pieces up to the first that fails: which one, and why.
    pub(super) async fn run(&self, pieces: Vec<Piece>) -> Result<(), (usize, ServerError)> {
        let answer = self.ask(move |database| {
            for (index, piece) in pieces.iter().enumerate() {
                database.piece(piece).map_err(|error| (index, error))?;
            }
            Ok(())
        });
        answer.await.unwrap_or_else(|| Err((0, gone())))
    }

    pub(super) async fn renew(&self) -> Result<(), ServerError> {
        let answer = self.ask(Database::renew).await;
        answer.unwrap_or_else(|| Err(gone()))
    }

    pub(super) fn interrupter(&self) -> Interrupter {
        self.interrupter.clone()
    }

    /// Ends the thread, and with it the connection.
    pub(super) async fn end(self) {
        drop(self.jobs);
        // Joining takes as long as closing the database: a checkpoint of the WAL at most.
        let _ = self.thread.join();
    }
}

fn gone() -> ServerError {
    ServerError::Lost("SQLite's thread has ended".to_owned())
}

/// How a connection is opened.
struct Opening {
    location: Location,
    create: bool,
    foreign_keys: bool,
    busy: Duration,
    /// When the transaction began, for the histories that keep how long a migration took.
    began: Arc<Mutex<Instant>>,
}

impl Opening {
    fn open(&self) -> Result<Connection, Error> {
        let connection = match &self.location.path {
            Path::Memory => Connection::open_in_memory()?,
            Path::File(path) => Connection::open_with_flags(path, self.flags())?,
        };
        connection.busy_timeout(self.busy)?;
        connection.pragma_update(None, "foreign_keys", self.foreign_keys)?;
        connection.create_scalar_function(
            "_segue_exactly_one",
            1,
            FunctionFlags::SQLITE_UTF8,
            |context| match context.get::<i64>(0)? {
                1 => Ok(1),
                found => Err(Error::UserFunctionError(
                    format!("the history has {found} rows of this migration's beginning, not one")
                        .into(),
                )),
            },
        )?;
        let began = Arc::clone(&self.began);
        connection.create_scalar_function(
            "_segue_elapsed",
            0,
            FunctionFlags::SQLITE_UTF8,
            move |_| {
                let began = *began.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX))
            },
        )?;
        // The file is read for the first time here: what is no database is told now.
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    }

    fn flags(&self) -> OpenFlags {
        let access = if self.location.read_only {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else if self.create {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        access | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }
}

/// A connection and what is remembered about it.
struct Database {
    connection: Connection,
    opening: Opening,
    interrupter: Interrupter,
    /// How many rows of a table break a foreign key to another, before the migration.
    broken: HashMap<(String, String), u64>,
    /// Something was run that could outlast its transaction on this connection.
    leaves_traces: bool,
}

impl Database {
    fn rows(&mut self, sql: &str) -> Result<Vec<Row>, ServerError> {
        self.leaves_traces |= may_leave_traces(sql);
        rows(&self.connection, sql).map_err(|error| server_error(&error))
    }

    fn piece(&mut self, piece: &Piece) -> Result<(), ServerError> {
        match piece {
            Piece::Sql(sql) => {
                self.leaves_traces |= may_leave_traces(sql);
                if sql.starts_with("BEGIN") {
                    let mut began = self
                        .opening
                        .began
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    *began = Instant::now();
                }
                run(&self.connection, sql).map_err(|error| server_error(&error))
            }
            Piece::NoteForeignKeys => {
                self.broken = broken(&self.connection).map_err(|error| server_error(&error))?;
                Ok(())
            }
            Piece::CheckForeignKeys => self.check_foreign_keys(),
            Piece::Copy { .. } => unreachable!("SQLite's scripts have no COPY"),
        }
    }

    /// Step 10 of "Making Other Kinds Of Table Schema Changes" (lang_altertable.html).
    fn check_foreign_keys(&self) -> Result<(), ServerError> {
        let now = broken(&self.connection).map_err(|error| server_error(&error))?;
        let worse = now
            .into_iter()
            .find(|(key, count)| *count > self.broken.get(key).copied().unwrap_or_default());
        let Some(((table, parent), count)) = worse else {
            return Ok(());
        };
        let before = self.broken.get(&(table.clone(), parent.clone()));
        let detail = format!(
            "{count} rows of {table} have no row in {parent}; before the migration {} had none",
            before.copied().unwrap_or_default()
        );
        Err(ServerError::Refused(Box::new(Refusal {
            code: "SQLITE_CONSTRAINT_FOREIGNKEY".to_owned(),
            message: "the migration leaves rows that break a foreign key".to_owned(),
            detail: Some(detail),
            hint: Some(
                "it turns the enforcement off (PRAGMA foreign_keys), so that SQLite itself would not have said it"
                    .to_owned(),
            ),
            context: None,
            position: None,
            is_passing: false,
            is_cancelled: false,
        })))
    }

    fn renew(&mut self) -> Result<(), ServerError> {
        if !self.leaves_traces {
            return Ok(());
        }
        self.leaves_traces = false;
        let renewed = match self.opening.location.path {
            Path::Memory => {
                let foreign_keys = self.opening.foreign_keys;
                self.connection
                    .pragma_update(None, "foreign_keys", foreign_keys)
            }
            Path::File(_) => self.opening.open().map(|connection| {
                let handle = connection.get_interrupt_handle();
                let mut kept = self
                    .interrupter
                    .handle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *kept = handle;
                self.connection = connection;
            }),
        };
        renewed.map_err(|error| server_error(&error))
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

fn run(connection: &Connection, sql: &str) -> Result<(), Error> {
    let mut batch = Batch::new(connection, sql);
    while let Some(mut statement) = batch.next()? {
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
    }
    Ok(())
}

fn rows(connection: &Connection, sql: &str) -> Result<Vec<Row>, Error> {
    let mut all = Vec::new();
    let mut batch = Batch::new(connection, sql);
    while let Some(mut statement) = batch.next()? {
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let values = (0..columns).map(|column| row.get_ref(column).map(text));
            all.push(values.collect::<Result<Row, Error>>()?);
        }
    }
    Ok(all)
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}

/// `PRAGMA foreign_key_check`, counted by table and parent.
fn broken(connection: &Connection) -> Result<HashMap<(String, String), u64>, Error> {
    let mut statement = connection.prepare(
        "SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2",
    )?;
    let counted = statement.query_map([], |row| {
        Ok((
            (row.get(0)?, row.get(1)?),
            row.get::<_, i64>(2)?.unsigned_abs(),
        ))
    })?;
    counted.collect()
}
