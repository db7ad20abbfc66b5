//! A database of SQLite's as the server of a project.

use std::{path::PathBuf, time::Duration};

use segue_db::{
    Session,
    sqlite::{self, Location, Open, OpenError, Path},
};
use segue_engine::{Failure, FailureKind, Options};
use segue_project::{Folder, Layout, shown_path};
use segue_sql::Problem;

use crate::server::Wanted;

/// How long a statement waits for other connections in one try: in SQLite nobody queues behind one who waits,
/// so that it may be longer than elsewhere; between two tries it is told who keeps us waiting, and Ctrl-C is
/// heard.
const BUSY: Duration = Duration::from_secs(1);

/// Reads the URL. Prisma up to 6 starts relative paths at the folder of `schema.prisma`, version 7 and all other
/// tools at the current one: the file that is there decides.
pub(crate) fn locate(url: &str, origin: &str, folder: &Folder) -> Result<Location, Failure> {
    let mut location = sqlite::read(url)
        .map_err(|problem| problem.note(format!("the URL comes from {origin}")))?;
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

/// Takes out of the options what SQLite has no place for; what that was.
pub(crate) fn without_effect(options: &mut Options) -> Vec<String> {
    let settings = &mut options.settings;
    let names = [
        ("schema", settings.schema.take().is_some()),
        ("role", settings.role.take().is_some()),
        ("history_schema", options.place.schema.take().is_some()),
        ("statement_timeout", !settings.statement_timeout.is_zero()),
    ];
    names
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(name, _)| (*name).to_owned())
        .collect()
}

/// Opens the database as the layout's tool would.
pub(crate) async fn open(
    location: &Location,
    origin: &str,
    wanted: &Wanted<'_>,
) -> Result<Session, Failure> {
    let tool = sqlite::tool(wanted.layout);
    let open = Open {
        create: wanted.create || tool.creates_missing,
        makes_folder: wanted.create || tool.makes_folder,
        foreign_keys: tool.foreign_keys,
        busy: wanted.lock_timeout.max(BUSY),
        patience: wanted.lock_budget,
    };
    sqlite::Session::open(location, open)
        .await
        .map(Session::Sqlite)
        .map_err(|error| refused(&error, location, origin))
}

/// Makes a session what the tool of the layout has, now that it is settled which one that is.
pub(crate) async fn settle(session: &mut Session, layout: &Layout) -> Result<(), Failure> {
    if let Session::Sqlite(session) = session {
        let tool = sqlite::tool(layout);
        session.enforce_foreign_keys(tool.foreign_keys).await?;
    }
    Ok(())
}

fn refused(error: &OpenError, location: &Location, origin: &str) -> Failure {
    let problem = match error {
        OpenError::Missing(file) => Problem::new(format!("there is no database `{file}`"))
            .help("check the path, or have it made with --create-database"),
        OpenError::Locked(why) => Problem::new(format!("cannot read {}: {why}", location.describe()))
            .help("end the process that keeps the file for itself, or give it more time with --lock-budget"),
        OpenError::Refused(why) => {
            Problem::new(format!("cannot open {}: {why}", location.describe()))
                .help("check the path and the rights of the file")
        }
        OpenError::NotBuiltIn => Problem::new("this segue is built without SQLite")
            .help("take a build with the feature `sqlite`, which is on by default"),
    };
    let kind = match error {
        OpenError::Locked(_) => FailureKind::Locked,
        _ => FailureKind::Connection,
    };
    Failure::new(kind, problem.note(format!("the URL comes from {origin}")))
}
