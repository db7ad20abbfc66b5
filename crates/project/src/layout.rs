//! The layouts: how each tool lays its migrations out in a folder. One file per layout, one record each,
//! listed once in [`LAYOUTS`]. Which of them a folder has is decided in `detect.rs`; what their history
//! tables look like is known in crate `db`.

use std::{ops::Range, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use segue_sql::{Dialect, Problem, Source};

use crate::{Folder, Migration, Note};

pub mod dbmate;
pub mod diesel;
pub mod drizzle;
pub mod drizzle_v1;
mod filled;
pub mod flyway;
mod folders;
pub mod golang_migrate;
pub mod goose;
mod numbered;
pub mod prisma;
pub mod refinery;
pub mod segue;
pub mod sqlx;
mod times;

pub use filled::{Filled, filled};

/// Every layout that segue reads, its own one first.
pub const LAYOUTS: &[&Layout] = &[
    &segue::LAYOUT,
    &prisma::LAYOUT,
    &drizzle::LAYOUT,
    &drizzle_v1::LAYOUT,
    &diesel::LAYOUT,
    &sqlx::LAYOUT,
    &golang_migrate::LAYOUT,
    &goose::LAYOUT,
    &dbmate::LAYOUT,
    &flyway::LAYOUT,
    &refinery::LAYOUT,
];

/// What there is to know about a layout without a database.
#[derive(Debug)]
pub struct Layout {
    /// As in `--layout` and `segue.toml`.
    pub name: &'static str,
    /// The tool as its users call it.
    pub title: &'static str,
    /// Where the tool's projects usually keep the folder, relative to the project.
    pub usual_folders: &'static [&'static str],
    /// Whether the names in the folder are this layout's.
    pub fits: fn(&Folder) -> bool,
    /// A marker of the tool in a folder (the one of migrations or one above it): what was found.
    pub evidence: fn(&Folder) -> Option<String>,
    /// Reads the migrations in the order in which the tool runs them.
    pub read: fn(&Folder, &Context<'_>) -> Result<Reading, Vec<Problem>>,
    /// Whether a checksum that the history holds belongs to this text.
    pub same: fn(migration: &Migration, stored: &str) -> bool,
    /// The files of a new, empty migration.
    pub create: fn(&Folder, name: &str, now: Timestamp) -> Result<Vec<NewFile>, Problem>,
}

impl PartialEq for Layout {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Layout {}

/// What reading a folder depends on beside the folder.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The database that the migrations are for; `None` where none has been named yet.
    pub dialect: Option<Dialect>,
    /// A variable of the environment, for the layouts whose files may name one.
    pub variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

impl Context<'_> {
    /// Where neither a database nor an environment is known.
    pub const NOWHERE: Context<'static> = Context {
        dialect: None,
        variable: &|_| None,
    };
}

/// What reading a folder gave.
#[derive(Debug, Default)]
pub struct Reading {
    /// In the order in which they run.
    pub migrations: Vec<Migration>,
    /// What was found and not used.
    pub notes: Vec<Note>,
    /// What was found, would be used by the tool, and cannot be by segue: a deploy refuses while it is there.
    pub refusals: Vec<Problem>,
    /// The schema that the tool's own configuration names, for the history and for names without one.
    pub history_schema: Option<String>,
    /// The history's table that the tool's own configuration names.
    pub history_table: Option<String>,
}

/// A file to be written for a new migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Relative to the folder of migrations.
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
    /// Whether a file of that name is there and is meant to be replaced (a journal).
    pub replaces: bool,
}

impl NewFile {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            replaces: false,
        }
    }
}

/// The layout of this name.
pub fn by_name(name: &str) -> Option<&'static Layout> {
    LAYOUTS.iter().copied().find(|layout| layout.name == name)
}

/// Compares the kind of database that a marker file names with the one to deploy to.
pub(crate) fn check_dialect(
    context: &Context<'_>,
    named: &str,
    source: &Arc<Source>,
    place: Range<usize>,
) -> Result<(), Problem> {
    let written_for = match named {
        // `pg`: drizzle-kit before 0.22
        "postgresql" | "postgres" | "pg" => Some(Dialect::Postgres),
        "sqlite" | "turso" => Some(Dialect::Sqlite),
        _ => None,
    };
    let Some(wanted) = context.dialect else {
        return Ok(());
    };
    if written_for == Some(wanted) {
        return Ok(());
    }
    let known = written_for.map_or_else(|| named.to_owned(), |found| found.title().to_owned());
    let problem = Problem::new(format!("these migrations are written for {known}")).at(
        source,
        place,
        format!("not for {}", wanted.title()),
    );
    Err(match written_for {
        Some(Dialect::Sqlite) => problem.help("name the database's file with --url sqlite:FILE"),
        Some(Dialect::Postgres) => problem.help("give the URL of a PostgreSQL server"),
        None => problem
            .help("deploy them to a database of that kind; segue deploys to PostgreSQL and SQLite"),
    })
}

/// Checksums that are compared as they are.
pub(crate) fn same_checksum(migration: &Migration, stored: &str) -> bool {
    migration.checksum.as_deref() == Some(stored)
}

/// A name fit for files: lower case, everything else than letters and digits one underscore.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.trim_end_matches('_').to_owned()
}

/// Two migrations that the history could not tell apart.
pub(crate) fn duplicate_keys(migrations: &[Migration]) -> Vec<Problem> {
    let mut seen = std::collections::HashMap::new();
    let mut problems = Vec::new();
    for migration in migrations {
        if let Some(first) = seen.insert(&migration.key, &migration.name) {
            problems.push(
                Problem::new(format!(
                    "`{first}` and `{}` have the same version, {}",
                    migration.name, migration.key
                ))
                .help("rename the newer one; the history could hold just one of them"),
            );
        }
    }
    problems
}
