//! The arguments of `check`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::Shadow;

/// What `check --help` ends with.
pub(super) const CHECK: &str = "Lines: backward-compatible, forward-compatible, non-blocking, batched, idempotent, monitored, tested, reversible,
backed-up, documented, one-change, not-edited. docs/check.md says what is evidence for each.

Examples:
  segue check
  segue check --since main --format md
  segue check --since main --old old.jsonl --new .sqlx --test
  segue check --require backward-compatible,tested --allow documented

Exit codes: 0 no line forbids; 1 a line is wrong and not allowed, or unknown and required; 64 wrong usage.";

/// `check`.
#[derive(Debug, ClapArgs)]
pub(crate) struct CheckList {
    /// Migrations by their files [default: what the configured database has not, else all]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The migrations that were added or changed since this revision of git
    #[arg(long, value_name = "REVISION", conflicts_with = "files")]
    pub(crate) since: Option<String>,
    /// Facts about the database that it is for: what `segue facts` has printed
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(crate) facts: Option<PathBuf>,
    /// Take the facts from the configured database
    #[arg(long)]
    pub(crate) live: bool,
    /// The queries of the app that runs before the deploy: as for `segue compat`
    #[arg(long, value_name = "WORKLOAD")]
    pub(crate) old: Vec<String>,
    /// The queries of the app that runs after it
    #[arg(long, value_name = "WORKLOAD")]
    pub(crate) new: Vec<String>,
    /// Run `segue test` too
    #[arg(long)]
    pub(crate) test: bool,
    /// Lines that have to be known to be right
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub(crate) require: Vec<String>,
    /// Lines that may be wrong
    #[arg(long, value_name = "LINES", value_delimiter = ',')]
    pub(crate) allow: Vec<String>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}
