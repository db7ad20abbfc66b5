//! The arguments of the commands for development: `diff`, `dev`, `generate`, `revert`, `push`, `pull`, `reset`.

use std::path::PathBuf;

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
    /// SQLite: rebuild a table for the order of its columns alone
    #[arg(long)]
    pub(crate) column_order: bool,
    /// The major version of the server that it is for, where neither side is a live database
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `dev`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Dev {
    /// What the migration does; becomes a part of its file name
    #[arg(long, short)]
    pub(crate) name: String,
    /// Write the migration, and apply nothing
    #[arg(long)]
    pub(crate) create_only: bool,
    /// Apply it also where it loses data
    #[arg(long)]
    pub(crate) accept_data_loss: bool,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `generate`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Generate {
    /// What the migration does; becomes a part of its file name
    #[arg(long, short)]
    pub(crate) name: String,
    /// The major version of the server that it is for [default: that of the configured database, else 17]
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `revert`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Revert {
    /// The migration
    #[arg(value_name = "MIGRATION")]
    pub(crate) migration: String,
    /// What the new migration is called [default: revert_ and the migration's name]
    #[arg(long, short)]
    pub(crate) name: Option<String>,
    /// The major version of the server that it is for [default: that of the configured database, else 17]
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `push`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Push {
    /// Go on where data are lost
    #[arg(long)]
    pub(crate) accept_data_loss: bool,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

/// `pull`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Pull {
    /// The file or folder to write [default: `schema_path` of segue.toml, else schema.sql, or schema/ with --split]
    #[arg(long, value_name = "PATH")]
    pub(crate) to: Option<PathBuf>,
    /// A file for each object, in a folder
    #[arg(long)]
    pub(crate) split: bool,
    /// Overwrite what is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `reset`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Reset {
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
    /// Leave the seed out
    #[arg(long)]
    pub(crate) skip_seed: bool,
}
