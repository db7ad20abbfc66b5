//! What every worker has, whatever it does to rows: a connection, the board, and when its turn is.

use std::time::{Duration, Instant};

use segue_db::{ServerError, Session};
use tokio::sync::Notify;

use super::{
    Board,
    look::{self, Watched},
    stop::Stop,
};
use crate::{Event, Patience, run::pause};

/// A worker's connection, and what it waits for.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub(super) session: &'a Session,
    pub(super) watched: Watched<'a>,
    pub(super) board: &'a Board<'a>,
    pub(super) patience: Patience,
    /// Rung when somebody waits for the batch.
    pub(super) doorbell: &'a Notify,
    /// Whether there is no connection beside this one that looks at what people want.
    pub(super) is_alone: bool,
}

/// How often what holds the batches is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How often a connection that waits is used, so that nothing on the way takes it for dead.
const ALIVE: Duration = Duration::from_secs(30);

impl Seat<'_> {
    /// Waits until a batch may begin.
    pub(super) async fn turn(&self) -> Result<(), Stop> {
        let mut used = Instant::now();
        loop {
            if self.board.is_stopping() {
                return Err(Stop::Told);
            }
            if self.is_alone && self.board.should_look(look::EVERY) {
                let looked = look::look(self.session, &self.watched, self.board).await;
                looked.map_err(Stop::Server)?;
                used = Instant::now();
            }
            if self.board.hold().is_none() {
                return Ok(());
            }
            if used.elapsed() >= ALIVE {
                self.session.execute("SELECT").await.map_err(Stop::Server)?;
                used = Instant::now();
            }
            let allowed = self.board.until_rate_allows();
            self.board
                .sleep(allowed.map_or(TICK, |time| time.min(TICK)))
                .await;
        }
    }

    /// Waits before a batch is tried again, unless it was tried for too long.
    pub(super) async fn again(
        &self,
        trouble: &mut Trouble,
        error: ServerError,
    ) -> Result<(), Stop> {
        if self.board.is_stopping() {
            return Err(Stop::Told);
        }
        let since = *trouble.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= self.patience.steps {
            let blockers = self.board.blockers();
            return Err(Stop::Locked(error, since.elapsed(), blockers));
        }
        trouble.tries += 1;
        let left = self.patience.steps.saturating_sub(since.elapsed());
        let pause = pause(trouble.tries).min(left);
        self.board.tell(Event::Retrying {
            tries: trouble.tries,
            pause,
        });
        self.board.sleep(pause).await;
        Ok(())
    }
}

/// A batch that fails again and again.
#[derive(Default)]
pub(super) struct Trouble {
    since: Option<Instant>,
    tries: u32,
}
