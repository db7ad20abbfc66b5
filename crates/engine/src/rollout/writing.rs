//! Rows that a deploy writes, seen from another connection.

use std::time::{Duration, Instant};

use segue_db::{
    Session,
    own::{
        batches::{self, Checkpoint, fraction},
        rollouts::{StepRecord, StepState},
    },
    postgres::lock::Holder,
};
use segue_plan::{Action, Phase, Step, Undo};

use super::{Underway, course::plan_step, number_in_phase};
use crate::{Failure, Request, history};

/// Rows that a deploy writes, or has stopped writing.
#[derive(Debug, Clone, PartialEq)]
pub struct Writing {
    /// The migrations of its plan, in words.
    pub migrations: String,
    /// The phase of the step.
    pub phase: Phase,
    /// Its number in the phase, from 1.
    pub number: usize,
    /// How many steps the phase has.
    pub of: usize,
    /// What the step does.
    pub title: String,
    /// Whether rows are put back.
    pub is_back: bool,
    /// The table.
    pub table: String,
    /// How many rows are written.
    pub rows: u64,
    /// How much of the table is done, from 0 to 1.
    pub done: f64,
    /// How often the table was begun.
    pub round: u32,
    /// How many rows a second were written while it was looked at.
    pub per_second: f64,
    /// How long it will take at that pace; none where nothing moved.
    pub left: Option<Duration>,
    /// Why rows wait, as the deploy said last.
    pub waits: Option<String>,
    /// How many rows a second may be written, as `segue throttle` has said; 0: as many as the database bears.
    pub max_rate: Option<u64>,
    /// Whether rows are left alone until `segue resume`.
    pub paused: bool,
    /// The session of the deploy; none: nobody goes on with it at present.
    pub by: Option<Holder>,
}

/// Looks for rows that are being written, for so long: of each plan at most those of one step. No lock is taken: the deploy has
/// it.
///
/// # Errors
/// What the server refused; a plan of another version.
pub async fn writing(mut request: Request<'_>, time: Duration) -> Result<Vec<Writing>, Failure> {
    if matches!(request.session, Session::Sqlite(_)) {
        return Ok(Vec::new());
    }
    let facts = request.facts().await?;
    let (project, options) = (request.project, request.options);
    let opened = history::open(request.session, &facts, project, &options.place).await?;
    let mut found = Vec::new();
    for underway in &opened.open {
        found.extend(look(request.session, underway, time).await?);
    }
    Ok(found)
}

/// The table whose rows a step writes or puts back at present, if it does.
pub(super) fn table_of(record: &StepRecord, step: &Step) -> Option<String> {
    let action = match (record.state, &step.undo) {
        (StepState::Begun, _) => Some(&step.action),
        (StepState::Undoing, Undo::Actions(actions)) => actions.get(record.part),
        _ => None,
    };
    match action? {
        Action::Batches(batches) => Some(batches.table.to_string()),
        Action::Transform(transform) => Some(transform.table.to_string()),
        _ => None,
    }
}

async fn look(
    session: &Session,
    underway: &Underway,
    time: Duration,
) -> Result<Option<Writing>, Failure> {
    let plan = underway.plan()?;
    let steps = underway.steps.iter();
    let open = steps.rev().find_map(|record| {
        let step = plan_step(&plan, record.step);
        table_of(record, step).map(|table| (record, step, table))
    });
    let Some((record, step, table)) = open else {
        return Ok(None);
    };
    let id = underway.kept.id;
    let before = batches::read(session, id, record.step).await?;
    let begun = Instant::now();
    tokio::time::sleep(time).await;
    let now = batches::read(session, id, record.step).await?;
    let elapsed = begun.elapsed().as_secs_f64().max(f64::EPSILON);
    let rows = |parts: &[Checkpoint]| parts.iter().map(|part| part.rows).sum::<u64>();
    let (done, share) = (fraction(&now), fraction(&now) - fraction(&before));
    let (phase, number, steps) = number_in_phase(&plan, record.step);
    let controls = batches::controls(session, id).await?;
    Ok(Some(Writing {
        migrations: underway.names(),
        phase,
        number,
        of: steps,
        title: step.title.clone(),
        is_back: record.state == StepState::Undoing,
        table,
        rows: rows(&now),
        done,
        round: now.first().map_or(1, |part| part.round),
        per_second: rows(&now).saturating_sub(rows(&before)) as f64 / elapsed,
        left: (share > 0.0)
            .then(|| Duration::try_from_secs_f64((1.0 - done) / share * elapsed).ok())
            .flatten(),
        waits: batches::waits(session, id).await?,
        max_rate: controls.max_rate,
        paused: controls.paused,
        by: underway.by.clone(),
    }))
}
