//! The arguments of `testdb`.

use std::ffi::OsString;

use clap::{Args as ClapArgs, Subcommand};

/// What `testdb --help` ends with.
pub(super) const TESTDB: &str = "Examples:
  segue testdb -- npm test
  segue testdb --seed -- npx playwright test
  segue testdb --to 20240101_init -- psql
  segue testdb serve --port 5444

The server is that of --shadow-url (or --url), SEGUE_TEST_URL, TEST_DATABASE_URL or `shadow_url` in segue.toml; else a throwaway one
from PostgreSQL binaries on this machine, else the embedded PostgreSQL. Its databases are left alone: test databases
are made beside them.

The command finds the database in DATABASE_URL, in the variables that the project's own tool reads, and in PGHOST, PGDATABASE…
Exit codes: those of the command (128 and the signal's number where one ended it); 127: there is no such command;
126: it cannot be run; 1: there is no database.";

/// `testdb`.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Testdb {
    #[command(subcommand)]
    pub(crate) action: Option<TestdbAction>,
    #[command(flatten)]
    pub(crate) made: Made,
    /// The command and its arguments, behind `--`
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// What else `testdb` does.
#[derive(Debug, Subcommand)]
pub(crate) enum TestdbAction {
    /// Hand out databases over HTTP on this machine, until Ctrl-C: POST /databases makes one, DELETE /databases/NAME removes it
    Serve(Serve),
}

/// What the databases are like, and where.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Made {
    /// The server: a URL of any of its databases, as a role that may create databases
    #[arg(long, value_name = "URL")]
    pub(crate) shadow_url: Option<String>,
    /// The last migration to apply [default: all]
    #[arg(long, value_name = "MIGRATION")]
    pub(crate) to: Option<String>,
    /// Run the project's seed in each database
    #[arg(long)]
    pub(crate) seed: bool,
}

/// `testdb serve`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) made: Made,
    /// The port to listen on [default: a free one, which is printed]
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub(crate) port: u16,
    /// End when standard input is closed: with whoever has started this
    #[arg(long)]
    pub(crate) until_stdin_closes: bool,
}
