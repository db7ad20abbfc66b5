//! What SQLite reports, as the rest of segue knows it.

use rusqlite::{Error, ErrorCode, ffi};

use crate::{Refusal, ServerError, error::shortened};

/// What went wrong in a statement; where SQLite names a table and not its place, the place is looked for.
pub(super) fn of_statement(error: &Error, sql: &str) -> ServerError {
    let mut error = server_error(error);
    if let ServerError::Refused(refusal) = &mut error
        && refusal.position.is_none()
    {
        refusal.position = missing_table(&refusal.message)
            .and_then(|name| only_place(sql, name))
            .map(|place| sql[..place].chars().count() + 1);
    }
    error
}

fn missing_table(message: &str) -> Option<&str> {
    let name = message.strip_prefix("no such table: ")?;
    Some(name.strip_prefix("main.").unwrap_or(name))
}

/// Where a text stands as a word of its own, if it does so once.
fn only_place(sql: &str, word: &str) -> Option<usize> {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = sql.match_indices(word).map(|(at, _)| at).filter(|at| {
        !sql[..*at].ends_with(is_of_word) && !sql[at + word.len()..].starts_with(is_of_word)
    });
    let place = places.next()?;
    places.next().is_none().then_some(place)
}

pub(super) fn server_error(error: &Error) -> ServerError {
    let (failure, message, position) = match error {
        Error::SqliteFailure(failure, message) => {
            let message = message.clone().unwrap_or_else(|| failure.to_string());
            (Some(*failure), message, None)
        }
        Error::SqlInputError {
            error,
            msg,
            sql,
            offset,
        } => {
            let before = usize::try_from(*offset)
                .ok()
                .and_then(|offset| sql.get(..offset));
            (
                Some(*error),
                msg.clone(),
                before.map(|text| text.chars().count() + 1),
            )
        }
        other => (None, other.to_string(), None),
    };
    let code = failure.map(|failure| failure.code);
    ServerError::Refused(Box::new(Refusal {
        code: failure.map_or_else(|| "SQLITE_ERROR".to_owned(), |failure| name(&failure)),
        message: shortened(&message),
        detail: None,
        hint: None,
        context: None,
        constraint: None,
        position,
        is_passing: matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        ),
        is_cancelled: code == Some(ErrorCode::OperationInterrupted),
    }))
}

/// The name of a result code (rescode.html); of an extended one that is not known here its number.
fn name(failure: &ffi::Error) -> String {
    let extended = match failure.extended_code {
        ffi::SQLITE_BUSY_RECOVERY => "BUSY_RECOVERY",
        ffi::SQLITE_BUSY_SNAPSHOT => "BUSY_SNAPSHOT",
        ffi::SQLITE_READONLY_DIRECTORY => "READONLY_DIRECTORY",
        ffi::SQLITE_READONLY_DBMOVED => "READONLY_DBMOVED",
        ffi::SQLITE_CONSTRAINT_CHECK => "CONSTRAINT_CHECK",
        ffi::SQLITE_CONSTRAINT_DATATYPE => "CONSTRAINT_DATATYPE",
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "CONSTRAINT_FOREIGNKEY",
        ffi::SQLITE_CONSTRAINT_NOTNULL => "CONSTRAINT_NOTNULL",
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => "CONSTRAINT_PRIMARYKEY",
        ffi::SQLITE_CONSTRAINT_TRIGGER => "CONSTRAINT_TRIGGER",
        ffi::SQLITE_CONSTRAINT_UNIQUE => "CONSTRAINT_UNIQUE",
        other if other > 0xff => {
            return format!("SQLITE_{} ({other})", primary(other & 0xff));
        }
        other => primary(other),
    };
    format!("SQLITE_{extended}")
}

fn primary(code: i32) -> &'static str {
    match code {
        ffi::SQLITE_PERM => "PERM",
        ffi::SQLITE_ABORT => "ABORT",
        ffi::SQLITE_BUSY => "BUSY",
        ffi::SQLITE_LOCKED => "LOCKED",
        ffi::SQLITE_NOMEM => "NOMEM",
        ffi::SQLITE_READONLY => "READONLY",
        ffi::SQLITE_INTERRUPT => "INTERRUPT",
        ffi::SQLITE_IOERR => "IOERR",
        ffi::SQLITE_CORRUPT => "CORRUPT",
        ffi::SQLITE_FULL => "FULL",
        ffi::SQLITE_CANTOPEN => "CANTOPEN",
        ffi::SQLITE_SCHEMA => "SCHEMA",
        ffi::SQLITE_TOOBIG => "TOOBIG",
        ffi::SQLITE_CONSTRAINT => "CONSTRAINT",
        ffi::SQLITE_MISMATCH => "MISMATCH",
        ffi::SQLITE_AUTH => "AUTH",
        ffi::SQLITE_NOTADB => "NOTADB",
        _ => "ERROR",
    }
}
