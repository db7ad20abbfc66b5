//! What `lint` and `plan` look at, and what is known of the database that it is for.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use segue::Migrator;

use super::Shadow;

/// Which migrations, and what they meet.
#[derive(Debug, ClapArgs)]
pub(crate) struct Subject {
    /// Migrations of the project, or other files, which meet the schema that it has [default: what the configured database has not, else all]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The migrations that were added or changed since this revision of git
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
    /// The major version of the server that it is for
    #[arg(long, value_name = "MAJOR", value_parser = clap::value_parser!(u16).range(14..=99))]
    pub(crate) server_version: Option<u16>,
    #[command(flatten)]
    pub(crate) shadow: Shadow,
}

impl Subject {
    /// Who looks at it.
    pub(crate) fn onto(&self, migrator: Migrator) -> Migrator {
        let migrator = self.shadow.onto(migrator);
        match self.server_version {
            Some(major) => migrator.server_version(major),
            None => migrator,
        }
    }
}
