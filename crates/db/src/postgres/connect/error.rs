//! Why there is no connection, by what may be done next.
//!
//! Owns: reading tokio-postgres's errors, their texts without secrets, the next step for the user.
//! Source of the codes: PostgreSQL 17, Appendix A, "PostgreSQL Error Codes".

use std::{error::Error, io, time::Duration};

use tokio_postgres::error::{DbError, SqlState};

use super::attempt::is_our_permission;
use crate::postgres::{
    tls::{self, SetupError},
    url::{Endpoint, Target},
};

/// There is no connection. Every text names the target without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody answers, or not yet: it may pass.
    #[error("cannot reach {target}: {cause}{}", tries(*.attempts, *.waited))]
    Unreachable {
        /// As [`Target::describe`] says.
        target: String,
        /// Why, for each host if they differ.
        cause: String,
        /// The SQLSTATE, if a server answered: 53300 without a free connection, 57P03 while it starts.
        code: Option<String>,
        /// How many attempts were made.
        attempts: u32,
        /// How long they took with their pauses.
        waited: Duration,
    },
    /// The server does not let us in.
    #[error("no login to {target}: {rejection}")]
    Authentication {
        /// As [`Target::describe`] says.
        target: String,
        /// The user who is not let in.
        user: String,
        /// Why.
        rejection: Rejection,
    },
    /// The server has no such database.
    #[error("{target} does not exist")]
    MissingDatabase {
        /// As [`Target::describe`] says.
        target: String,
        /// The database's name.
        name: String,
    },
    /// There is no encryption as it is asked for.
    #[error("no encrypted connection to {target}: {cause}")]
    Tls {
        /// As [`Target::describe`] says.
        target: String,
        /// Why.
        cause: String,
        /// What to do about it.
        help: String,
    },
    /// The server answers and says no for another reason.
    #[error("{target} refuses: {message}")]
    Refused {
        /// As [`Target::describe`] says.
        target: String,
        /// What the server says, with its detail.
        message: String,
        /// The server's hint.
        hint: Option<String>,
        /// The SQLSTATE, if it was the server that spoke.
        code: Option<String>,
    },
}

/// Why a login failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The server wants a password and we have none.
    #[error("the server asks for a password, and none was found")]
    NoPassword,
    /// The server says no.
    #[error("{message}")]
    Server {
        /// What it says.
        message: String,
        /// The SQLSTATE: 28P01 for a wrong password, 28000 for all else.
        code: String,
    },
    /// No way to prove who we are that both sides know and want.
    #[error("{0}")]
    Method(String),
}

fn tries(attempts: u32, waited: Duration) -> String {
    match attempts {
        0 | 1 => String::new(),
        _ => format!(" (tried {attempts} times in {:.1} s)", waited.as_secs_f64()),
    }
}

impl ConnectError {
    /// The next step. The caller adds where the URL came from.
    pub fn help(&self) -> String {
        match self {
            Self::Unreachable { code, .. } => match code.as_deref() {
                Some("53300") => {
                    "close connections that nobody needs; to wait for a free one, use \
                     `--connect-timeout 30s`"
                }
                Some(_) => "to wait until the server is ready, use `--connect-timeout 30s`",
                None => {
                    "check host and port, and that the server runs; to wait for a server that is \
                     about to start, use `--connect-timeout 30s`"
                }
            }
            .into(),
            Self::Authentication {
                user, rejection, ..
            } => rejection.help(user),
            Self::MissingDatabase { name, .. } => {
                let name = name.escape_debug();
                format!("check the name, or use `--create-database` to create `{name}`")
            }
            Self::Tls { help, .. } => help.clone(),
            Self::Refused { hint, code, .. } => match (hint, code.as_deref()) {
                (Some(hint), _) => hint.clone(),
                (None, Some("42501")) => {
                    "let an administrator grant it, or use a user who may".into()
                }
                _ => "the server's log may say more".into(),
            },
        }
    }

