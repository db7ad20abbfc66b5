//! The histories of the corpus: their migrations as scripts, and the schema before each of them on a server.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use segue_catalog::{Catalog, Session as Names};
use segue_db::{Place, Session, history::format_of};
use segue_engine::{
    Failure, Settings,
    replay::{Bookkeeping, Next, Part, Rehearsal, Replay},
};
use segue_plan::Script;
use segue_project::{Context, Folder, Project, survey};
use segue_sql::Dialect;

use crate::server::{Server, look};

/// Those of the corpus that are for PostgreSQL.
pub(crate) const HISTORIES: &[&str] = &[
    "langfuse-prisma/migrations",
    "crates.io-diesel",
    "hoppscotch-prisma/migrations",
    "docs.rs-sqlx",
    "homarr-drizzle/postgresql",
    "openfga-goose/postgres",
    "conductor-flyway/postgres",
];

/// A history.
pub(crate) struct History {
    pub(crate) name: &'static str,
    pub(crate) project: Arc<Project>,
    /// Its migrations, with the schema around each statement.
    pub(crate) scripts: Vec<Script>,
    bookkeeping: Bookkeeping,
}

/// The folder of the corpus; `None`: the tests run without it.
fn corpus() -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    Some(workspace.join(corpus))
}

impl History {
    /// Reads a history; what its statements do that cannot be told is learned from the server.
    pub(crate) async fn read(server: &Server, name: &'static str) -> Option<Self> {
        let mut history = Self::found(name)?;
        history.scripts = scripts(server, &history.project, &history.bookkeeping).await;
        Some(history)
    }

    /// Reads a history without asking what its statements do.
    pub(crate) fn found(name: &'static str) -> Option<Self> {
        let project = Arc::new(read(&corpus()?.join(name)));
        let parts: Vec<Part<'_>> = project.migrations.iter().map(Part::from).collect();
        let format =
            format_of(project.choice.layout, Dialect::Postgres).expect("a tool for PostgreSQL");
        let table = Place::default().of(format, None);
        let bookkeeping = Bookkeeping::of(Dialect::Postgres, format, &table, &parts);
        Some(Self {
            name,
            project,
            scripts: Vec::new(),
            bookkeeping,
        })
    }

    /// The database that a deploy begins with.
    pub(crate) async fn beginning(&self, server: &Server) -> String {
        let name = server.empty().await;
        let session = server.session(&name).await;
        let made = self.bookkeeping.make_on(&session).await;
        made.expect("a history");
        session.close().await;
        name
    }

    /// Runs migrations as they are written.
    pub(crate) async fn go_on(&self, server: &Server, database: &str, from: usize, to: usize) {
        let session = server.session(database).await;
        let parts = self.project.migrations[from..to].iter().map(Part::from);
        let mut run = Rehearsal::new(parts, Settings::default(), "the server");
        if from < to {
            refused(run.through_part(&session, to - from - 1).await);
        }
        session.close().await;
    }
}

async fn scripts(server: &Server, project: &Project, bookkeeping: &Bookkeeping) -> Vec<Script> {
    let parts: Vec<Part<'_>> = project.migrations.iter().map(Part::from).collect();
    let database = server.empty().await;
    let session = server.session(&database).await;
    let mut rehearsal = Rehearsal::new(parts.clone(), Settings::default(), "the server")
        .with_history(bookkeeping.clone());
    refused(rehearsal.start(&session).await);
    let mut beginning = Catalog::empty(server.major());
    bookkeeping.make(&mut beginning);
    let mut names = Names::default();
    names.time_zone = time_zone(&session).await;
    let all = 0..parts.len();
    let mut replay = Replay::new(parts, beginning, names).keeping(all);
    loop {
        match replay.go_on().expect("it can be read") {
            Next::Done => break,
            Next::Migrated(_) => {}
            Next::Unknown(at) => {
                refused(rehearsal.through(&session, at).await);
                let learned = look(&session).await;
                replay.learn(&rehearsal.as_deployed(learned));
            }
        }
    }
    session.close().await;
    server.remove(&database).await;
    let (steps, _) = replay.finish();
    steps.into_iter().filter_map(|step| step.script).collect()
}

async fn time_zone(session: &Session) -> Option<String> {
    let rows = session.rows("SHOW timezone").await.expect("it is set");
    rows.into_iter().flatten().flatten().next()
}

fn refused(result: Result<(), Failure>) {
    if let Err(failure) = result {
        let problems = failure.problems.iter().map(ToString::to_string);
        let problems: Vec<String> = problems.collect();
        panic!("the server refused a migration: {}", problems.join("; "));
    }
}

fn read(folder: &Path) -> Project {
    let folder = folder.canonicalize().expect("the folder of the corpus");
    let folder = Folder::list(&folder).expect("it can be listed");
    let surveyed = survey(folder, None).expect("its layout is known");
    let (folder, choice) = surveyed.settle(&[]).expect("its layout is settled");
    let context = Context {
        dialect: Some(Dialect::Postgres),
        variable: &|_| None,
    };
    Project::read(folder, choice, &context).expect("it can be read")
}
