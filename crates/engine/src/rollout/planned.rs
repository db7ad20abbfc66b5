//! How pending migrations are deployed: as they are written, where that keeps nobody waiting and breaks no app; else by a plan.

use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use segue_catalog::{Catalog, DEFAULT_PATH, Name, QName, Session as Names};
use segue_db::{
    Contents, Facts, ServerError, Session, introspect,
    postgres::{self, blockers},
};
use segue_plan::{Plan, Script, Strategy};
use segue_sql::{ConcurrentIndex, Dialect, Problem};

use super::{InTheWay, Underway, in_the_way, no_server_takes, told};
use crate::{
    Event, Failure, FailureKind, Interrupt, Opened, Options, Settings, known_facts,
    replay::{Next, Part, Replay, forget_own_schema},
    run::pause,
    work::{Due, splitter_of},
};

/// How pending migrations are deployed.
pub(crate) enum Course<'o> {
    /// As they are written.
    AsWritten,
    /// By the plan that was begun already.
    GoOn(&'o Underway),
    /// By a plan; it is for the first so many of them.
    Plan(Box<Plan>),
    /// Not before another plan is done.
    Waits(InTheWay<'o>),
}

/// Decides it for the migrations that are due. Nothing is changed.
///
/// # Errors
/// Statements that no plan can be made of; a plan that this version does not run.
pub(crate) async fn course<'o>(
    session: &Session,
    (dues, opened): (&[Due<'_>], &'o Opened),
    (facts, contents): (&Facts, &Contents),
    options: &Options,
    waiting: &mut Waiting<'_>,
) -> Result<Course<'o>, Failure> {
    if let Some(reviewed) = &options.reviewed {
        let seen = (facts, contents);
        return reviewed
            .course(session, (dues, opened), seen, options, waiting)
            .await;
    }
    let (Session::Postgres(server), Some(strategy)) = (session, strategy(dues, contents, options))
    else {
        return Ok(without_plan(opened));
    };
    let known = known((session, server), options, waiting).await?;
    let (made, scripts) = made(known, dues, facts, options, strategy)?;
    let plan = match made {
        Ok(plan) => plan,
        // it may be what another plan has put there that cannot be planned with
        Err(failure) => {
            let first = in_the_way(opened, &Plan::unplanned(&scripts), &scripts)?;
            let why = failure
                .problems
                .first()
                .map(|problem| problem.message.clone());
            let first = first.map(|first| InTheWay {
                unplanned: why,
                ..first
            });
            return first.map(Course::Waits).ok_or(failure);
        }
    };
    if let Some(first) = in_the_way(opened, &plan, &scripts)? {
        return Ok(Course::Waits(first));
    }
    if plan.is_as_written() {
        return Ok(Course::AsWritten);
    }
    let used = &dues[..plan.migrations.len().min(dues.len())];
    refuse(used)?;
    Ok(Course::Plan(Box::new(plan)))
}

/// What no plan is made of is deployed as it is written, but not beside a plan: nothing is known of what it is about.
pub(crate) fn without_plan(opened: &Opened) -> Course<'_> {
    match opened.open.first() {
        None => Course::AsWritten,
        Some(underway) => Course::Waits(InTheWay {
            underway,
            what: None,
            unplanned: None,
        }),
    }
}