    /// Why, without the target.
    pub(super) fn cause(&self) -> String {
        match self {
            Self::Unreachable { cause, .. } | Self::Tls { cause, .. } => cause.clone(),
            Self::Authentication { rejection, .. } => rejection.to_string(),
            Self::MissingDatabase { .. } => "the database does not exist".into(),
            Self::Refused { message, .. } => message.clone(),
        }
    }

    pub(super) fn after(mut self, tries: u32, time: Duration) -> Self {
        if let Self::Unreachable {
            attempts, waited, ..
        } = &mut self
        {
            (*attempts, *waited) = (tries, time);
        }
        self
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self, Self::Tls { .. })
    }

    /// pg_hba.conf has no line for this user, database, address and encryption, or one that rejects.
    pub(super) fn is_refused_by_hba(&self) -> bool {
        matches!(
            self,
            Self::Authentication { rejection: Rejection::Server { message, code }, .. }
                if code == "28000" && message.contains("pg_hba.conf")
        )
    }
}

impl Rejection {
    fn help(&self, user: &str) -> String {
        let user = user.escape_debug();
        match self {
            Self::NoPassword => {
                format!(
                    "give it by PGPASSWORD or ~/.pgpass, or write the URL as \
                     `postgres://{user}:PASSWORD@host/database`"
                )
            }
            Self::Server { code, .. } if code == "28P01" => format!(
                "check the password of `{user}`; in a URL write `@ : / ? # %` in it as \
                 `%40 %3A %2F %3F %23 %25`"
            ),
            Self::Server { message, .. } if message.contains("no encryption") => {
                "the server may want encryption: add `sslmode=require` to the URL".into()
            }
            Self::Server { message, .. } if message.contains("pg_hba.conf") => {
                format!("let the server's pg_hba.conf allow `{user}` from this machine")
            }
            Self::Server { .. } => format!("check that `{user}` is the right user"),
            Self::Method(_) => {
                "segue can log in by SCRAM, MD5, clear password, client certificate, \
                 and where the server trusts us"
                    .into()
            }
        }
    }
}

/// An attempt's failure.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it is for the user.
    pub(super) error: ConnectError,
    /// Whether the same attempt may succeed later.
    pub(super) may_pass: bool,
}

impl Failure {
    /// Nobody answered.
    pub(super) fn unreachable(target: &Target, cause: impl Into<String>) -> Self {
        let error = ConnectError::Unreachable {
            target: target.describe(),
            cause: cause.into(),
            code: None,
            attempts: 1,
            waited: Duration::ZERO,
        };
        Self {
            error,
            may_pass: true,
        }
    }

    /// A server answered, and is not ready for us.
    fn not_ready(target: &Target, error: &DbError) -> Self {
        Self::unreachable(target, error.message()).with_code(Some(error.code().code().to_owned()))
    }

    fn with_code(mut self, said: Option<String>) -> Self {
        if let ConnectError::Unreachable { code, .. } = &mut self.error {
            *code = said;
        }
        self
    }

    /// Our side's certificates cannot be used.
    pub(super) fn setup(target: &Target, error: &SetupError) -> Self {
        Self::tls(target, error.to_string(), error.help)
    }

