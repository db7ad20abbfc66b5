//! The arguments of the commands for development: `diff`.

use clap::Args as ClapArgs;

/// What `diff --help` ends with.
pub(super) const DIFF: &str = "Each side is one of:
  postgres://…, sqlite:app.db   a database
  empty                         a database with nothing in it

Examples:
  segue diff --from postgres://localhost/app --to postgres://localhost/new
  segue diff --from empty --to postgres://localhost/app --format sql";

/// `diff`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Diff {
    /// The schema that there is
    #[arg(long, value_name = "SCHEMA", hide_env_values = true)]
    pub(crate) from: String,
    /// The schema that there shall be
    #[arg(long, value_name = "SCHEMA", hide_env_values = true)]
    pub(crate) to: String,
    /// End with exit code 2 where the two differ
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Leave out who owns what
    #[arg(long)]
    pub(crate) no_owners: bool,
    /// Leave out privileges
    #[arg(long)]
    pub(crate) no_privileges: bool,
}