/// How a plan for the migrations that are due is made; none: they are deployed as they are written, without one.
pub(crate) fn strategy(
    dues: &[Due<'_>],
    contents: &Contents,
    options: &Options,
) -> Option<Strategy> {
    let begun = dues.iter().any(|due| due.progress.is_some());
    let nobody = options.strategy == Strategy::Direct || !contents.has_tables;
    let is_seed = dues.iter().all(|due| due.is_seed);
    let has_program = dues.iter().any(|due| due.migration.transform.is_some());
    match nobody {
        _ if (nobody || begun || is_seed) && !has_program => None,
        true => Some(Strategy::Direct),
        false => Some(Strategy::Online),
    }
}

/// How many of the migrations that are due are deployed together: seeds apart from others, and a program that rows go through by
/// itself, where all others are deployed as they are written.
pub(crate) fn together(dues: &[Due<'_>], contents: &Contents, options: &Options) -> usize {
    let is_direct = options.strategy == Strategy::Direct;
    let begun = dues.iter().any(|due| due.progress.is_some());
    let is_seed = dues.first().is_some_and(|due| due.is_seed);
    if is_direct || begun || is_seed || !contents.has_tables {
        let count = dues.len();
        let program = dues
            .iter()
            .position(|due| due.migration.transform.is_some());
        match program {
            Some(first) => return first.max(1),
            None if is_direct => return count,
            None => {}
        }
    }
    let first = dues.first().is_some_and(|due| due.is_seed);
    let same = dues.iter().take_while(|due| due.is_seed == first);
    same.count()
}

/// What can be done while the schema cannot be read.
pub(crate) struct Waiting<'a> {
    /// The user's wish to stop.
    pub(crate) interrupt: &'a Interrupt,
    /// Hears what happens.
    pub(crate) events: &'a mut (dyn FnMut(Event) + Send),
}

/// The schema and what is known of it. To read them takes a lock of every table, the weakest; as long as somebody keeps one from us
/// it is tried again.
pub(crate) async fn known(
    (session, server): (&Session, &postgres::Session),
    options: &Options,
    waiting: &mut Waiting<'_>,
) -> Result<(Catalog, segue_plan::Facts), Failure> {
    let start = Instant::now();
    let mut tries = 0;
    loop {
        let read = match schema(server).await {
            Ok(catalog) => known_facts(session).await.map(|known| (catalog, known)),
            Err(error) => Err(error),
        };
        let error = match read {
            Err(error) if error.is_passing() => error,
            read => return Ok(read?),
        };
        let blockers = || async { blockers::exclusive(session).await.unwrap_or_default() };
        if start.elapsed() >= options.patience.steps {
            return Err(told::unread(&error, start.elapsed(), &blockers().await));
        }
        if tries == 0 {
            let message = format!("the schema cannot be read yet, trying again: {error}");
            (waiting.events)(Event::Notice(message));
            for blocker in blockers().await {
                (waiting.events)(Event::Notice(told::holding(&blocker)));
            }
        }
        tries += 1;
        let pause = pause(tries);
        (waiting.events)(Event::Retrying { tries, pause });
        waiting.interrupt.sleep(pause).await;
        waiting.interrupt.refuses()?;
    }
}

/// Why the schema could not be read: somebody has a table for himself.
pub async fn unread(session: &Session, error: &ServerError, elapsed: Duration) -> Failure {
    let blockers = blockers::exclusive(session).await.unwrap_or_default();
    told::unread(error, elapsed, &blockers)
}

pub(crate) fn planned(
    known: (Catalog, segue_plan::Facts),
    dues: &[Due<'_>],
    facts: &Facts,
    options: &Options,
    strategy: Strategy,
) -> Result<(Plan, Vec<Script>), Failure> {
    let (made, scripts) = made(known, dues, facts, options, strategy)?;
    Ok((made?, scripts))
}

/// A plan, or why there is none, and what it would be for.
fn made(
    (mut catalog, mut known): (Catalog, segue_plan::Facts),
    dues: &[Due<'_>],
    facts: &Facts,
    options: &Options,
    strategy: Strategy,
) -> Result<(Result<Plan, Failure>, Vec<Script>), Failure> {
    known.declare(&catalog, &options.declared);
    let mut names = names(&options.settings, Some(&facts.user));
    names.time_zone = known.settings.get("TimeZone").cloned();
    forget_leftovers(&mut catalog, dues)?;
    let scripts = scripts(dues, catalog, names)?;
    let plan = segue_plan::plan(&scripts, &known, &options.policy, strategy);
    let plan = plan.map_err(|problems| with_another_way(no_server_takes(problems, &scripts)));
    Ok((plan, scripts))
}

/// That it can be deployed as it is written, of what a server would take.
fn with_another_way(mut problems: Vec<(Problem, bool)>) -> Failure {
    let mut taken = problems.iter_mut().filter(|(_, is_wrong)| !is_wrong);
    if let Some((last, _)) = taken.next_back() {
        last.notes.push(
            "while no app is running it can be deployed as it is written: --strategy direct"
                .to_owned(),
        );
    }
    let problems = problems.into_iter().map(|(problem, _)| problem);
    problems.collect::<Vec<_>>().into()
}

/// Leaves out the invalid indexes that concurrent builds of what is due have left behind: they are dropped before these are built.
fn forget_leftovers(catalog: &mut Catalog, dues: &[Due<'_>]) -> Result<(), Failure> {
    let invalid = catalog.indexes.iter().filter(|(_, index)| !index.valid);
    let invalid: Vec<QName> = invalid.map(|(name, _)| name.clone()).collect();
    if invalid.is_empty() {
        return Ok(());
    }
    let mut built = FxHashSet::default();
    for due in dues {
        let source = due.migration.up.source()?;
        let splitter = splitter_of(Dialect::Postgres);
        for statement in due.migration.up.statements_of(&source, splitter)?.iter() {
            if let Some(ConcurrentIndex::Create { index, .. }) =
                ConcurrentIndex::of(statement.text(&source.text))
            {
                built.insert(index);
            }
        }
    }
    let is_built = |name: &QName| {
        let stored = name.name.as_str();
        built.iter().any(|built| match built.strip_prefix('"') {
            Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\"") == stored,
            None => built.to_lowercase() == stored,
        })
    };
    for name in invalid.iter().filter(|name| is_built(name)) {
        catalog.indexes.remove(name);
    }
    Ok(())
}

/// The schema as it is, without what is segue's own.
async fn schema(server: &postgres::Session) -> Result<Catalog, ServerError> {
    let mut catalog = introspect(server).await?.catalog;
    forget_own_schema(&mut catalog);
    Ok(catalog)
}

/// What names mean in a migration's session.
pub fn names(settings: &Settings, user: Option<&str>) -> Names {
    let of_server = settings.server_path.as_deref().unwrap_or(DEFAULT_PATH);
    let of_server = Names::of_server(of_server, user);
    match &settings.schema {
        Some(schema) => {
            let mut path = vec![Name::stored(schema)];
            if settings.keeps_path {
                path.extend(of_server.search_path);
            }
            Names::new(path)
        }
        None => of_server,
    }
}

pub(crate) fn scripts(
    dues: &[Due<'_>],
    catalog: Catalog,
    names: Names,
) -> Result<Vec<Script>, Failure> {
    let parts = dues.iter().map(|due| Part::from(due.migration));
    let mut replay = Replay::new(parts, catalog, names).keeping(0..dues.len());
    loop {
        match replay.go_on()? {
            Next::Done => break,
            Next::Migrated(_) => {}
            Next::Unknown(_) => replay.pass(),
        }
    }
    let (steps, _) = replay.finish();
    Ok(steps.into_iter().filter_map(|step| step.script).collect())
}

/// Migrations whose plan must not be kept.
pub(crate) fn refuse(dues: &[Due<'_>]) -> Result<(), Failure> {
    let mut problems = Vec::new();
    for due in dues.iter().filter(|due| due.migration.up.masked.is_some()) {
        problems.push(
            Problem::new(format!(
                "`{}` holds values from the environment, which its plan would keep in the database",
                due.migration.name
            ))
            .help("while no app is running it can be deployed as it is written: --strategy direct"),
        );
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            kind: FailureKind::Input,
            problems,
        }),
    }
}
