//! One history of the corpus: its migrations, a server, and the way through both.

use std::{
    collections::HashSet,
    env,
    path::{Path, PathBuf},
    time::Instant,
};

use segue_catalog::{Catalog, Difference, Session as Names, compare};
use segue_cluster::Cluster;
use segue_db::{
    Place, Session,
    history::format_of,
    postgres::{
        connect::connect,
        printing,
        url::{self, Defaults},
    },
};
use segue_engine::{
    Failure, Settings,
    replay::{Bookkeeping, Gap, Next, Part, Rehearsal, Replay},
};
use segue_project::{Context, Folder, Project, survey};
use segue_sql::{Dialect, line_column};

use crate::report::Report;

/// A history and the server that it is run on.
pub(crate) struct History {
    name: String,
    project: Project,
    cluster: Cluster,
}

impl History {
    /// `None`: the tests run without the corpus, or without a server.
    pub(crate) fn open(folder: &str) -> Option<Self> {
        if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
            return None;
        }
        Self::at(&corpus().join(folder), folder)
    }

    /// A history that lies anywhere.
    ///
    /// `None`: the tests run without a server.
    pub(crate) fn at(folder: &Path, name: &str) -> Option<Self> {
        Some(Self::on(Cluster::for_test()?, folder, name))
    }

    /// A history that lies anywhere, on this server.
    pub(crate) fn on(cluster: Cluster, folder: &Path, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            project: read(folder),
            cluster,
        }
    }

    /// Its migrations.
    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    /// Runs every migration in the model and on the server, and compares the two behind each.
    pub(crate) async fn run(&self) -> Report {
        let session = self.session().await;
        let parts: Vec<Part<'_>> = self.project.migrations.iter().map(Part::from).collect();
        let history = self.bookkeeping(&parts);
        let mut rehearsal = Rehearsal::new(parts.clone(), Settings::default(), "the server")
            .with_history(history.clone());
        rehearsal.start(&session).await.expect("the session is set");
        let live = look(&session).await;
        let mut beginning = Catalog::empty(live.major);
        history.make(&mut beginning);
        let mut replay = Replay::new(parts, beginning, Names::default());
        let mut report = Report {
            history: self.name.clone(),
            major: live.major,
            ..Report::default()
        };
        let mut known = HashSet::new();
        note(
            &mut report,
            &mut known,
            "a new database",
            compare(replay.catalog(), &live),
        );
        loop {
            let start = Instant::now();
            let next = replay.go_on();
            report.telling += start.elapsed();
            let next = match next {
                Ok(next) => next,
                Err(problems) => {
                    report.stopped = Some(format!("{problems:?}"));
                    break;
                }
            };
            match next {
                Next::Done => break,
                Next::Unknown(at) => {
                    let gap = replay.gap().expect("it asks about one");
                    let list = match gap.problems.is_empty() {
                        true => &mut report.opaque,
                        false => &mut report.refused,
                    };
                    list.push(describe(gap));
                    if let Err(failure) = rehearsal.through(&session, at).await {
                        report.stopped = Some(describe_failure(&failure));
                        break;
                    }
                    let learned = look(&session).await;
                    replay.learn(&rehearsal.as_deployed(learned));
                }
                Next::Migrated(part) => {
                    if let Err(failure) = rehearsal.through_part(&session, part).await {
                        report.stopped = Some(describe_failure(&failure));
                        break;
                    }
                    let start = Instant::now();
                    let live = look(&session).await;
                    report.reading += start.elapsed();
                    let name = replay.steps()[part].migration.name.clone();
                    let unsettled = compare(replay.catalog(), &live);
                    if unsettled
                        .iter()
                        .any(|one| !known.contains(&one.to_string()))
                    {
                        settle(&session, &mut replay, &live).await;
                    }
                    let differences = compare(replay.catalog(), &live);
                    report.settled += unsettled.len().saturating_sub(differences.len());
                    note(&mut report, &mut known, &name, differences);
                }
            }
        }
        report.migrations = replay.steps().len();
        report.statements = replay.steps().iter().map(|step| step.statements).sum();
        session.close().await;
        report
    }

    /// The tool's own table, where it is by default.
    fn bookkeeping(&self, parts: &[Part<'_>]) -> Bookkeeping {
        let layout = self.project.choice.layout;
        let format = format_of(layout, Dialect::Postgres).expect("every tool knows PostgreSQL");
        let table = Place::default().of(format, None);
        Bookkeeping::of(Dialect::Postgres, format, &table, parts)
    }

    /// A session in a new database.
    pub(crate) async fn session(&self) -> Session {
        let database = self.cluster.create_database().expect("a database");
        let target = url::read(&database, &Defaults::default()).expect("a URL");
        let connection = connect(&target, None, &mut |_| {}).await;
        let session = segue_db::postgres::Session::new(connection.expect("a connection"));
        Session::Postgres(Box::new(session))
    }
}

/// Lets the server print the expressions of the model that do not show to be its own.
pub(crate) async fn settle(session: &Session, replay: &mut Replay<'_>, live: &Catalog) {
    let session = postgres(session);
    let refused = printing::settle(session, replay.catalog_mut(), live).await;
    // What it refuses stays a difference.
    drop(refused.expect("it prints"));
}

/// Each difference once: it stays there in all later migrations.
fn note(
    report: &mut Report,
    known: &mut HashSet<String>,
    migration: &str,
    differences: Vec<Difference>,
) {
    for difference in differences {
        let text = difference.to_string();
        if known.insert(text.clone()) {
            report.differences.push(format!("{migration}: {text}"));
        }
    }
}

fn describe(gap: &Gap) -> String {
    let (line, _) = line_column(&gap.place.source.text, gap.place.span.start);
    let first = gap.problems.first().map(ToString::to_string);
    format!(
        "{}:{line}: {}",
        gap.place.source.name,
        first.as_ref().unwrap_or(&gap.reason)
    )
}

pub(crate) fn refused(result: Result<(), Failure>) {
    if let Err(failure) = result {
        panic!("{}", describe_failure(&failure));
    }
}

/// Why the server did not take a migration.
fn describe_failure(failure: &Failure) -> String {
    let problems = failure.problems.iter().map(ToString::to_string);
    format!(
        "the server refused a migration: {}",
        problems.collect::<Vec<_>>().join("; ")
    )
}

/// The schema that the server has.
pub(crate) async fn look(session: &Session) -> Catalog {
    let read = segue_db::introspect(postgres(session)).await;
    let read = read.expect("it is read");
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    read.catalog
}

fn postgres(session: &Session) -> &segue_db::postgres::Session {
    match session {
        Session::Postgres(session) => session,
        Session::Sqlite(_) => panic!("it is a PostgreSQL server"),
    }
}

fn corpus() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    workspace.join(corpus)
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
