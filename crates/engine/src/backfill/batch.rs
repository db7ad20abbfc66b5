//! One batch: its rows and its checkpoint in one transaction.

use std::{
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use segue_db::{
    Session,
    own::batches::{self, Checkpoint, Heap},
    postgres::statements::marked,
};
use segue_plan::{Batches, Step};
use tokio::sync::Notify;

use super::{Board, cancel, look::Watched, slices::Place, stop::Stop};
use crate::Settings;

/// What is written, and where its checkpoints are.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) rollout: i64,
    pub(super) number: usize,
    pub(super) step: &'a Step,
    pub(super) batches: &'a Batches,
    pub(super) settings: &'a Settings,
    pub(super) heap: Heap,
}

/// A batch that is committed.
pub(super) struct Written {
    /// The checkpoint behind it.
    pub(super) at: Checkpoint,
    pub(super) rows: u64,
    pub(super) took: Duration,
}

/// Before the checkpoint is held: BEGIN, four settings, and two statements that make us ourselves.
const BEFORE_HELD: usize = 7;
/// Behind the statement that writes: whether the table is in its file, and constraints.
const BEHIND_WRITTEN: usize = 2;

/// A commit that does not wait for the disk, which writes while the next batch runs: it saves a sixth of the time. A server that
/// crashes (and only then) loses what was committed in the last moments, three times `wal_writer_delay` at most, and the
/// checkpoints with it, so that it is written again (wal-async-commit.html). The record that the step is done does wait, and
/// so for all that was committed before.
const AHEAD_OF_DISK: &str = "SET LOCAL synchronous_commit = off";

/// A batch whose segue is gone, and the connection not, does not keep its rows: nothing of ours takes so long between two statements.
const NOT_IDLE: &str = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

