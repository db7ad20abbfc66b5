//! The arguments of the commands for development: `diff`.

use clap::Args as ClapArgs;

use super::Shadow;

/// What `diff --help` ends with.
pub(super) const DIFF: &str = "Each side is one of:
  postgres://…, sqlite:app.db    a database; `database` is that of the project
  schema.sql, db/schema          a file of SQL, or a folder of them
  prisma/migrations              a folder of migrations, of any layout; `migrations` is that of the project
  schema                         the schema that the project shall have (schema_path, schema_command)
  git:REVISION, git:REV:PATH     the migrations of the project, or a path, as git has them
  empty                          a database with nothing in it
migrations:PATH and schema:PATH say what a folder is, where its names do not.

Examples:
  segue diff --from database --to schema
  segue diff --from git:main --to migrations --format sql
  segue diff --from postgres://localhost/app --to postgres://localhost/new --exit-code";

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
    /// The major version of the server that it is for, where neither side is a live database
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}
