//! One connection of any kind, and the statements sent over it.

use std::{borrow::Cow, sync::atomic::AtomicBool};

use segue_sql::Dialect;

use crate::{ServerError, postgres, sqlite};

/// A connection in use by segue.
pub enum Session {
    /// To a PostgreSQL server.
    Postgres(Box<postgres::Session>),
    /// To a file of SQLite's.
    Sqlite(sqlite::Session),
}

/// What asks a database to stop the statement that runs, without its session.
pub enum Canceller {
    /// By a request over a connection of its own.
    Postgres(postgres::connect::Cancel),
    /// Within this process.
    Sqlite(sqlite::Interrupter),
}

impl Canceller {
    /// Asks.
    pub async fn cancel(self) {
        match self {
            // A cancel that does not arrive leaves the statement running, which the caller sees.
            Self::Postgres(cancel) => {
                let _ = cancel.cancel().await;
            }
            Self::Sqlite(interrupter) => interrupter.interrupt(),
        }
    }
}

/// One statement of a batch.
#[derive(Debug, Clone)]
pub enum Piece<'a> {
    /// A statement.
    Sql(Cow<'a, str>),
    /// A `COPY … FROM STDIN` and its data.
    Copy {
        /// The statement.
        sql: &'a str,
        /// What it reads.
        data: &'a str,
    },
    /// Notes which rows break a foreign key already (SQLite only).
    NoteForeignKeys,
    /// Fails where rows break a foreign key that did not before (SQLite only).
    CheckForeignKeys,
}

impl<'a> Piece<'a> {
    /// A statement.
    pub fn sql(sql: impl Into<Cow<'a, str>>) -> Self {
        Self::Sql(sql.into())
    }
}

/// A batch that stopped at one of its statements.
#[derive(Debug)]
pub struct BatchError {
    /// Which one, from 0.
    pub index: usize,
    /// Why.
    pub error: ServerError,
}

/// The values of a row as text; `None` is NULL.
pub type Row = Vec<Option<String>>;

impl Session {
    /// Whose SQL it understands.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Postgres(_) => Dialect::Postgres,
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// The rows that a statement gives; of several statements those of all.
    ///
    /// # Errors
    /// What the database refused, or that it is gone.
    pub async fn rows(&self, sql: &str) -> Result<Vec<Row>, ServerError> {
        match self {
            Self::Postgres(session) => session.rows(sql).await,
            Self::Sqlite(session) => session.rows(sql).await,
        }
    }

    /// Runs statements of our own whose rows do not matter.
    ///
    /// # Errors
    /// What the database refused, or that it is gone.
    pub async fn execute(&self, sql: &str) -> Result<(), ServerError> {
        self.rows(sql).await.map(drop)
    }

    /// Runs statements one after the other; `done` hears of each that succeeded. Once `stop` is set nothing
    /// more is sent.
    ///
    /// In a transaction nothing runs behind the failed statement; outside of one give a single statement at
    /// a time.
    ///
    /// # Errors
    /// The first statement that failed.
    pub async fn batch(
        &self,
        pieces: &[Piece<'_>],
        done: &mut (dyn FnMut(usize) + Send),
        stop: &AtomicBool,
    ) -> Result<(), BatchError> {
        match self {
            Self::Postgres(session) => session.batch(pieces, done, stop).await,
            Self::Sqlite(session) => session.batch(pieces, done, stop).await,
        }
    }

    /// What asks the database to stop the statement that runs then, without this session.
    pub fn canceller(&self) -> Canceller {
        match self {
            Self::Postgres(session) => Canceller::Postgres(session.canceller()),
            Self::Sqlite(session) => Canceller::Sqlite(session.interrupter()),
        }
    }

    /// What the server has told beside its answers since the last call: notices and warnings.
    pub fn notices(&self) -> Vec<String> {
        match self {
            Self::Postgres(session) => session.notices(),
            Self::Sqlite(_) => Vec::new(),
        }
    }

    /// Ends the connection and waits until the server knows.
    pub async fn close(self) {
        match self {
            Self::Postgres(session) => session.close().await,
            Self::Sqlite(session) => session.close().await,
        }
    }
}
