//! Ground truth for lint: migrations are run on a shadow database with the schema that they meet, and what the server really
//! does is compared with what is said of them.
//!
//! The database has no rows: a server takes the same locks on empty tables, and tells of the same work. Not seen are the locks
//! that rows would bring along on the other side of foreign keys; and of statements that run in no transaction all but the first
//! that they have to wait for, or all where the server takes no second session.
//!
//! Reads next: `trace/course.rs`.

use std::{ops::Range, sync::Arc};

use segue_catalog::render;
use segue_db::{Session, postgres};
use segue_engine::{
    Failure, FailureKind,
    trace::{Traced, Tracer},
};
use segue_plan::{Line, Script};
use segue_sql::{Kind, Problem, Source};

use crate::{
    Migrator,
    shadow::{Shadow, Wanted, Wish},
    workplace::Workplace,
};

mod course;

use course::{Course, skipped};

/// How many roles may be missing on a throwaway server.
const ROLES: usize = 32;

/// A time zone in which local times are not those of UTC: where none is known, that is what is said to be.
const SOME_ZONE: &str = "America/New_York";

/// What statements really do.
#[derive(Debug, Clone, Default)]
pub struct Tracing {
    /// The database that they were run on, in words.
    pub database: String,
    /// How many of them do what is said.
    pub agreeing: usize,
    /// The others, in order: those that do something else, those of which nothing could be said, those that were refused.
    pub others: Vec<TracedStatement>,
    /// What else there is to say.
    pub notes: Vec<String>,
}

/// A statement of which there is something to say.
#[derive(Debug, Clone)]
pub struct TracedStatement {
    /// The script that it is in.
    pub source: Arc<Source>,
    /// Where.
    pub span: Range<usize>,
    /// What came of it.
    pub outcome: Traced,
}

impl Migrator {
    /// Runs migrations on a shadow database, and says which statements do something else than is said of them.
    ///
    /// # Errors
    /// No shadow database to be had, or one that cannot be given the schema that the migrations meet.
    pub async fn trace(&self, scripts: &[Script]) -> Result<Tracing, Failure> {
        let workplace = Workplace::of(self)?;
        trace(scripts, &self.shadow_wish(&workplace)?).await
    }
}

/// The same on the shadow database that is wished for.
async fn trace(scripts: &[Script], wish: &Wish) -> Result<Tracing, Failure> {
    let Some(first) = scripts.iter().flat_map(|script| &script.lines).next() else {
        return Ok(Tracing::default());
    };
    let extensions: Vec<String> = first
        .before
        .extensions
        .keys()
        .map(|name| name.to_string())
        .collect();
    let wanted = Wanted {
        major: first.before.major,
        extensions: &extensions,
    };
    let shadow = Shadow::open(wish, &wanted).await?;
    let mut tracing = Tracing {
        database: shadow.name.clone(),
        ..Tracing::default()
    };
    if shadow.major != first.before.major {
        tracing.notes.push(format!(
            "the shadow database is of PostgreSQL {}, not {}: what the two do may differ",
            shadow.major, first.before.major
        ));
    }
    let done = run(&shadow, scripts, first, &mut tracing).await;
    tracing.notes.extend(shadow.close().await);
    done.map(|()| tracing)
}

async fn run(
    shadow: &Shadow,
    scripts: &[Script],
    first: &Line,
    tracing: &mut Tracing,
) -> Result<(), Failure> {
    let Session::Postgres(session) = &shadow.session else {
        return Err(Problem::new("only PostgreSQL can be traced").into());
    };
    prepare(session, first, shadow.is_throwaway).await?;
    let witnesses = match scripts.iter().any(has_statements_alone) {
        true => witnesses(shadow, &mut tracing.notes).await,
        false => None,
    };
    let done = match &witnesses {
        Some([guard, watcher]) => run_all(session, scripts, Some([guard, watcher]), tracing).await,
        None => run_all(session, scripts, None, tracing).await,
    };
    // a database is not removed while somebody uses it
    for witness in witnesses.into_iter().flatten() {
        witness.close().await;
    }
    done
}

