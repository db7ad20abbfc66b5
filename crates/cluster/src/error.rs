//! What can go wrong, and what to do about it. No message holds a password: none is ever on a command
//! line, and the statement that sets one is not repeated.

use crate::Version;
use std::{io, path::PathBuf};

/// Why a cluster could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// This is no Unix system.
    #[error("servers on this machine are started on Unix systems only")]
    Unsupported,
    /// No server binaries at all.
    #[error(
        "no PostgreSQL server is installed here; install one (`apt-get install postgresql`, \
         `dnf install postgresql-server`, `brew install postgresql`) or set SEGUE_PG_BIN to the folder \
         that holds its `postgres` and `initdb`"
    )]
    NotInstalled,
    /// Some servers, but not this one.
    #[error(
        "no PostgreSQL {wanted} server is installed here (found: {found}); install it \
         (`apt-get install postgresql-{wanted}`) or set SEGUE_PG_BIN to the folder that holds it"
    )]
    NoSuchVersion {
        /// The major version asked for.
        wanted: u32,
        /// The versions that are there, as a list for reading.
        found: String,
    },
    /// A folder was named, but it holds no server.
    #[error("{} holds no working `postgres` and `initdb`; name the `bin` folder of an installation", .0.display())]
    NotAnInstallation(PathBuf),
    /// An environment variable that makes no sense.
    #[error("{variable} is {value:?}, which is no PostgreSQL major version such as 15")]
    NotAVersion {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        value: String,
    },
    /// No PgBouncer.
    #[error("PgBouncer is not installed here; install it (`apt-get install pgbouncer`)")]
    NoPooler,
    /// We are root, PostgreSQL refuses to be, and there is nobody else.
    #[error(
        "PostgreSQL does not run as root and neither of the users `postgres` and `nobody` is in \
         /etc/passwd; create one, or run as another user"
    )]
    NoAccount,
    /// Our folder below the temporary folder is not safely ours.
    #[error("{}: {reason}; remove it, or set TMPDIR to a folder of your own", .path.display())]
    UnsafeFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The system refused something.
    #[error("could not {doing} {}: {source}", .path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A preparing command failed.
    #[error("{command} failed ({status}):\n{output}")]
    Command {
        /// The command's name.
        command: &'static str,
        /// How it ended.
        status: String,
        /// What it said.
        output: String,
    },
    /// The server ended instead of becoming ready.
    #[error(
        "PostgreSQL {version} ended before it was ready ({status}); the end of its log:\n{log}"
    )]
    Ended {
        /// Which server.
        version: Version,
        /// How it ended.
        status: String,
        /// The last lines of its log.
        log: String,
    },
    /// The server did not become ready in time.
    #[error(
        "PostgreSQL {version} was not ready after {seconds} s, is the machine overloaded? \
         The end of its log:\n{log}"
    )]
    TooSlow {
        /// Which server.
        version: Version,
        /// How long we waited.
        seconds: u64,
        /// The last lines of its log.
        log: String,
    },
    /// The server is up, but setting its password failed.
    #[error("could not set the password of the new cluster: {0}")]
    Password(#[source] ClientError),
}

impl StartError {
    /// For `map_err` on input and output.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// Why `psql` or `pg_dump` did not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The program is missing, or too old for the server.
    #[error(
        "no {program} that can talk to PostgreSQL {server} is installed here; install one \
         (`apt-get install postgresql-client`)"
    )]
    Missing {
        /// `psql` or `pg_dump`.
        program: &'static str,
        /// The server's version.
        server: Version,
    },
    /// The program could not be run.
    #[error("could not run {program}: {source}")]
    Io {
        /// `psql` or `pg_dump`.
        program: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The program ran and failed.
    #[error("{program} failed ({status}):\n{stderr}")]
    Failed {
        /// `psql` or `pg_dump`.
        program: &'static str,
        /// How it ended.
        status: String,
        /// What it said, with the server's message.
        stderr: String,
    },
}
