//! One connection of any kind, and the statements sent over it.

use std::{
    borrow::Cow,
    ops::{Deref, Range},
    sync::{Arc, atomic::AtomicBool},
};

use segue_sql::{Dialect, Source};

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
    Postgres(Box<postgres::connect::Cancel>),
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
pub enum Piece {
    /// A statement.
    Sql(Text),
    /// A `COPY … FROM STDIN` and its data.
    Copy {
        /// The statement.
        sql: Text,
        /// What it reads.
        data: Text,
    },
    /// Notes which rows break a foreign key already (SQLite only).
    NoteForeignKeys,
    /// Fails where rows break a foreign key that did not before (SQLite only).
    CheckForeignKeys,
}

/// SQL, or data. A part of a file is not copied: it can be 50 MB.
#[derive(Debug, Clone)]
pub enum Text {
    /// Of our own.
    Own(Cow<'static, str>),
    /// So many bytes of a file.
    Part(Arc<Source>, Range<usize>),
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Own(text) => text,
            Self::Part(source, span) => &source.text[span.clone()],
        }
    }
}

impl Piece {
    /// A statement of our own.
    pub fn own(sql: impl Into<Cow<'static, str>>) -> Self {
        Self::Sql(Text::Own(sql.into()))
    }

    /// A statement of a file.
    pub fn part(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self::Sql(Text::Part(Arc::clone(source), span))
    }
}

/// The statements of a batch, each with the number that its caller knows it by.
pub type Pieces<'a> = dyn Iterator<Item = (usize, Piece)> + Send + 'a;

/// A batch that stopped at one of its statements.
#[derive(Debug)]
pub struct BatchError {
    /// Which one, by its caller's number.
    pub number: usize,
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

    /// How many rows each of some statements gave or wrote; zero for those that do neither. SQLite does not tell: nothing.
    ///
    /// # Errors
    /// What the database refused, or that it is gone.
    pub async fn counts(&self, sql: &str) -> Result<Vec<u64>, ServerError> {
        match self {
            Self::Postgres(session) => session.counts(sql).await,
            Self::Sqlite(session) => session.rows(sql).await.map(|_| Vec::new()),
        }
    }

    /// Runs statements one after the other, taking each when its turn comes; `done` hears of each that succeeded. Once `stop` is set nothing
    /// more is sent.
    ///
    /// In a transaction nothing runs behind the failed statement; outside of one give a single statement at
    /// a time.
    ///
    /// # Errors
    /// The first statement that failed.
    pub async fn batch(
        &self,
        pieces: &mut Pieces<'_>,
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
            Self::Postgres(session) => Canceller::Postgres(Box::new(session.canceller())),
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
