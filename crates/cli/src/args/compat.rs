//! The arguments of `compat`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

/// What `compat --help` ends with.
pub(super) const COMPAT: &str = "A workload is a folder of .sql files or of sqlx's `.sqlx`, a .sql file, a file that `segue compat record` has written, a
server's log, `database` (pg_stat_statements of the configured database) or the URL of another one.

Examples:
  segue compat --old database --new queries/
  segue compat record --out old.jsonl
  segue compat 20260105_split_name --old old.jsonl --new .sqlx --json
  segue compat --old old.jsonl --first code

Exit codes: 0 everything runs in this order; 1 something would break, or nothing could be judged; 64 wrong usage.
docs/compat.md says what is compared.";

/// `compat`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Compat {
    #[command(subcommand)]
    pub(crate) action: Option<CompatAction>,
    /// Migrations, by name or file [default: what waits for contract, else what is pending]
    #[arg(value_name = "MIGRATION")]
    pub(crate) migrations: Vec<String>,
    /// The queries of the app that runs before the deploy; may be given several times
    #[arg(long, value_name = "WORKLOAD")]
    pub(crate) old: Vec<String>,
    /// The queries of the app that runs after it; may be given several times
    #[arg(long, value_name = "WORKLOAD")]
    pub(crate) new: Vec<String>,
    /// What goes first: what has to be right for that decides the exit code
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = First::Schema)]
    pub(crate) first: First,
    /// Let what is only notable (more columns, a wider type, no index) count as breaking
    #[arg(long)]
    pub(crate) strict: bool,
    /// A server on which databases may be made; also `shadow_url` of segue.toml [default: one that is started for it]
    #[arg(long, value_name = "URL")]
    pub(crate) shadow_url: Option<String>,
}

/// What goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum First {
    /// `segue deploy`, then the new app, then `segue contract`
    Schema,
    /// The new app, then `segue deploy` and `segue contract`
    Code,
}

/// What else `compat` does.
#[derive(Debug, Subcommand)]
pub(crate) enum CompatAction {
    /// Write down which queries run on the configured database, from its pg_stat_statements
    Record {
        /// The file [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
