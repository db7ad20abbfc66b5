//! The arguments of `lint`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::Shadow;

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
    /// Migrations of the project, or other files, which meet the schema that it has [default: what the configured database has not, else all]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Judge the migrations that were added or changed since this revision of git
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["files", "schema"])]
    pub(crate) since: Option<String>,
    /// SQL of the schema that exists: no project and no database are asked. Tables that it fills by INSERT count as large and in use, the others as empty
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// Rows of tables, as JSON: {"users": 4000000}
    #[arg(long, value_name = "FILE", requires = "schema")]
    pub(crate) stats: Option<PathBuf>,
    /// Facts about the database that it is for: what `segue facts` has printed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["live", "schema"])]
    pub(crate) facts: Option<PathBuf>,
    /// Take the facts from the configured database
    #[arg(long, conflicts_with = "schema")]
    pub(crate) live: bool,
    /// Run the statements on a shadow database too, and tell where the server does something else than is said
    #[arg(long, conflicts_with = "fix")]
    pub(crate) trace: bool,
    /// The major version of the server that it is for
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    /// End with exit code 2 where there is a finding that is at least so bad [default: `fail_on` of segue.toml, else error]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<FailOn>,
    /// Write the safe statements that findings offer into the files, where that leaves nothing new to find
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: print what would be written, as a diff, and change nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
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
