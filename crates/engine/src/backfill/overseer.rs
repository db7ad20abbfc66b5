//! A connection beside the workers': it sees who waits for them and whom they wait for, what people want of the plan, and how
//! far replicas are behind.

use std::time::{Duration, Instant};

use segue_db::{
    ServerError, Session,
    postgres::{blockers, waiters},
};
use tokio::sync::{Notify, watch};

use super::{
    Board, Hold,
    look::{self, Watched},
};
use crate::{Event, Opener, backfill::crew::open};

/// How often waits are looked at while a batch runs: no client waits much longer for a row.
const TICK: Duration = Duration::from_millis(100);
/// How often it is told that a worker waits.
const TOLD: Duration = Duration::from_secs(1);
/// How long somebody who waited for us has the way.
const WAY: Duration = Duration::from_millis(50);
/// How often a connection that was lost is opened again before that counts as a failure.
const REOPENED: u32 = 5;
/// How long to wait before each time.
const REOPEN_AFTER: Duration = Duration::from_millis(500);

/// The one that looks after the workers.
pub(super) struct Overseer<'a> {
    pub(super) session: &'a mut Session,
    pub(super) opener: &'a Opener,
    /// The processes of the workers on the server.
    pub(super) pids: Vec<String>,
    /// Since when a worker waits for a lock.
    waiting_since: Option<Instant>,
    /// When that was last told.
    told: Option<Instant>,
}

impl<'a> Overseer<'a> {
    pub(super) fn new(session: &'a mut Session, opener: &'a Opener, pids: Vec<String>) -> Self {
        Self {
            session,
            opener,
            pids,
            waiting_since: None,
            told: None,
        }
    }

    /// Looks after the workers until it is told that they are at home, and ends with no transaction open. `doorbells` are those of
    /// the workers.
    ///
    /// # Errors
    /// Why it cannot.
    pub(super) async fn oversee(
        &mut self,
        watched: &Watched<'_>,
        board: &Board<'_>,
        doorbells: &[Notify],
        mut at_home: watch::Receiver<bool>,
    ) -> Result<(), ServerError> {
        loop {
            match self.tick(watched, board, doorbells).await {
                Ok(()) => {}
                Err(error) if error.ends_connection() && !*at_home.borrow() => {
                    self.reopen(watched, error).await?;
                }
                Err(error) => return Err(error),
            }
            let at_home = at_home.wait_for(|at_home| *at_home);
            if tokio::time::timeout(TICK, at_home).await.is_ok() {
                return Ok(());
            }
        }
    }

    async fn tick(
        &mut self,
        watched: &Watched<'_>,
        board: &Board<'_>,
        doorbells: &[Notify],
    ) -> Result<(), ServerError> {
        if board.should_look(look::EVERY) {
            look::look(self.session, watched, board).await?;
        }
        if !board.has_running() {
            return Ok(());
        }
        let pids: Vec<&str> = self.pids.iter().map(String::as_str).collect();
        let waits = waiters::waits(self.session, &pids).await?;
        board.asked();
        let in_the_way = waiters::in_the_way(&waits, &pids);
        for (pid, doorbell) in pids.iter().zip(doorbells) {
            if in_the_way.contains(*pid) {
                board.give_way(WAY);
                board.tell(Event::FillingWaits {
                    table: watched.table.to_string(),
                    hold: Hold::InTheWay,
                });
                doorbell.notify_waiters();
            }
        }
        let ours = waits.iter().find(|wait| {
            pids.contains(&wait.waiter.as_str()) && !pids.contains(&wait.blocker.as_str())
        });
        match ours {
            Some(ours) => self.blocked(&ours.waiter, board).await,
            None => {
                self.waiting_since = None;
                Ok(())
            }
        }
    }

    /// A worker waits: who is in its way is learned and told.
    async fn blocked(&mut self, waiter: &str, board: &Board<'_>) -> Result<(), ServerError> {
        let chain = blockers::chain(self.session, waiter).await?;
        if chain.is_empty() {
            return Ok(());
        }
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        board.blocked_by(chain.clone());
        if self.told.is_none_or(|told| told.elapsed() >= TOLD) {
            self.told = Some(Instant::now());
            board.tell(Event::WaitingForLock {
                chain,
                since: since.elapsed(),
            });
        }
        Ok(())
    }

    async fn reopen(
        &mut self,
        watched: &Watched<'_>,
        error: ServerError,
    ) -> Result<(), ServerError> {
        for _ in 0..REOPENED {
            tokio::time::sleep(REOPEN_AFTER).await;
            if let Some(session) = open(self.opener, watched.settings).await {
                *self.session = session;
                return Ok(());
            }
        }
        Err(error)
    }
}
