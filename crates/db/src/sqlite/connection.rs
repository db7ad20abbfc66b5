//! The thread that works on a connection.

use std::{
    ffi::CString,
    sync::{PoisonError, mpsc},
    thread::JoinHandle,
};

use rusqlite::ffi;
use tokio::sync::oneshot;

use super::{
    Location, Open, OpenError,
    database::{Database, Handle},
    error::server_error,
    opening::Opening,
};
use crate::{Piece, Row, ServerError};

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
    handle: Handle,
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
    pub(super) async fn start(location: &Location, open: &Open) -> Result<Self, OpenError> {
        let opening = Opening::new(location, open);
        let patience = open.patience;
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (sender, opened) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("sqlite".to_owned())
            .spawn(move || {
                let mut database = match opening.open(patience) {
                    Ok(connection) => Database::new(connection, opening),
                    Err(error) => {
                        let _ = sender.send(Err(server_error(&error)));
                        return;
                    }
                };
                let _ = sender.send(Ok(database.handle()));
                for job in inbox {
                    job(&mut database);
                }
            })
            .map_err(|error| OpenError::Refused(format!("no thread for SQLite: {error}")))?;
        let handle = opened.await.unwrap_or_else(|_| Err(gone()));
        let handle = handle.map_err(|error| {
            if error.is_passing() {
                OpenError::Locked(error.to_string())
            } else {
                OpenError::Refused(error.to_string())
            }
        })?;
        Ok(Self {
            jobs,
            thread,
            interrupter: Interrupter { handle },
        })
    }

    async fn ask<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Database) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        let (sender, answer) = oneshot::channel();
        let job = Box::new(move |database: &mut Database| {
            // Nobody waits any more: then the answer does not matter.
            let _ = sender.send(job(database));
        });
        self.jobs.send(job).map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    pub(super) async fn rows(&self, sql: String) -> Result<Vec<Row>, ServerError> {
        self.ask(move |database| database.rows(&sql)).await
    }

    /// Runs pieces up to the first that fails: which one, and why.
    pub(super) async fn run(&self, pieces: Vec<Piece>) -> Result<(), (usize, ServerError)> {
        let run = move |database: &mut Database| {
            for (index, piece) in pieces.iter().enumerate() {
                if let Err(error) = database.piece(piece) {
                    return Ok(Some((index, error)));
                }
            }
            Ok(None)
        };
        match self.ask(run).await {
            Ok(None) => Ok(()),
            Ok(Some(failed)) => Err(failed),
            Err(error) => Err((0, error)),
        }
    }

    pub(super) async fn back_up(&self, to: std::path::PathBuf) -> Result<(), ServerError> {
        self.ask(move |database| database.back_up(&to)).await
    }

    pub(super) async fn is_read_only(&self) -> Result<bool, ServerError> {
        self.ask(|database| database.is_read_only()).await
    }

    pub(super) async fn enforce(&self, on: bool) -> Result<(), ServerError> {
        self.ask(move |database| database.enforce(on)).await
    }

    pub(super) async fn make(&self) -> Result<(), ServerError> {
        self.ask(Database::make).await
    }

    pub(super) async fn renew(&self) -> Result<(), ServerError> {
        self.ask(Database::renew).await
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
