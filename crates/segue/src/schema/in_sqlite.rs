//! The schema that migrations make in SQLite: they are run on a database in memory, and that is read.

use std::time::Duration;

use segue_catalog::sqlite::Catalog;
use segue_db::{
    Session,
    sqlite::{self, Location, Open, Path},
};
use segue_engine::{
    Failure, FailureKind,
    replay::{Bookkeeping, Part, run_in_sqlite},
};
use segue_project::Layout;
use segue_sql::Problem;

use super::Provenance;
use crate::bookkeeping::forget_in_sqlite;

/// Runs migrations in memory, and reads what they made. The history, which they may name, is left out.
pub(crate) async fn run(
    parts: &[Part<'_>],
    layout: &Layout,
    history: Option<&Bookkeeping>,
) -> Result<(Catalog, Provenance), Failure> {
    let session = in_memory(layout).await?;
    let result = run_on(&session, parts, history).await;
    session.close().await;
    result
}

async fn run_on(
    session: &Session,
    parts: &[Part<'_>],
    history: Option<&Bookkeeping>,
) -> Result<(Catalog, Provenance), Failure> {
    if let Some(history) = history {
        history.make_on(session).await?;
    }
    let statements = run_in_sqlite(session, parts).await?;
    let provenance = Provenance {
        at: parts.last().map(|part| part.migration.name.clone()),
        migrations: parts.len(),
        statements,
        ..Provenance::default()
    };
    let mut catalog = introspect(session).await?;
    if let Some(history) = history {
        forget_in_sqlite(&mut catalog, history.table());
    }
    Ok((catalog, provenance))
}

/// The schema that a database of SQLite's has.
pub(crate) async fn introspect(session: &Session) -> Result<Catalog, Failure> {
    match session {
        Session::Sqlite(_) => Ok(sqlite::introspect(session).await?),
        Session::Postgres(_) => Err(Problem::new("this is no database of SQLite's").into()),
    }
}

async fn in_memory(layout: &Layout) -> Result<Session, Failure> {
    let location = Location {
        path: Path::Memory,
        read_only: false,
        create: true,
        foreign_keys: None,
        ignored: Vec::new(),
    };
    let open = Open {
        create: true,
        makes_folder: false,
        foreign_keys: sqlite::tool(layout).foreign_keys,
        busy: Duration::ZERO,
        patience: Duration::ZERO,
    };
    let opened = sqlite::Session::open(&location, open).await;
    opened.map(Session::Sqlite).map_err(|error| {
        Failure::new(
            FailureKind::Connection,
            Problem::new(format!("no database of SQLite's in memory: {error:?}")),
        )
    })
}
