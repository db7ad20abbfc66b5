//! The first phase: begun with a plan that was just made, or gone on with.

use std::time::Instant;

use segue_db::{
    Session,
    history::{Format, Table},
    own::{
        evidence,
        rollouts::{self, State},
        shapes,
    },
};
use segue_plan::{Plan, Undo};
use segue_project::{Migration, Project};
use segue_sql::Problem;

use super::{
    Covered, Underway, carry::Carrier, course::Goal, fitting, forget_rows, locking, not_now,
};
use crate::{
    Event, Expanded, Failure, Options, app_load::AppBefore, prepare::in_transaction, run::Run,
};

/// What a plan is begun for.
pub(crate) struct Beginning<'b> {
    /// Its migrations, in order.
    pub(crate) migrations: Vec<&'b Migration>,
    /// The plan.
    pub(crate) plan: &'b Plan,
    /// What it is kept under in segue's own tables: [`crate::history::own_key`].
    pub(crate) history: String,
    /// How the app fares so far; none where that is not known.
    pub(crate) app: Option<AppBefore>,
}

/// Begins a plan, and brings it to the end of its first phase. The history and segue's own tables are there.
pub(crate) async fn start(
    run: Run<'_>,
    beginning: Beginning<'_>,
    options: &Options,
) -> Result<Expanded, Failure> {
    let Beginning {
        migrations,
        plan,
        history,
        app,
    } = beginning;
    in_transaction(run.session, rollouts::create()).await?;
    let rows = run.session.rows(rollouts::NEXT).await?;
    let id = rows.into_iter().flatten().flatten().next();
    let id = id.and_then(|id| id.parse().ok()).ok_or_else(|| {
        Failure::refused(Problem::new(
            "segue's own tables gave no number for the plan",
        ))
    })?;
    let covered: Result<Vec<Covered>, Failure> =
        migrations.iter().map(|one| Covered::of(one)).collect();
    let covered = covered?;
    let kept = |value: Result<String, serde_json::Error>| {
        value.map(|text| in_ascii(&text)).map_err(|error| {
            Failure::refused(Problem::new(format!("the plan cannot be kept: {error}")))
        })
    };
    let begin = rollouts::begin(
        id,
        &history,
        &kept(serde_json::to_string(&covered))?,
        &kept(serde_json::to_string(plan))?,
        env!("CARGO_PKG_VERSION"),
    );
    let recorded = migrations.first().zip(run.format.begun);
    let recorded = recorded.map(|(first, begun)| begun(run.table, first));
    let keep = shapes::keep(id, &fitting::relations(plan));
    let statements = forgotten(run.session, &history).await?.into_iter();
    let app = app.and_then(|app| app.keep(id));
    let statements = statements
        .chain([begin])
        .chain(recorded)
        .chain([locking::patiently(run.patience.steps), keep])
        .chain(app);
    in_transaction(run.session, statements.collect()).await?;
    let (open, _) = Underway::read(run.session, &history).await?;
    let underway = open.into_iter().find(|one| one.kept.id == id);
    let underway = underway.ok_or_else(|| {
        Failure::refused(Problem::new(
            "the plan was recorded, and is not there any more",
        ))
    })?;
    carry(run, &underway, plan, &migrations, options).await
}

/// JSON without what the database's encoding may not have: it is kept as text (json.org, `\u` and four hexadecimal digits).
fn in_ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for of in json.chars() {
        match of.is_ascii() {
            true => text.push(of),
            false => {
                for unit in of.encode_utf16(&mut [0; 2]) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

/// What was kept of plans that are done goes: something else is deployed behind them, and they cannot be taken back any more.
pub(crate) async fn forget_done(session: &Session, history: &str) -> Result<(), Failure> {
    let statements = forgotten(session, history).await?;
    in_transaction(session, statements).await
}

async fn forgotten(session: &Session, history: &str) -> Result<Vec<String>, Failure> {
    let done = Underway::last_done(session, history).await?;
    let done: Vec<Plan> = done.iter().filter_map(|one| one.plan().ok()).collect();
    let forget_ended = [shapes::forget_ended(), evidence::FORGET_ENDED.to_owned()];
    let rows = done.iter().flat_map(forget_rows);
    Ok(forget_ended.into_iter().chain(rows).collect())
}

/// Goes on with a plan that was begun.
pub(crate) async fn go_on(
    run: Run<'_>,
    underway: &Underway,
    project: &Project,
    options: &Options,
) -> Result<Expanded, Failure> {
    if underway.kept.state != State::Expanding {
        return Err(not_now(underway));
    }
    fitting::files(underway, project)?;
    let plan = underway.plan()?;
    let migrations = underway.on_disk(project)?;
    carry(run, underway, &plan, &migrations, options).await
}

async fn carry<'p>(
    run: Run<'_>,
    underway: &Underway,
    plan: &'p Plan,
    migrations: &[&'p Migration],
    options: &'p Options,
) -> Result<Expanded, Failure> {
    let begun = Instant::now();
    let has_contract = !plan.contract.is_empty();
    let last = last(
        run.format,
        run.table,
        underway.kept.id,
        (migrations, has_contract),
    );
    let mut carrier = Carrier::new(run, underway, plan, options, State::Expanding).await?;
    carrier.migrations = migrations.to_vec();
    carrier.go(Goal::Expand, last).await?;
    let expanded = Expanded {
        migrations: migrations.iter().map(|one| one.name.clone()).collect(),
        steps: plan.expand.len(),
        contract: plan.contract.len(),
        stays: plan.expand.iter().find_map(|step| match &step.undo {
            Undo::Impossible(why) => Some(why.clone()),
            Undo::Nothing | Undo::Actions(_) => None,
        }),
        elapsed: begun.elapsed(),
    };
    (carrier.run.events)(Event::Expanded(expanded.clone()));
    Ok(expanded)
}

/// What ends the phase: the history has the migrations from here on, so that the new app may ship.
fn last(
    format: &Format,
    table: &Table,
    id: i64,
    (migrations, has_contract): (&[&Migration], bool),
) -> Vec<String> {
    let records = migrations
        .iter()
        .enumerate()
        .map(|(at, migration)| match at {
            0 if format.begun.is_some() => (format.finished)(table, migration),
            _ => (format.applied)(table, migration),
        });
    let mut statements: Vec<String> = records.collect();
    match has_contract {
        true => statements.push(rollouts::keep_state(id, State::Expanded)),
        // what it is like is kept: it can be taken back until another one comes
        false => statements.push(rollouts::keep_state(id, State::Contracted)),
    }
    statements
}
