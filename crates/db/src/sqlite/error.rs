//! What SQLite reports, as the rest of segue knows it.

use rusqlite::{Error, ErrorCode, ffi};

use crate::{Refusal, ServerError, error::shortened};

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
        position,
        is_passing: matches!(
            code,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        ),
        is_cancelled: code == Some(ErrorCode::OperationInterrupted),
    }))
}

/// The name of a primary result code (rescode.html), and the number of the extended one.
fn name(failure: &ffi::Error) -> String {
    let name = match failure.extended_code & 0xff {
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
    };
    if failure.extended_code > 0xff {
        format!("SQLITE_{name} ({})", failure.extended_code)
    } else {
        format!("SQLITE_{name}")
    }
}
