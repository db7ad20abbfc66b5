//! The arguments of `lint`.

use clap::{Args as ClapArgs, ValueEnum};

use super::Subject;

/// What `lint --help` ends with.
pub(super) const LINT: &str = "Examples:
  segue lint
  segue lint --since main
  segue lint migrations/20260105090000_products
  segue lint --schema schema.sql migration.sql
  segue lint --schema schema.sql --stats rows.json --format json migration.sql";

/// `lint`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Lint {
    #[command(flatten)]
    pub(crate) subject: Subject,
    /// Run the statements on a shadow database too, and tell where the server does something else than is said
    #[arg(long, conflicts_with = "fix")]
    pub(crate) trace: bool,
    /// End with exit code 2 where there is a finding that is at least so bad [default: `fail_on` of segue.toml, else error]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<FailOn>,
    /// Write the safe statements that findings offer into the files, where that leaves nothing new to find
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: print what would be written, as a diff, and change nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
}

/// How bad a finding has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Errors
    Error,
    /// Errors and warnings
    Warning,
    /// Nothing
    Never,
}
