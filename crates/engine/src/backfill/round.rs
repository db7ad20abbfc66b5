//! Round after round over a table, until no row is left.

use segue_db::{Session, own::batches, postgres::statements::marked};
use tokio::sync::Notify;

use super::{
    Board, Crew, Stop, Task, Teller, cancel, heap, look, parts, seat::Seat, shift::Shift,
    stop::left, sweep::Swept, worker::Worker,
};
use crate::{Failure, Opener, Patience};

/// How many rounds there may be. The second has what moved out of its batch while an app wrote it; more are for apps
/// that write such rows all the time.
const MOST: u32 = 10;
/// How many looks there may be behind a round for rows that are left, where an app may make more of them.
const LOOKS: u32 = 10;
/// After so many rounds that wrote nothing there is no use in another one. One may do so since a row that an app writes again and
/// again is another version whenever it is met, and no trigger says anything of that where the row stays the same.
const IDLE: u32 = 4;

/// What all rounds share.
pub(super) struct Rounds<'a, 'b> {
    pub(super) session: &'a Session,
    pub(super) opener: Option<&'a Opener>,
    pub(super) patience: Patience,
    pub(super) task: Task<'a>,
    pub(super) board: &'a Board<'a>,
    pub(super) teller: &'b mut Teller<'a>,
    pub(super) crew: Crew,
}

impl Rounds<'_, '_> {
    /// Runs them; gives how many rows were written, by earlier runs too.
    pub(super) async fn run(&mut self) -> Result<u64, Failure> {
        let task = &self.task;
        let mut parts = batches::read(self.session, task.rollout, task.number).await?;
        let is_same = |part: &batches::Checkpoint| part.file == task.heap.file;
        if parts.is_empty() || !parts.iter().all(is_same) {
            parts = self.begin(&parts).await?;
        }
        let mut idle = 0;
        let mut finished = 0;
        loop {
            let before = parts::rows(&parts);
            let stop = self.round(parts).await?;
            parts = self.board.parts();
            if stop {
                // rewritten meanwhile: what was seen of this round says nothing of the next
                parts = self.begin(&parts).await?;
                continue;
            }
            if self.is_done(finished == 0).await? {
                return Ok(parts::rows(&self.board.parts()));
            }
            finished += 1;
            idle = if parts::rows(&parts) == before {
                idle + 1
            } else {
                0
            };
            if idle >= IDLE || finished >= MOST {
                return Err(left(self.task.batches, self.count().await, finished));
            }
            parts = self.begin(&parts).await?;
        }
    }

    /// Begins a round behind another one. The table's last block is that of now: what stands behind it was written while
    /// the step before, committed, keeps such rows right.
    async fn begin(
        &mut self,
        before: &[batches::Checkpoint],
    ) -> Result<Vec<batches::Checkpoint>, Failure> {
        let task = &mut self.task;
        task.heap = heap(self.session, task.batches, self.patience).await?;
        let round = before.first().map_or(0, |part| part.round) + 1;
        let workers = self.crew.pids.len();
        let parts = parts::cut(task.heap, workers, round, parts::rows(before));
        let script = format!(
            "BEGIN; {}; {}; COMMIT",
            task.settings.be_ourselves_locally(),
            batches::begin(task.rollout, task.number, &parts)
        );
        let begun = self.session.execute(&script).await;
        if begun.is_err() {
            let _ = self.session.execute("ROLLBACK").await;
        }
        begun?;
        Ok(parts)
    }

    /// Runs what is left of a round; true: it has to be begun again, since the table is in another file now.
    async fn round(&mut self, parts: Vec<batches::Checkpoint>) -> Result<bool, Failure> {
        if parts::are_done(&parts) {
            self.board.begin(parts);
            return Ok(false);
        }
        self.board.begin(parts);
        look::look(self.session, &self.task.watched(), self.board).await?;
        let stopped = self.work().await;
        self.teller.tell_rest(self.board);
        self.teller.tell_progress(&self.board.parts());
        match stopped {
            Ok(()) => Ok(false),
            Err(Stop::Moved) => Ok(true),
            Err(stop) => Err(stop.failure(self.task.batches)),
        }
    }

