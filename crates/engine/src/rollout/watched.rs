//! An open plan as it is at a moment, for people who watch.

use std::time::Duration;

use segue_db::{
    Session,
    own::{
        batches::{self, fraction},
        rollouts::{State, StepRecord, StepState},
    },
    postgres::lock::Holder,
};
use segue_plan::{Phase, Plan};

use super::{Underway, course::plan_step, number_in_phase, writing::table_of};
use crate::Failure;

/// A plan that is neither done nor taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedPlan {
    /// Its number in the journal.
    pub id: i64,
    /// Its migrations, in words.
    pub migrations: String,
    /// How far it is.
    pub state: State,
    /// When it was begun, as the server prints it.
    pub begun_at: String,
    /// How many steps of both phases are done.
    pub done: usize,
    /// How many both phases have.
    pub of: usize,
    /// The step that is under way.
    pub step: Option<WatchedStep>,
    /// Why it stopped last.
    pub problem: Option<String>,
    /// Whether rows are left alone until somebody says otherwise.
    pub is_paused: bool,
    /// How many rows a second may be written, as `segue throttle` has said; 0: as many as the database bears.
    pub max_rate: Option<u64>,
    /// Why rows wait, as the deploy said last.
    pub waits: Option<String>,
    /// The session that carries it out; none: nobody does at present.
    pub by: Option<Holder>,
}

/// A step that is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedStep {
    /// Its number in the plan, contract behind expand, from 0.
    pub index: usize,
    /// Its phase.
    pub phase: Phase,
    /// Its number in the phase, from 1.
    pub number: usize,
    /// How many steps the phase has.
    pub of: usize,
    /// What it does.
    pub title: String,
    /// Whether it is taken back.
    pub is_back: bool,
    /// The rows that it writes in batches.
    pub rows: Option<WatchedRows>,
}

/// Rows that are written in batches.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedRows {
    /// The table.
    pub table: String,
    /// How many are written.
    pub rows: u64,
    /// How much of the table is done, from 0 to 1.
    pub done: f64,
    /// How many a second were written since the snapshot before; none: there was none.
    pub per_second: Option<f64>,
    /// How long it will take at that pace; none where nothing moved.
    pub left: Option<Duration>,
}

/// Looks at an open plan; gives the relations that it touches too, as SQL.
pub(crate) async fn watched(
    session: &Session,
    underway: &Underway,
) -> Result<(WatchedPlan, Vec<String>), Failure> {
    let plan = underway.plan()?;
    let kept = &underway.kept;
    let step = match under_way(&underway.steps) {
        Some(record) => Some(step(session, kept.id, &plan, record).await?),
        None => None,
    };
    let done = |record: &&StepRecord| record.state == StepState::Done;
    let watched = WatchedPlan {
        id: kept.id,
        migrations: underway.names(),
        state: kept.state,
        begun_at: kept.begun_at.clone(),
        done: underway.steps.iter().filter(done).count(),
        of: plan.expand.len() + plan.contract.len(),
        step,
        problem: kept.problem.clone(),
        is_paused: kept.paused,
        max_rate: kept.max_rate,
        waits: batches::waits(session, kept.id).await?,
        by: underway.by.clone(),
    };
    Ok((watched, super::relations(&plan)))
}

fn under_way(steps: &[StepRecord]) -> Option<&StepRecord> {
    let is_open =
        |record: &&StepRecord| matches!(record.state, StepState::Begun | StepState::Undoing);
    steps.iter().rev().find(is_open)
}

async fn step(
    session: &Session,
    id: i64,
    plan: &Plan,
    record: &StepRecord,
) -> Result<WatchedStep, Failure> {
    let step = plan_step(plan, record.step);
    let rows = match table_of(record, step) {
        None => None,
        Some(table) => {
            let parts = batches::read(session, id, record.step).await?;
            Some(WatchedRows {
                table,
                rows: parts.iter().map(|part| part.rows).sum(),
                done: fraction(&parts),
                per_second: None,
                left: None,
            })
        }
    };
    let (phase, number, of) = number_in_phase(plan, record.step);
    Ok(WatchedStep {
        index: record.step,
        phase,
        number,
        of,
        title: step.title.clone(),
        is_back: record.state == StepState::Undoing,
        rows,
    })
}