/// Whether statements of a script run outside of transactions.
fn has_statements_alone(script: &Script) -> bool {
    let mut lines = script.lines.iter();
    lines.any(|line| matches!(line.kind, Kind::OutsideTransaction(_)))
}

/// Two more sessions, of which one stands in the way and one looks; where the server has none, that is said.
pub(crate) async fn witnesses(
    shadow: &Shadow,
    notes: &mut Vec<String>,
) -> Option<[postgres::Session; 2]> {
    let why = match (
        shadow.another_session().await,
        shadow.another_session().await,
    ) {
        (Ok(guard), Ok(watcher)) => return Some([guard, watcher]),
        (Ok(only), Err(why)) | (Err(why), Ok(only)) => {
            only.close().await;
            why
        }
        (Err(why), Err(_)) => why,
    };
    notes.push(format!(
        "the locks of statements that run in no transaction are not seen: {why}"
    ));
    None
}

async fn run_all(
    session: &postgres::Session,
    scripts: &[Script],
    witnesses: Option<[&postgres::Session; 2]>,
    tracing: &mut Tracing,
) -> Result<(), Failure> {
    let mut course = Course::default();
    for script in scripts {
        let Some(line) = script.lines.first() else {
            continue;
        };
        session.execute(&settings(line)).await?;
        course.enter();
        let mut tracer = Tracer::new(session, witnesses);
        let mut passed_over = Vec::new();
        for line in &script.lines {
            let Some(line) = course.next(session, script, line).await? else {
                passed_over.push(line);
                continue;
            };
            let outcome = tracer.run(script, &line).await?;
            course.took(&line, &outcome);
            tracing.take(script, &line, outcome);
        }
        tracing.notes.extend(skipped(script, &passed_over));
        // a transaction that a script leaves open
        session.execute("ROLLBACK").await?;
    }
    Ok(())
}

impl Tracing {
    fn take(&mut self, script: &Script, line: &Line, outcome: Traced) {
        match outcome {
            Traced::Passed => {}
            Traced::Agrees(_) => self.agreeing += 1,
            outcome => self.others.push(TracedStatement {
                source: Arc::clone(&script.source),
                span: line.span.clone(),
                outcome,
            }),
        }
    }
}

/// What names and times mean in a script.
pub(crate) fn settings(line: &Line) -> String {
    let zone = line.session.time_zone.as_deref().unwrap_or(SOME_ZONE);
    format!(
        "RESET ALL; SET search_path TO {}; SET TimeZone TO {}",
        line.session.search_path_setting(),
        segue_db::literal(zone)
    )
}

/// Makes the schema that the first statement meets.
pub(crate) async fn prepare(
    session: &postgres::Session,
    first: &Line,
    makes_roles: bool,
) -> Result<(), Failure> {
    let sql = render::sql(&first.before);
    for _ in 0..ROLES {
        let Err(error) = session.execute(&format!("BEGIN; {sql}\nCOMMIT")).await else {
            return Ok(());
        };
        if error.ends_connection() {
            return Err(error.into());
        }
        session.execute("ROLLBACK").await?;
        let message = error.to_string();
        match missing_role(&message).filter(|_| makes_roles) {
            Some(role) => {
                let role = segue_db::identifier(role);
                session.execute(&format!("CREATE ROLE {role}")).await?;
            }
            None => return Err(not_made(&message)),
        }
    }
    Err(not_made("it names too many roles"))
}

fn missing_role(message: &str) -> Option<&str> {
    let name = message.strip_prefix("role \"")?;
    name.strip_suffix("\" does not exist")
}

fn not_made(why: &str) -> Failure {
    let problem = Problem::new(format!(
        "the shadow database could not be given the schema that the migrations meet: {why}"
    ))
    .help("name a server that has what it needs (extensions, roles) with --shadow-url");
    Failure::new(FailureKind::Statement, problem)
}