    /// Lets all workers work until their parts are done or one has stopped. None is left in the middle of a batch.
    async fn work(&mut self) -> Result<(), Stop> {
        let (task, board) = (self.task, self.board);
        let sessions = std::iter::once(self.session).chain(&self.crew.others);
        let doorbells: Vec<Notify> = self.crew.pids.iter().map(|_| Notify::new()).collect();
        let is_alone = self.crew.overseer.is_none();
        let workers: Vec<Worker<'_>> = sessions
            .zip(&doorbells)
            .map(|(session, doorbell)| Worker {
                seat: Seat {
                    session,
                    watched: task.watched(),
                    board,
                    patience: self.patience,
                    doorbell,
                    is_alone,
                },
                task,
            })
            .collect();
        let shift = Shift {
            opener: self.opener,
            overseer: self.crew.overseer.as_mut(),
            pids: &self.crew.pids,
            watched: task.watched(),
            board,
            doorbells: &doorbells,
            teller: self.teller,
        };
        shift.run(workers.iter().map(Worker::work)).await
    }

    /// Whether no row is left. Where an app may go on making such rows: whether all are written that one look has found.
    async fn is_done(&mut self, is_first: bool) -> Result<bool, Failure> {
        let batches = self.task.batches;
        match &batches.left {
            Some(left) => self.sweep(left, is_first).await,
            None => self.has_none_left().await,
        }
    }

    /// Writes what is left behind a round; false: another round is needed.
    async fn sweep(&mut self, left: &str, only_few: bool) -> Result<bool, Failure> {
        let doorbell = Notify::new();
        let worker = Worker {
            seat: Seat {
                session: self.session,
                watched: self.task.watched(),
                board: self.board,
                patience: self.patience,
                doorbell: &doorbell,
                is_alone: true,
            },
            task: self.task,
        };
        for _ in 0..LOOKS {
            let Some(at) = self.board.parts().first().copied() else {
                return Ok(false);
            };
            match worker.sweep(left, at, only_few).await {
                Ok(Swept::All) => return Ok(true),
                Ok(Swept::More) => {}
                Ok(Swept::TooMany) => return Ok(false),
                // in another file: its places are others
                Err(Stop::Moved) => return Ok(false),
                Err(stop) => return Err(stop.failure(self.task.batches)),
            }
        }
        Ok(false)
    }

    /// `&mut` although nothing changes: a shared reference would keep the future from moving between threads.
    async fn has_none_left(&mut self) -> Result<bool, Failure> {
        let rows = self.ask(&self.task.batches.done).await;
        match rows {
            Ok(answer) => Ok(answer.as_deref() == Some("t")),
            Err(_) if self.board.interrupt.has_come() => Err(Stop::Told.failure(self.task.batches)),
            Err(error) => Err(Stop::Server(error).failure(self.task.batches)),
        }
    }

    /// How many rows are left, where the step's query can be asked for that.
    async fn count(&mut self) -> Option<u64> {
        let done = &self.task.batches.done;
        let from = done.strip_prefix("SELECT NOT EXISTS (SELECT FROM ")?;
        let from = from.strip_suffix(')')?;
        let count = self.ask(&format!("SELECT count(*) FROM {from}")).await;
        count.ok().flatten()?.parse().ok()
    }

    /// The one value that a query gives under the settings of the step. It may read the whole table.
    async fn ask(&mut self, query: &str) -> Result<Option<String>, segue_db::ServerError> {
        let mut script = vec![
            "BEGIN".to_owned(),
            // it reads, and nobody waits for it
            "SET LOCAL statement_timeout = 0".to_owned(),
            "SET LOCAL lock_timeout = 0".to_owned(),
        ];
        script.extend(self.task.step.settings_of_transaction());
        script.push(marked(query));
        script.push("COMMIT".to_owned());
        // a query may end in a comment
        let script = script.join("\n;\n");
        let asked = self.session.rows(&script);
        let asked = cancel::until(self.session, self.board.stops(), asked).await;
        match asked {
            Ok(rows) => Ok(rows
                .into_iter()
                .last()
                .into_iter()
                .flatten()
                .next()
                .flatten()),
            Err(error) => {
                if !error.ends_connection() {
                    self.session.execute("ROLLBACK").await?;
                }
                Err(error)
            }
        }
    }
}
