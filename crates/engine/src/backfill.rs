//! Rows that are written in batches: one step of a plan, on a database in use.
//!
//! By ranges of places, in the order in which the rows lie on disk: so many blocks at a time, each batch a transaction together
//! with its checkpoint (`backfill/batch.rs`). The last block is fixed when a round over the table begins. Rows that move behind
//! it, or that somebody undoes, are left for another round: the step's own query says whether there are any.
//! Rows that go through a program and back, page by page in the order of a key, are in `backfill/transform.rs`.
//! `backfill/worker.rs` writes, `sweep.rs` what is left where an app makes more of it,
//! `overseer.rs` sees who waits for that, `hold.rs` has the reasons to wait, `size.rs` how much a
//! batch takes, `slices.rs` in how many pieces it goes, `pace.rs` what is asked for, `teller.rs` what is told.

mod batch;
mod board;
mod cancel;
mod crew;
mod hold;
mod look;
mod overseer;
mod pace;
mod parts;
mod round;
mod sample;
mod seat;
mod shift;
mod size;
mod slices;
mod slowdown;
mod stop;
mod sweep;
mod teller;
pub mod transform;
mod worker;

use segue_db::{
    Session,
    own::batches::{self, Heap},
};
use segue_plan::{Batches, Step};

use crate::{Event, Failure, Interrupt, Opener, Patience, Settings};

use board::Board;
pub use hold::Hold;
pub use pace::Pace;
pub use sample::{RowChange, Sampled, sample};
pub use teller::Progress;

use self::{batch::Task, crew::Crew, round::Rounds, stop::Stop, teller::Teller};

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
        batches, session, ..
    } = backfill;
    let heap = heap(session, batches, backfill.patience).await?;
    let task = Task {
        rollout: backfill.rollout,
        number: backfill.number,
        step: backfill.step,
        batches,
        settings: backfill.settings,
        heap,
    };
    let pace = backfill.pace.with(batches.pace);
    let crew = Crew::gather(session, backfill.opener, backfill.settings, pace.workers).await?;
    let board = Board::new(&pace, crew.trip, backfill.interrupt);
    let mut teller = Teller::new(batches.table.to_string(), backfill.events);
    for notice in &crew.notices {
        board.tell(Event::Notice(notice.clone()));
    }
    let mut rounds = Rounds {
        session,
        opener: backfill.opener,
        patience: backfill.patience,
        task,
        board: &board,
        teller: &mut teller,
        crew,
    };
    let filled = rounds.run().await;
    rounds.crew.dismiss().await;
    teller.tell_rest(&board);
    // the step's role and its names end with it
    let renewed = session.execute(&backfill.settings.set_again()).await;
    let rows = filled?;
    renewed?;
    Ok(Filled { rows })
}

/// The table as it is now.
async fn heap(session: &Session, of: &Batches, patience: Patience) -> Result<Heap, Failure> {
    let heap = batches::heap(session, &of.table.to_string(), patience.steps).await;
    let heap = heap.map_err(|error| Stop::Server(error).failure(of))?;
    heap.ok_or_else(|| stop::gone(of))
}
