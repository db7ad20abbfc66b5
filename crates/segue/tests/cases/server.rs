//! A case on a server and in the model.
//!
//! Most scripts are run in one transaction that is rolled back afterwards, so that no database has to be made for them.
//! Those that the server refuses there get a database of their own, and are run statement by statement.

use std::time::Instant;

use segue_catalog::{Catalog, Change, Session as Names, advance, compare};
use segue_cluster::Cluster;
use segue_db::{
    introspect,
    postgres::{
        Session,
        connect::connect,
        printing::settle,
        url::{self, Defaults},
    },
};
use segue_sql::Kind;

use crate::{
    case::{Case, Script},
    outcome::{Finding, Outcome},
};

/// One connection that runs cases.
pub(crate) struct Worker<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) session: Session,
    /// What a new database has.
    beginning: Catalog,
}

/// A case under way.
struct Run<'a> {
    session: &'a Session,
    catalog: Catalog,
    names: Names,
    /// Whether each statement is sent alone, and may fail.
    one_by_one: bool,
    outcome: Outcome,
}

/// The server refused a statement that was sent with others.
struct Refused;

impl<'a> Worker<'a> {
    pub(crate) async fn new(cluster: &'a Cluster) -> Self {
        let session = database(cluster).await;
        let beginning = look(&session).await;
        Self {
            cluster,
            session,
            beginning,
        }
    }

    /// Runs a case and says what was noticed.
    pub(crate) async fn run(&self, case: &Case) -> Outcome {
        if case.is_plain() {
            self.session.execute("BEGIN").await.expect("it begins");
            let mut run = Run::new(&self.session, self.beginning.clone(), false);
            let done = run.case(case).await;
            self.session.execute("ROLLBACK").await.expect("it ends");
            if done.is_ok() {
                return run.outcome;
            }
        }
        let session = database(self.cluster).await;
        let mut run = Run::new(&session, self.beginning.clone(), true);
        let done = run.case(case).await;
        assert!(done.is_ok(), "statements may fail where they are alone");
        let outcome = run.outcome;
        session.close().await;
        outcome
    }
}

impl<'a> Run<'a> {
    fn new(session: &'a Session, catalog: Catalog, one_by_one: bool) -> Self {
        Self {
            session,
            catalog,
            names: Names::default(),
            one_by_one,
            outcome: Outcome {
                cases: 1,
                ..Outcome::default()
            },
        }
    }

    async fn case(&mut self, case: &Case) -> Result<(), Refused> {
        for script in &case.scripts {
            self.script(case, script).await?;
            self.compare(case).await;
        }
        Ok(())
    }

    async fn script(&mut self, case: &Case, script: &Script) -> Result<(), Refused> {
        let mut batch = String::new();
        for statement in script.statements.iter() {
            if let Kind::PsqlCommand(_) = statement.kind {
                continue;
            }
            self.outcome.statements += 1;
            let text = statement.text(&script.source.text);
            let start = Instant::now();
            let mut catalog = self.catalog.clone();
            let mut names = self.names.clone();
            let told = advance(
                &script.source,
                statement.span.clone(),
                &mut catalog,
                &mut names,
            );
            self.outcome.telling += start.elapsed();
            let is_told = told
                .as_ref()
                .is_ok_and(|changes| unknown(changes).is_none());
            batch.push_str(text);
            batch.push_str("\n;\n");
            if self.one_by_one || !is_told {
                let sent = self.send(&batch).await;
                batch.clear();
                if let Err(message) = sent {
                    if !self.one_by_one {
                        return Err(Refused);
                    }
                    self.outcome.foreseen += usize::from(told.is_err());
                    let finding = Finding::new(&case.name, first_line(text), message);
                    self.outcome.failed.push(finding);
                    continue;
                }
            }
            self.catalog = catalog;
            self.names = names;
            if !is_told {
                self.gap(case, text, &told).await;
            }
        }
        match self.send(&batch).await {
            Ok(()) => Ok(()),
            Err(_) => Err(Refused),
        }
    }

    /// Notes that a statement could not be told, and learns what it did.
    async fn gap(
        &mut self,
        case: &Case,
        text: &str,
        told: &Result<Vec<Change>, Vec<segue_sql::Problem>>,
    ) {
        match told {
            Ok(changes) => {
                let reason = unknown(changes).unwrap_or_default();
                let finding = Finding::new(&case.name, first_line(text), reason);
                self.outcome.opaque.push(finding);
            }
            Err(problems) => {
                let reason = problems.first().map_or("", |problem| &problem.message);
                let finding = Finding::new(&case.name, first_line(text), reason);
                self.outcome.refused.push(finding);
            }
        }
        self.catalog = look(self.session).await;
    }

    async fn send(&mut self, sql: &str) -> Result<(), String> {
        if sql.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        let sent = self.session.execute(sql).await;
        self.outcome.running += start.elapsed();
        sent.map_err(|error| error.to_string())
    }

    /// Compares what was told with what is there, where need be in the server's own words.
    async fn compare(&mut self, case: &Case) {
        let start = Instant::now();
        let live = look(self.session).await;
        self.outcome.reading += start.elapsed();
        let at_first = compare(&self.catalog, &live);
        if at_first.is_empty() {
            return;
        }
        let start = Instant::now();
        let refused = settle(self.session, &mut self.catalog, &live)
            .await
            .expect("expressions are printed");
        self.outcome.settling += start.elapsed();
        let differences = compare(&self.catalog, &live);
        for difference in at_first {
            if differences.contains(&difference) {
                continue;
            }
            if difference.certain {
                let finding = Finding::new(&case.name, &difference.object, &difference);
                self.outcome.overdrawn.push(finding);
            } else {
                self.outcome.settled += 1;
            }
        }
        for difference in differences {
            let why = refused
                .iter()
                .find(|(object, _)| *object == difference.object);
            let why = why.map(|(_, message)| format!(" [{message}]"));
            let detail = format!("{difference}{}", why.unwrap_or_default());
            let finding = Finding::new(&case.name, &difference.object, detail);
            self.outcome.differences.push(finding);
        }
    }
}

fn unknown(changes: &[Change]) -> Option<&str> {
    changes.iter().find_map(|change| match change {
        Change::Unknown { reason } => Some(reason.as_str()),
        _ => None,
    })
}

fn first_line(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(100).collect()
}

pub(crate) async fn database(cluster: &Cluster) -> Session {
    let database = cluster.create_database().expect("a database");
    let target = url::read(&database, &Defaults::default()).expect("a URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    Session::new(connection.expect("a connection"))
}

/// The schema that the server has.
pub(crate) async fn look(session: &Session) -> Catalog {
    let read = introspect(session).await.expect("it is read");
    assert!(read.unread.is_empty(), "{:?}", read.unread);
    read.catalog
}