impl<'a> Task<'a> {
    /// What is looked after while it is done.
    pub(super) fn watched(&self) -> Watched<'a> {
        Watched {
            rollout: self.rollout,
            table: &self.batches.table,
            settings: self.settings,
        }
    }

    /// Writes the rows from the checkpoint's next block up to another one, slice by slice; so many rows at most, as far as that can be
    /// told before.
    pub(super) async fn batch(
        &self,
        session: &Session,
        board: &Board<'_>,
        doorbell: &Notify,
        from: &Checkpoint,
        slices: &[(Place, Place)],
        most: Option<u64>,
    ) -> Result<Written, Stop> {
        let start = Instant::now();
        board.begins();
        let result = self
            .write(session, (board, doorbell), from, slices, most)
            .await;
        board.ended();
        let (rows, to) = match result {
            Ok(written) => written,
            Err(stop) => {
                let is_alive = !matches!(&stop, Stop::Server(error) if error.ends_connection());
                if is_alive {
                    session.execute("ROLLBACK").await.map_err(Stop::Server)?;
                }
                return Err(stop);
            }
        };
        let at = Checkpoint {
            next: to,
            rows: from.rows + rows,
            ..*from
        };
        Ok(Written {
            at,
            rows,
            took: start.elapsed(),
        })
    }

    async fn write(
        &self,
        session: &Session,
        (board, doorbell): (&Board<'_>, &Notify),
        from: &Checkpoint,
        slices: &[(Place, Place)],
        most: Option<u64>,
    ) -> Result<(u64, u32), Stop> {
        let unwanted = || async {
            tokio::select! {
                () = board.stops() => {}
                () = doorbell.notified() => {}
            }
        };
        let text = |(block, row): Place| format!("({block},{row})");
        let statement =
            |(from, to): &(Place, Place)| self.batches.between(&text(*from), &text(*to));
        let statements: Vec<String> = slices.iter().map(statement).collect();
        // blocks with more rows than those before do not make the batch much longer, or larger
        let (start, target) = (Instant::now(), board.target());
        let may_end = |index: usize, rows: u64| {
            let is_whole = slices.get(index).is_some_and(|(_, (_, row))| *row == 0);
            let is_enough = most.is_some_and(|most| rows > most);
            is_whole && (is_enough || start.elapsed() >= target)
        };
        let sent = self
            .send(session, unwanted, from, &statements, may_end)
            .await?;
        let (rows, last) = sent;
        let to = slices.get(last).map_or(from.next, |(_, (to, _))| *to);
        if self.batches.compares && rows > 0 {
            let all = statement(&((from.next, 0), (to, 0)));
            let found = session.rows(&marked(&all)).await;
            let found = found.map_err(Stop::Server)?.into_iter();
            return Err(Stop::Differs(found.flatten().flatten().collect()));
        }
        let at = Checkpoint {
            next: to,
            rows: from.rows + rows,
            ..*from
        };
        self.commit(session, &at).await?;
        Ok((rows, to))
    }

    /// Begins a transaction from a checkpoint, in which statements write rows, one after the other, until `may_end` says of one, and of
    /// how many rows there would be with another one, that it can be the last; how many rows, and which statement was the last. Once `unwanted` comes the server is asked to stop.
    pub(super) async fn send<F: Future<Output = ()>>(
        &self,
        session: &Session,
        unwanted: impl Fn() -> F,
        from: &Checkpoint,
        statements: &[String],
        may_end: impl Fn(usize, u64) -> bool,
    ) -> Result<(u64, usize), Stop> {
        let hold = batches::hold(self.rollout, self.number, from);
        let mut script = opening(self.step, self.settings, hold);
        script.extend(self.batches.before.iter().cloned());
        let (mut rows, mut largest) = (0, 0);
        // a request that comes between two slices ends neither
        let has_come = AtomicBool::new(false);
        let comes = || async {
            unwanted().await;
            has_come.store(true, Ordering::Relaxed);
        };
        for (index, statement) in statements.iter().enumerate() {
            let (is_first, is_last) = (index == 0, index + 1 == statements.len());
            script.push(marked(statement));
            if is_last {
                script.extend(self.closing());
            }
            let message = joined(&std::mem::take(&mut script));
            let counts = cancel::until(session, comes(), session.counts(&message)).await;
            let counts = counts.map_err(Stop::Server)?;
            let from_last = |index: usize| counts.iter().rev().nth(index).copied();
            if is_first && counts.get(BEFORE_HELD) != Some(&1) {
                return Err(Stop::Elsewhere);
            }
            if is_last && from_last(BEHIND_WRITTEN - 1) != Some(1) {
                return Err(Stop::Moved);
            }
            let behind = if is_last { BEHIND_WRITTEN } else { 0 };
            let written = from_last(behind).unwrap_or(0);
            rows += written;
            largest = largest.max(written);
            if is_last {
                break;
            }
            if has_come.load(Ordering::Relaxed) {
                return Err(Stop::GivesWay);
            }
            if may_end(index, rows + largest) {
                let closed = session.counts(&joined(&self.closing())).await;
                let closed = closed.map_err(Stop::Server)?;
                return match closed.first() {
                    Some(1) => Ok((rows, index)),
                    _ => Err(Stop::Moved),
                };
            }
        }
        Ok((rows, statements.len().saturating_sub(1)))
    }

    /// Keeps the checkpoint, and ends the transaction.
    pub(super) async fn commit(&self, session: &Session, at: &Checkpoint) -> Result<(), Stop> {
        let keep = format!(
            "{}; {}; COMMIT",
            self.settings.be_ourselves_locally(),
            batches::keep(self.rollout, self.number, at)
        );
        session.execute(&keep).await.map_err(Stop::Server)
    }

    /// Behind the statement that writes: [`BEHIND_WRITTEN`]. Constraints that are deferred are looked at with the rights and
    /// the names that the statement has, and not with ours.
    fn closing(&self) -> [String; BEHIND_WRITTEN] {
        [
            batches::is_in_its_file(self.heap),
            "SET CONSTRAINTS ALL IMMEDIATE".to_owned(),
        ]
    }
}

/// A transaction up to the statements of its batch. The first ones are [`BEFORE_HELD`], then comes `hold`, which locks the
/// checkpoint.
pub(super) fn opening(step: &Step, settings: &Settings, hold: String) -> Vec<String> {
    let timeouts = step.timeouts;
    let lock = timeouts.lock.unwrap_or(settings.lock_timeout);
    let statement = timeouts.statement.unwrap_or(settings.statement_timeout);
    let mut script = vec![
        "BEGIN".to_owned(),
        format!("SET LOCAL lock_timeout = {}", lock.as_millis()),
        format!("SET LOCAL statement_timeout = {}", statement.as_millis()),
        AHEAD_OF_DISK.to_owned(),
        NOT_IDLE.to_owned(),
        settings.be_ourselves_locally(),
        hold,
    ];
    script.extend(step.settings_of_transaction());
    script
}

/// Statements as one message; each may end in a comment.
pub(super) fn joined(statements: &[String]) -> String {
    statements.join("\n;\n")
}
