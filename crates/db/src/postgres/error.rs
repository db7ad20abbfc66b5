//! What a server answered when it refused, or that it did not answer at all.

use std::fmt;

use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

/// A statement that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerError {
    /// The server refused the statement and said why.
    Refused(Box<Refusal>),
    /// The connection ended before there was an answer; whether the statement took effect is unknown.
    Lost(String),
    /// The statement was not sent, because its caller wanted to stop.
    NotSent,
}

/// The fields of PostgreSQL's error message (protocol-error-fields.html) that help a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE, five characters.
    pub code: String,
    /// The message itself.
    pub message: String,
    /// Field D.
    pub detail: Option<String>,
    /// Field H.
    pub hint: Option<String>,
    /// Field W: where in a function or trigger.
    pub context: Option<String>,
    /// Field P: the character in the statement, from 1.
    pub position: Option<usize>,
}

impl ServerError {
    pub(crate) fn of(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self::Refused(Box::new(Refusal::of(db))),
            None => Self::Lost(chain(error)),
        }
    }

    /// The SQLSTATE, if the server answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused(refusal) => Some(&refusal.code),
            Self::Lost(_) | Self::NotSent => None,
        }
    }

    /// Whether the same statement may succeed a moment later, with nothing changed by anybody:
    /// a lock was not to be had in time, or a deadlock or serialization failure made us the victim.
    pub fn is_passing(&self) -> bool {
        [
            &SqlState::LOCK_NOT_AVAILABLE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::T_R_SERIALIZATION_FAILURE,
        ]
        .iter()
        .any(|state| self.code() == Some(state.code()))
    }

    /// Whether the connection is of no use any more: lost, or the server is going away (class 57P).
    pub fn ends_connection(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.code.starts_with("57P"),
            Self::Lost(_) => true,
            Self::NotSent => false,
        }
    }

    /// Whether somebody asked the server to stop the statement.
    pub fn is_cancelled(&self) -> bool {
        self.code() == Some(SqlState::QUERY_CANCELED.code())
    }
}

impl Refusal {
    fn of(db: &DbError) -> Self {
        Self {
            code: db.code().code().to_owned(),
            message: db.message().to_owned(),
            detail: db.detail().map(str::to_owned),
            hint: db.hint().map(str::to_owned),
            context: db.where_().map(str::to_owned),
            position: match db.position() {
                Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
                _ => None,
            },
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.message),
            Self::NotSent => f.write_str("the statement was not sent"),
            Self::Lost(cause) => write!(f, "the connection to the server was lost ({cause})"),
        }
    }
}

impl std::error::Error for ServerError {}
