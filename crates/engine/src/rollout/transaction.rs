//! A step that is one transaction, tried until its locks are to be had: for a moment at a time, so that no queue forms behind it.

use std::time::{Duration, Instant};

use segue_db::{BatchError, Piece, postgres::blockers};
use segue_plan::Step;

use super::{
    carry::Carrier,
    course::plan_step,
    locking::{self, Order, Way},
    told,
};
use crate::{
    Event, Failure,
    run::pause,
    watch::{LONG_WAIT, SHORT_WAIT, Watching},
};

/// A transaction that others wait for does not stay where its segue stopped and the connection did not: frozen with its machine, or
/// behind a network that swallows all. Nothing of ours takes so long between two statements.
const NOT_IDLE: &str = "SET LOCAL idle_in_transaction_session_timeout = '3s'";

impl Carrier<'_, '_> {
    /// Runs statements of a step in one transaction that ends with `tail`: forth, another hand is looked for before each try but the
    /// first, since it may have waited for long.
    pub(super) async fn transaction(
        &mut self,
        number: usize,
        statements: &[String],
        tail: &[String],
        way: Way,
    ) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let mut left_out: Vec<usize> = Vec::new();
        let waits = step.timeouts.lock.is_some();
        let watching = Watching {
            look_after: if waits { SHORT_WAIT } else { LONG_WAIT },
            of: statements.len(),
            deadline: self.deadline(step),
            longest_wait: None,
        };
        let start = Instant::now();
        let mut tries = 0;
        loop {
            let pieces = self.pieces(number, statements, tail, (way, tries));
            let mut sent = pieces.into_iter().filter(|(of, _)| !left_out.contains(of));
            let result = self.run.watch(&mut sent, start, watching).await;
            let Err(error) = result else {
                return Ok(());
            };
            if !error.error.ends_connection() {
                let _ = self.run.session.execute("ROLLBACK").await;
                // what it said of this try, and that there is nothing left to roll back
                drop(self.run.session.notices());
            }
            self.run.interrupt.refuses()?;
            let statement = error
                .number
                .checked_sub(1)
                .and_then(|at| statements.get(at));
            if let Some(statement) = statement
                && self.may_leave_out(statement, &error.error)
            {
                self.tell_left_out(number, statement, &error.error);
                left_out.push(error.number);
                continue;
            }
            // what is not numbered is ours: the locks that are taken first
            let is_bounded = watching.deadline.is_some() || error.number == 0;
            if !(error.error.is_passing() || is_bounded && error.error.is_cancelled()) {
                return Err(told::refused(self.plan, number, statement, &error.error));
            }
            tries += 1;
            self.again(number, &error, start, tries).await?;
            if way == Way::Forth {
                self.look().await?;
            }
        }
    }

    /// Waits before the next try; fails where the time for all of them is over.
    pub(super) async fn again(
        &mut self,
        number: usize,
        error: &BatchError,
        start: Instant,
        tries: u32,
    ) -> Result<(), Failure> {
        let elapsed = start.elapsed();
        let budget = self.run.patience.steps;
        if elapsed >= budget {
            let seen = self.run.observer.take_seen();
            return Err(told::locked(
                self.plan,
                number,
                (&error.error, elapsed),
                &seen,
            ));
        }
        if self.cancels_blockers {
            self.cancel_blockers().await;
        }
        let pause = pause(tries).min(budget - elapsed);
        (self.run.events)(Event::Retrying { tries, pause });
        self.run.interrupt.sleep(pause).await;
        self.run.interrupt.refuses()
    }

    /// Ends what was seen to block us itself; not those that only wait before us.
    async fn cancel_blockers(&mut self) {
        let seen = self.run.observer.take_seen();
        let (Some(session), _) = self.run.observer.parts() else {
            return;
        };
        for blocker in seen.iter().filter(|blocker| blocker.depth == 1) {
            match blockers::end(session, blocker).await {
                Ok(true) => (self.run.events)(Event::EndedBlocker(blocker.clone())),
                Ok(false) => {}
                Err(error) => (self.run.events)(Event::Notice(format!(
                    "warning: process {} of {} cannot be ended: {error}",
                    blocker.pid, blocker.user
                ))),
            }
        }
    }

    /// How long the transaction may take, where it holds locks that block others and has no work to do.
    fn deadline(&self, step: &Step) -> Option<Duration> {
        let statement = self.statement_timeout(step)?;
        let waits = locking::longest_wait(self.deadlock_timeout) + self.lock_timeout(step);
        Some(waits + statement)
    }

    /// How long its statements may work while others wait: never so long that a deadlock ends the app instead of us
    /// (runtime-config-locks.html).
    fn statement_timeout(&self, step: &Step) -> Option<Duration> {
        let statement = step.timeouts.statement?;
        Some(statement.min(self.deadlock_timeout / 2))
    }

    /// How long a try waits for a lock: as long as the step is given, or as the user wants, but never so long that a deadlock ends
    /// the app instead of us.
    fn lock_timeout(&self, step: &Step) -> Duration {
        let own = self.run.settings.lock_timeout;
        match step.timeouts.lock {
            Some(lock) if own.is_zero() => lock,
            Some(lock) => own.min(lock.max(self.deadlock_timeout / 2)),
            None => Duration::ZERO,
        }
    }

    /// Both orders in turn, where others lock the same tables in one of them all the time: each of ours would end where they meet.
    fn locks(&self, step: &Step, lock: Duration, (way, tries): (Way, u32)) -> Vec<String> {
        let order = match tries % 2 {
            0 => Order::ByName,
            _ => Order::Reversed,
        };
        locking::first(step, lock, self.deadlock_timeout, (way, order))
    }

    fn pieces(
        &self,
        number: usize,
        statements: &[String],
        tail: &[String],
        (way, tries): (Way, u32),
    ) -> Vec<(usize, Piece)> {
        let step = plan_step(self.plan, number);
        let limit = self.statement_timeout(step);
        let limit = limit.unwrap_or(self.run.settings.statement_timeout);
        let mut head = vec![step.begin().to_owned()];
        head.extend(step.timeouts.statement.map(|_| NOT_IDLE.to_owned()));
        head.extend(self.forgotten(number));
        head.extend(step.settings.iter().cloned());
        let lock = self.lock_timeout(step);
        match lock.is_zero() {
            true => head.push(locking::set("lock_timeout", lock)),
            false => head.extend(self.locks(step, lock, (way, tries))),
        }
        head.push(locking::set("statement_timeout", limit));
        let body = statements.iter().enumerate();
        let body = body.map(|(at, text)| (at + 1, Piece::own(text.clone())));
        let ourselves = self.run.settings.be_ourselves_locally();
        let tail = std::iter::once(ourselves)
            .chain(tail.iter().cloned())
            .chain(["COMMIT".to_owned()]);
        let own = |text| (0, Piece::own(text));
        head.into_iter()
            .map(own)
            .chain(body)
            .chain(tail.map(own))
            .collect()
    }
}
