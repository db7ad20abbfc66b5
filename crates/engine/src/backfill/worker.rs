//! One worker: it takes a part of the table, and writes it batch after batch.

use std::time::{Duration, Instant};

use segue_db::{ServerError, Session, own::batches::Checkpoint};
use tokio::sync::Notify;

use super::{
    Board,
    batch::{Task, Written},
    look,
    size::Size,
    stop::Stop,
};
use crate::{Event, Patience, run::pause};

/// One worker, with its connection.
pub(super) struct Worker<'a> {
    pub(super) session: &'a Session,
    pub(super) task: Task<'a>,
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

impl Worker<'_> {
    /// Writes parts until none is left.
    pub(super) async fn work(&self) -> Result<(), Stop> {
        while let Some(part) = self.board.take() {
            self.part(part).await?;
        }
        Ok(())
    }

    async fn part(&self, mut at: Checkpoint) -> Result<(), Stop> {
        let mut size = Size::new();
        let mut trouble = Trouble::default();
        let mut rows_of_block = None;
        while at.next < at.until {
            self.turn().await?;
            let blocks = self.blocks(&size, rows_of_block);
            let to = at.next.saturating_add(blocks).min(at.until);
            let blocks = to - at.next;
            let batch = self
                .task
                .batch(self.session, self.board, self.doorbell, &at, to);
            match batch.await {
                Ok(Written {
                    at: behind,
                    rows,
                    took,
                }) => {
                    at = behind;
                    trouble = Trouble::default();
                    size.took(blocks, took, self.board.pace.target);
                    rows_of_block = Some(rows as f64 / f64::from(blocks));
                    let rest = self.board.committed(at, rows, took);
                    self.board.sleep(rest).await;
                }
                Err(Stop::Server(error)) if error.is_passing() || error.is_cancelled() => {
                    size.failed(blocks);
                    self.again(&mut trouble, error).await?;
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }

    /// As many blocks as are right for the time, and no more rows than may be written in a second, or in a batch.
    fn blocks(&self, size: &Size, rows_of_block: Option<f64>) -> u32 {
        let blocks = size.blocks();
        let own = self.task.batches.pace.size;
        let most = self.board.rate().into_iter().chain(own).min();
        match (most, rows_of_block) {
            (Some(most), Some(rows)) if rows > 0.0 => {
                let most = (most as f64 / rows).max(1.0);
                // a number that does not fit is the largest one that does
                blocks.min(most as u32)
            }
            // nothing is known of them yet
            (_, None) if own.is_some() => 1,
            _ => blocks,
        }
    }

    /// Waits until a batch may begin.
    pub(super) async fn turn(&self) -> Result<(), Stop> {
        let mut used = Instant::now();
        loop {
            if self.board.is_stopping() {
                return Err(Stop::Told);
            }
            if self.is_alone && self.board.should_look(look::EVERY) {
                let looked = look::look(self.session, &self.task, self.board).await;
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
