//! A database of SQLite's as the server of a project.

use std::{
    path::{self, PathBuf},
    time::Duration,
};

use segue_db::{
    Session,
    sqlite::{self, Location, OpenError, Path},
};
use segue_engine::{Failure, FailureKind};
use segue_project::{Folder, Layout, config::Found, shown_path};
use segue_sql::Problem;

/// How long a statement waits for other connections in one try. In SQLite nobody queues behind one who
/// waits, so that a try may be long; what is too long is decided by the lock budget.
const BUSY: Duration = Duration::from_secs(5);

/// Reads the URL. Prisma up to 6 starts relative paths at the folder of `schema.prisma`, version 7 and all other
/// tools at the current one: the file that is there decides.
pub(crate) fn locate(found: &Found, folder: &Folder) -> Result<Location, Failure> {
    let mut location = sqlite::read(found.url.expose())
        .map_err(|problem| problem.note(format!("the URL comes from {}", found.origin)))?;
    let Path::File(file) = &location.path else {
        return Ok(location);
    };
    let beside = file
        .is_relative()
        .then(|| schema_folder(folder).map(|schema| schema.join(file)))
        .flatten()
        .filter(|beside| beside.is_file());
    if let Some(beside) = beside {
        if file.is_file() && file.canonicalize().ok() != beside.canonicalize().ok() {
            return Err(Problem::new(format!(
                "`{}` could be either of two databases",
                file.display()
            ))
            .note(format!(
                "`{}`, as Prisma up to version 6 has it",
                shown_path(&beside)
            ))
            .note(format!("`{}`, as version 7 has it", shown_path(file)))
            .help("give the whole path: --url sqlite:/path/to/the.db")
            .into());
        }
        location.path = Path::File(beside);
    }
    Ok(location)
}

fn schema_folder(folder: &Folder) -> Option<PathBuf> {
    let above = folder.path.parent()?;
    above
        .join("schema.prisma")
        .is_file()
        .then(|| above.to_owned())
}

/// Opens the database as the layout's tool would.
pub(crate) fn open(
    location: &Location,
    origin: &str,
    layout: &Layout,
    create: bool,
    lock_timeout: Duration,
) -> Result<Session, Failure> {
    let tool = sqlite::tool(layout);
    let create = create || tool.creates_missing;
    if create {
        make_folder(location)?;
    }
    let busy = lock_timeout.max(BUSY);
    sqlite::Session::open(location, create, tool.foreign_keys, busy)
        .map(Session::Sqlite)
        .map_err(|error| refused(&error, location, origin))
}

/// SQLite makes a file, but not the folder that it is to be in.
fn make_folder(location: &Location) -> Result<(), Failure> {
    let Path::File(file) = &location.path else {
        return Ok(());
    };
    let folder = file
        .parent()
        .filter(|folder| *folder != path::Path::new(""));
    match folder.map(std::fs::create_dir_all) {
        Some(Err(error)) => Err(Failure::new(
            FailureKind::Connection,
            Problem::new(format!(
                "cannot make the folder of `{}`: {error}",
                shown_path(file)
            )),
        )),
        _ => Ok(()),
    }
}

fn refused(error: &OpenError, location: &Location, origin: &str) -> Failure {
    let problem = match error {
        OpenError::Missing(file) => Problem::new(format!("there is no database `{file}`"))
            .help("check the path, or have it made with --create-database"),
        OpenError::Refused(why) => {
            Problem::new(format!("cannot open {}: {why}", location.describe()))
                .help("check the path and the rights of the file")
        }
        OpenError::NotBuiltIn => Problem::new("this segue is built without SQLite")
            .help("take a build with the feature `sqlite`, which is on by default"),
    };
    Failure::new(
        FailureKind::Connection,
        problem.note(format!("the URL comes from {origin}")),
    )
}
