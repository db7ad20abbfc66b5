//! Rows that are written in batches: one step of a plan, on a database in use.
//!
//! The pace that is asked for is in `backfill/pace.rs`.

mod pace;

use segue_db::Session;
use segue_plan::{Batches, Step};

use crate::{Event, Failure, Interrupt, Opener, Patience, Settings};

pub use pace::Pace;

/// What to write, and how.
pub struct Backfill<'a> {
    /// The plan, as in `segue.rollouts`. Its row, and that of the step in `segue.steps`, are there.
    pub rollout: i64,
    /// The number of the step in the plan, contract behind expand, from 0.
    pub number: usize,
    /// The step.
    pub step: &'a Step,
    /// What it writes.
    pub batches: &'a Batches,
    /// How fast.
    pub pace: &'a Pace,
    /// Of the sessions.
    pub settings: &'a Settings,
    /// How long to try for locks.
    pub patience: Patience,
    /// The deploy's own session: the first worker's. Afterwards it is set as [`Settings`] say.
    pub session: &'a Session,
    /// Opens connections: of further workers, and of the one that sees who waits for us.
    pub opener: Option<&'a Opener>,
    /// The user's wish to stop.
    pub interrupt: &'a Interrupt,
    /// Hears what happens.
    pub events: &'a mut (dyn FnMut(Event) + Send),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// How many rows, those of earlier runs included.
    pub rows: u64,
}

/// Writes the rows, from where an earlier run has stopped, until none is left.
///
/// # Errors
/// What the server refused; no lock within the budget; the user's wish to stop; rows that are left whatever is written.
/// What is committed until then stays, and the next run goes on there.
pub async fn run(backfill: Backfill<'_>) -> Result<Filled, Failure> {
    let Backfill {
        session,
        batches,
        step,
        ..
    } = backfill;
    for statement in step.settings.iter().chain(&batches.before) {
        session.execute(statement).await?;
    }
    let whole = batches.between(segue_plan::FIRST_ROW, segue_plan::LAST_ROW);
    session.execute(&whole).await?;
    Ok(Filled { rows: 0 })
}
