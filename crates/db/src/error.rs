//! What a database answered when it refused, or that it did not answer at all.

use std::fmt;

/// A statement that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerError {
    /// The database refused the statement and said why.
    Refused(Box<Refusal>),
    /// The connection ended before there was an answer; whether the statement took effect is unknown.
    Lost(String),
    /// The statement was not sent, because its caller wanted to stop.
    NotSent,
}

/// What helps a person of an error message: the fields of PostgreSQL's (protocol-error-fields.html), or what
/// SQLite tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE, five characters; or the name of SQLite's result code (rescode.html).
    pub code: String,
    /// The message itself.
    pub message: String,
    /// Field D.
    pub detail: Option<String>,
    /// Field H.
    pub hint: Option<String>,
    /// Field W: where in a function or trigger.
    pub context: Option<String>,
    /// Field n: the constraint that a row breaks.
    pub constraint: Option<String>,
    /// Field P: the character in the statement, from 1.
    pub position: Option<usize>,
    /// Whether the same statement may succeed a moment later, with nothing changed by anybody: a lock was not
    /// to be had in time, or a deadlock or serialization failure made us the victim.
    pub is_passing: bool,
    /// Whether somebody asked the database to stop the statement.
    pub is_cancelled: bool,
}

impl ServerError {
    /// The SQLSTATE or result code, if there was an answer.
    pub fn code(&self) -> Option<&str> {
        self.refusal().map(|refusal| refusal.code.as_str())
    }

    /// See [`Refusal::is_passing`].
    pub fn is_passing(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.is_passing)
    }

    /// See [`Refusal::is_cancelled`].
    pub fn is_cancelled(&self) -> bool {
        self.refusal().is_some_and(|refusal| refusal.is_cancelled)
    }

    /// Whether the connection is of no use any more: lost, or the server is going away (class 57P).
    pub fn ends_connection(&self) -> bool {
        match self {
            Self::Refused(refusal) => refusal.code.starts_with("57P"),
            Self::Lost(_) => true,
            Self::NotSent => false,
        }
    }

    fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::Lost(_) | Self::NotSent => None,
        }
    }
}

impl Refusal {
    /// The code with what it is a code of.
    pub fn named_code(&self) -> String {
        if self.code.starts_with("SQLITE_") {
            self.code.clone()
        } else {
            format!("SQLSTATE {}", self.code)
        }
    }
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

/// How many bytes of a database's words are kept: PostgreSQL repeats the value that it could not read, and SQLite
/// the word that it stopped at, and both can be megabytes of a seed.
const LONGEST: usize = 4000;

/// A database's words, without their middle where they are too long to be read.
pub(crate) fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let start = &text[..text.floor_char_boundary(LONGEST / 2)];
    let end = &text[text.ceil_char_boundary(text.len() - LONGEST / 2)..];
    let left_out = text.len() - start.len() - end.len();
    format!("{start} … ({left_out} bytes more) … {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_lose_their_middle() {
        let long = format!("first {} last", "ž".repeat(1_000_000));
        let short = shortened(&long);
        assert!(short.starts_with("first ž") && short.ends_with("ž last"));
        assert!(
            short.len() < LONGEST + 100 && short.contains("1996"),
            "{short}"
        );
        assert_eq!(shortened("short"), "short");
    }
}
