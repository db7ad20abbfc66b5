//! The arguments of `plan`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::Subject;

/// What `plan --help` ends with.
pub(super) const PLAN: &str = "Examples:
  segue plan
  segue plan --facts facts.json
  segue plan --since main --format md
  segue plan migrations/20260105090000_products --format sql > plan.sql
  segue plan --schema schema.sql migration.sql
  segue plan --verify
  segue plan --out plan.json          then, once it was looked at: segue deploy --plan plan.json

Exit codes: 0 there is a plan; 1 a statement cannot be planned, or --verify saw something else than the plan says;
64 wrong usage. docs/plan.md says how to read a plan, docs/limits.md what cannot be planned.";

/// `plan`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) subject: Subject,
    /// How far the plan goes to keep the app running [default: online; with --out: `strategy` of segue.toml, else online]
    #[arg(long, value_name = "STRATEGY", value_enum)]
    pub(crate) strategy: Option<Strategy>,
    /// Write the plan that `deploy` would carry out on the configured database now, for `deploy --plan FILE`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "since", "schema", "facts", "verify"])]
    pub(crate) out: Option<PathBuf>,
    /// With --out: the last migration to deploy
    #[arg(long, value_name = "MIGRATION", requires = "out")]
    pub(crate) to: Option<String>,
    /// Run the plan on a shadow database, and compare its locks, its work and where it ends with what the plan says
    #[arg(long)]
    pub(crate) verify: bool,
}

/// How far a plan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// The app runs on
    Online,
    /// No app is running: everything as it is written
    Direct,
}
