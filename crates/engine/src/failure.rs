//! The world refused: what happened, what is committed, and what may be done next.

use std::fmt;

use segue_db::{ServerError, postgres::connect::ConnectError};
use segue_sql::Problem;

/// Why a command stopped.
#[derive(Debug)]
pub struct Failure {
    /// What may be done about it.
    pub kind: Kind,
    /// What to tell the user; at least one.
    pub problems: Vec<Problem>,
}

/// What may be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What the user gave is wrong: mend it and run the same command again.
    Input,
    /// The database or its history is in a state that a person has to decide about.
    Refused,
    /// The server refused a statement of a migration: mend it and run the same command again.
    Statement,
    /// A lock was not to be had in time: run the same command again later.
    Locked,
    /// No connection, or the connection ended: run the same command again.
    Connection,
    /// The user stopped it: run the same command again.
    Interrupted,
}

impl Kind {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Refused => "refused",
            Self::Statement => "statement",
            Self::Locked => "locked",
            Self::Connection => "connection",
            Self::Interrupted => "interrupted",
        }
    }
}

impl Failure {
    /// A failure with one problem.
    pub fn new(kind: Kind, problem: Problem) -> Self {
        Self {
            kind,
            problems: vec![problem],
        }
    }

    /// The user stopped it before anything was begun.
    pub fn interrupted_early() -> Self {
        Self::new(
            Kind::Interrupted,
            Problem::new("interrupted; nothing was begun"),
        )
    }

    /// The user stopped it on the way; what was under way is stopped, and what was told as done is done.
    pub fn interrupted() -> Self {
        Self::new(
            Kind::Interrupted,
            Problem::new("interrupted; nothing is under way any more"),
        )
    }

    /// A state that a person has to decide about.
    pub(crate) fn refused(problem: Problem) -> Self {
        Self::new(Kind::Refused, problem)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::new(Kind::Input, problem)
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        Self {
            kind: Kind::Input,
            problems,
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        let problem = Problem::new(error.to_string()).help(error.help());
        Self::new(Kind::Connection, problem)
    }
}

/// No lock within `lock_timeout` (errcodes-appendix.html).
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// For statements of our own, outside of a migration.
impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        let mut problem = describe(Problem::new(error.to_string()), &error);
        let code = error.code().unwrap_or_default();
        if ["SQLITE_READONLY", "SQLITE_CANTOPEN"]
            .iter()
            .any(|name| code.starts_with(name))
        {
            problem = problem
                .note("SQLite writes its journal into the folder of the file")
                .help("give this user the right to write the file and its folder");
        }
        let is_file_locked =
            error.is_passing() && error.code().is_some_and(|code| code.starts_with("SQLITE_"));
        if is_file_locked {
            return Self::new(
                Kind::Locked,
                problem.help("end what keeps the file locked, and run the same command again"),
            );
        }
        if error.code() == Some(LOCK_NOT_AVAILABLE) {
            return Self::new(
                Kind::Locked,
                problem.help("end what blocks it, and run the same command again"),
            );
        }
        let kind = if error.ends_connection() {
            Kind::Connection
        } else {
            Kind::Refused
        };
        Self::new(kind, problem)
    }
}

/// Adds what else the server said.
pub(crate) fn describe(mut problem: Problem, error: &ServerError) -> Problem {
    let ServerError::Refused(refusal) = error else {
        return problem;
    };
    problem = problem.note(refusal.named_code());
    for (name, text) in [
        ("detail", &refusal.detail),
        ("hint", &refusal.hint),
        ("context", &refusal.context),
    ] {
        if let Some(text) = text {
            problem = problem.note(format!("{name}: {text}"));
        }
    }
    if refusal.code == "42501" {
        problem = problem.note("the database user lacks a right for this");
    }
    problem
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("\n"))
    }
}

impl std::error::Error for Failure {}
