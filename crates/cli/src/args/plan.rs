//! The arguments of `plan`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::Shadow;

/// What `plan --help` ends with.
pub(super) const PLAN: &str = "Examples:
  segue plan
  segue plan --facts facts.json
  segue plan --since main --format md
  segue plan migrations/20260105090000_products --format sql > plan.sql
  segue plan --schema schema.sql migration.sql
  segue plan --verify

Exit codes: 0 there is a plan; 1 a statement cannot be planned, or --verify saw something else than the plan says;
64 wrong usage. docs/plan.md says how to read a plan, docs/limits.md what cannot be planned.";

/// `plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    /// Migrations of the project, or other files, which meet the schema that it has [default: what the configured database has not, else all]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Plan the migrations that were added or changed since this revision of git
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
    /// How far the plan goes to keep the app running
    #[arg(long, value_name = "STRATEGY", value_enum, default_value_t = Strategy::Online)]
    pub(crate) strategy: Strategy,
    /// Run the plan on a shadow database, and compare its locks, its work and where it ends with what the plan says
    #[arg(long)]
    pub(crate) verify: bool,
    /// The major version of the server that it is for
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// How far a plan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// The app runs on
    Online,
    /// No app is running: everything as it is written
    Direct,
}