    /// Failures of several addresses, one cause for each that differs.
    pub(super) fn united(target: &Target, failures: Vec<(Endpoint, Failure)>) -> Self {
        let mut causes: Vec<(String, String)> = Vec::new();
        let mut code = None;
        for (endpoint, failure) in failures {
            if let ConnectError::Unreachable {
                code: Some(said), ..
            } = &failure.error
            {
                code = Some(said.clone());
            }
            let cause = (endpoint.to_string(), failure.error.cause());
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
        let cause = match causes.as_slice() {
            [(_, cause)] => cause.clone(),
            causes => {
                let each = causes
                    .iter()
                    .map(|(endpoint, cause)| format!("{endpoint}: {cause}"));
                each.collect::<Vec<_>>().join("; ")
            }
        };
        Self::unreachable(target, cause).with_code(code)
    }

    /// What tokio-postgres's error means. It has no public kinds: what is not the server's own error
    /// is told by its source's type, else by its text.
    pub(super) fn of(target: &Target, error: &tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            return Self::of_server(target, server);
        }
        if let Some(error) = find::<rustls::Error>(error) {
            let (cause, help) = tls::explain(error);
            return Self::tls(target, cause, help);
        }
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        match error.to_string().as_str() {
            "error performing TLS handshake" if source.contains("does not support TLS") => {
                let help = "let the server's administrator set `ssl = on`; `sslmode=prefer` does \
                            without encryption where the server has none";
                Self::tls(target, "the server has no TLS", help)
            }
            "error performing TLS handshake" => {
                Self::tls(target, source, tls::help_with_handshake(&target.tls))
            }
            "invalid configuration" if source == "password missing" => {
                Self::authentication(target, Rejection::NoPassword)
            }
            "authentication error" => Self::authentication(target, Rejection::Method(source)),
            "unexpected message from server" | "error parsing response from server" => {
                Self::refused(
                    target,
                    "what answers there is not a PostgreSQL server",
                    None,
                )
            }
            _ => match find::<io::Error>(error).filter(|error| is_our_permission(error)) {
                Some(error) => Self::refused(target, error.to_string(), None),
                None => Self::unreachable(target, causes(error)),
            },
        }
    }

    fn of_server(target: &Target, error: &DbError) -> Self {
        let code = error.code();
        let message = error.message().to_owned();
        let is_poolers = code.code().starts_with("08");
        match code {
            &SqlState::CANNOT_CONNECT_NOW
            | &SqlState::TOO_MANY_CONNECTIONS
            | &SqlState::ADMIN_SHUTDOWN
            | &SqlState::CRASH_SHUTDOWN => Self::not_ready(target, error),
            &SqlState::INVALID_CATALOG_NAME => Self::missing(target),
            // PgBouncer's one code for everything, before 1.19 also for this.
            _ if is_poolers && message.starts_with("no such database") => Self::missing(target),
            _ if is_poolers && !message.starts_with("no such") => Self::not_ready(target, error),
            &SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
                let code = code.code().to_owned();
                Self::authentication(target, Rejection::Server { message, code })
            }
            _ => {
                let detail = error.detail().map(|detail| format!(" ({detail})"));
                let message = message + &detail.unwrap_or_default();
                Self::refused(target, message, Some(error))
            }
        }
    }

    fn tls(target: &Target, cause: impl Into<String>, help: impl Into<String>) -> Self {
        Self::lasting(ConnectError::Tls {
            target: target.describe(),
            cause: cause.into(),
            help: help.into(),
        })
    }

    fn authentication(target: &Target, rejection: Rejection) -> Self {
        Self::lasting(ConnectError::Authentication {
            target: target.describe(),
            user: target.user().to_owned(),
            rejection,
        })
    }

    fn missing(target: &Target) -> Self {
        Self::lasting(ConnectError::MissingDatabase {
            target: target.describe(),
            name: target.database().to_owned(),
        })
    }

    fn refused(target: &Target, message: impl Into<String>, error: Option<&DbError>) -> Self {
        Self::lasting(ConnectError::Refused {
            target: target.describe(),
            message: message.into(),
            hint: error.and_then(DbError::hint).map(str::to_owned),
            code: error.map(|error| error.code().code().to_owned()),
        })
    }

    fn lasting(error: ConnectError) -> Self {
        Self {
            error,
            may_pass: false,
        }
    }
}

/// The first of that type among an error's causes. An `io::Error` hides the error that it was made
/// of from `source`, so it is asked for it.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// The causes, innermost only where the outer ones say nothing by themselves.
pub(super) fn causes(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(server), _) => server.message().to_owned(),
        (None, Some(source)) => source.to_string(),
        (None, None) => error.to_string(),
    }
}
