//! How a connection is opened, and opened again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, Error, OpenFlags, ffi, functions::FunctionFlags};

use super::{Location, Open, Path};

/// What every connection of a session is like.
pub(super) struct Opening {
    location: Location,
    foreign_keys: bool,
    busy: Duration,
    makes_folder: bool,
    /// The file is not there and may be made, but nobody has asked to write yet.
    is_awaited: bool,
    /// When the transaction began, for the histories that keep how long a migration took.
    began: Arc<Mutex<Instant>>,
}

impl Opening {
    pub(super) fn new(location: &Location, open: &Open) -> Self {
        let is_awaited = matches!(&location.path, Path::File(path) if !path.exists());
        Self {
            location: location.clone(),
            foreign_keys: open.foreign_keys,
            busy: open.busy,
            makes_folder: open.makes_folder,
            is_awaited,
            began: Arc::new(Mutex::new(Instant::now())),
        }
    }

    /// Opens a connection, which waits up to `patience` for others to let it read. In the place of a file that
    /// is still to be made there is an empty database in memory.
    pub(super) fn open(&self, patience: Duration) -> Result<Connection, Error> {
        let connection = match &self.location.path {
            Path::File(path) if !self.is_awaited => {
                Connection::open_with_flags(path, self.flags())?
            }
            Path::File(_) | Path::Memory => Connection::open_in_memory()?,
        };
        connection.busy_timeout(patience)?;
        self.set_foreign_keys(&connection)?;
        self.add_functions(&connection)?;
        // The file is read for the first time here: what is no database is told now.
        connection
            .query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))
            .or_else(|error| match error {
                Error::QueryReturnedNoRows => Ok(()),
                other => Err(other),
            })?;
        connection.busy_timeout(self.busy)?;
        Ok(connection)
    }

    /// Opens a connection in the place of one that has been in use.
    pub(super) fn open_again(&self) -> Result<Connection, Error> {
        self.open(self.busy)
    }

    /// Makes the file possible that was awaited; whether a new connection is needed for it.
    pub(super) fn arrive(&mut self) -> Result<bool, Error> {
        if !self.is_awaited {
            return Ok(false);
        }
        if let Path::File(path) = &self.location.path
            && let Some(folder) = path.parent()
            && self.makes_folder
        {
            std::fs::create_dir_all(folder).map_err(|error| {
                let shown = segue_project::shown_path(folder);
                Error::SqliteFailure(
                    ffi::Error::new(ffi::SQLITE_CANTOPEN),
                    Some(format!("cannot make the folder `{shown}`: {error}")),
                )
            })?;
        }
        self.is_awaited = false;
        Ok(true)
    }

    /// Whether there is a file to open once more: what is in memory would be gone.
    pub(super) fn is_of_file(&self) -> bool {
        !self.is_awaited && matches!(self.location.path, Path::File(_))
    }

    /// Whether foreign keys are to be enforced from now on.
    pub(super) fn enforce(&mut self, on: bool) {
        self.foreign_keys = on;
    }

    pub(super) fn set_foreign_keys(&self, connection: &Connection) -> Result<(), Error> {
        connection.pragma_update(None, "foreign_keys", self.foreign_keys)
    }

    /// Notes that a transaction begins.
    pub(super) fn begin(&self) {
        let mut began = self.began.lock().unwrap_or_else(PoisonError::into_inner);
        *began = Instant::now();
    }

    /// What the histories ask of our connection (`history/sqlite.rs`).
    fn add_functions(&self, connection: &Connection) -> Result<(), Error> {
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
        )
    }

    fn flags(&self) -> OpenFlags {
        let access = if self.location.read_only {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            // Only a file that was awaited is missing here.
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        };
        access | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }
}
