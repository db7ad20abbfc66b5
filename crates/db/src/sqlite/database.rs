//! A connection in its thread, and what is remembered about it.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{
    Batch, Connection, Error, InterruptHandle, fallible_iterator::FallibleIterator, types::ValueRef,
};

use super::{
    error::{of_statement, server_error},
    foreign_keys::{Complaint, Noted, refusal},
    opening::Opening,
};
use crate::{Piece, Row, ServerError};

/// See [`super::Interrupter`].
pub(super) type Handle = Arc<Mutex<InterruptHandle>>;

/// How many pages are copied before others may write again.
const PAGES: std::ffi::c_int = 4096;

/// A connection and what is remembered about it.
pub(super) struct Database {
    /// `None` where it could not be opened again.
    connection: Option<Connection>,
    opening: Opening,
    handle: Handle,
    /// What broke a foreign key already before the migration.
    noted: Noted,
}

impl Database {
    pub(super) fn new(connection: Connection, opening: Opening) -> Self {
        Self {
            handle: Arc::new(Mutex::new(connection.get_interrupt_handle())),
            connection: Some(connection),
            opening,
            noted: Noted::default(),
        }
    }

    pub(super) fn handle(&self) -> Handle {
        Arc::clone(&self.handle)
    }

    fn connection(&self) -> Result<&Connection, ServerError> {
        let gone = || ServerError::Lost("the file could not be opened again".to_owned());
        self.connection.as_ref().ok_or_else(gone)
    }

    pub(super) fn rows(&self, sql: &str) -> Result<Vec<Row>, ServerError> {
        rows(self.connection()?, sql).map_err(|error| server_error(&error))
    }

    /// Copies the database into a file, which is made, by SQLite's online backup: others may write meanwhile. Within a transaction
    /// the copy is of what that sees.
    pub(super) fn back_up(&self, to: &std::path::Path) -> Result<(), ServerError> {
        let connection = self.connection()?;
        let copy = || {
            let mut copy = Connection::open(to)?;
            let backup = rusqlite::backup::Backup::new(connection, &mut copy)?;
            backup.run_to_completion(PAGES, std::time::Duration::ZERO, None)
        };
        copy().map_err(|error| server_error(&error))
    }

    pub(super) fn is_read_only(&self) -> Result<bool, ServerError> {
        self.connection()?
            .is_readonly("main")
            .map_err(|error| server_error(&error))
    }

    pub(super) fn piece(&mut self, piece: &Piece) -> Result<(), ServerError> {
        let connection = self.connection()?;
        match piece {
            Piece::Sql(sql) => {
                if connection.is_autocommit() {
                    self.opening.begin();
                }
                run(connection, sql).map_err(|error| of_statement(&error, sql))
            }
            Piece::NoteForeignKeys => {
                let noted = Noted::of(connection).map_err(|error| server_error(&error))?;
                self.noted = noted;
                Ok(())
            }
            Piece::CheckForeignKeys => {
                self.noted
                    .check(connection)
                    .map_err(|complaint| match complaint {
                        Complaint::Sqlite(error) => server_error(&error),
                        Complaint::Rows(detail) => refusal(detail),
                    })
            }
            Piece::Copy { .. } => unreachable!("SQLite's scripts have no COPY"),
        }
    }

    /// Enforces foreign keys from now on, or does not.
    pub(super) fn enforce(&mut self, on: bool) -> Result<(), ServerError> {
        self.opening.enforce(on);
        let set = self.opening.set_foreign_keys(self.connection()?);
        set.map_err(|error| server_error(&error))
    }

    /// Makes the file that has been missing.
    pub(super) fn make(&mut self) -> Result<(), ServerError> {
        let arrived = self.opening.arrive();
        if arrived.map_err(|error| server_error(&error))? {
            self.renew()?;
        }
        Ok(())
    }

    /// Opens the file again: nothing that a connection remembers is left.
    pub(super) fn renew(&mut self) -> Result<(), ServerError> {
        let renewed = if self.opening.is_of_file() {
            // First the old one ends: it may hold the file for itself (PRAGMA locking_mode).
            self.connection = None;
            self.opening.open_again().map(|connection| {
                let mut handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
                *handle = connection.get_interrupt_handle();
                self.connection = Some(connection);
            })
        } else {
            self.opening.set_foreign_keys(self.connection()?)
        };
        renewed.map_err(|error| server_error(&error))
    }
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
            let mut values = Row::with_capacity(columns);
            for column in 0..columns {
                values.push(text(row.get_ref(column)?));
            }
            all.push(values);
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
            // To look for what is no UTF-8 is several times slower.
            let text = str::from_utf8(bytes).map(str::to_owned);
            Some(text.unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned()))
        }
    }
}
