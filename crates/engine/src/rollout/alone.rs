//! A step that is one statement outside of any transaction. Its intent is recorded before it; what an interrupted one may have
//! left behind is cleared away before it is sent again.

use std::time::Instant;

use segue_db::{BatchError, Piece, ServerError, postgres::indexes};
use segue_sql::ConcurrentIndex;

use super::{carry::Carrier, course::plan_step, gone::is_not_there, told};
use crate::{
    Event, Failure,
    watch::{LONG_WAIT, Watching},
};

/// The partition is being detached already (`object_not_in_prerequisite_state`; sql-altertable.html, "DETACH PARTITION").
const DETACHING: &str = "55000";

/// How long the drop of what is left may wait for each that uses the table: it keeps nobody waiting meanwhile.
const CLEARING: &str = "SET lock_timeout = '2s'; SET statement_timeout = 0";

/// What came of clearing away.
enum Cleared {
    /// Nothing is left.
    All,
    /// Somebody was in the way.
    Not(ServerError),
}

impl Carrier<'_, '_> {
    /// Runs the statement of a step.
    pub(super) async fn alone(&mut self, number: usize, statement: &str) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let index = ConcurrentIndex::of(statement);
        let refused = self.tried(number, statement, index.as_ref()).await?;
        match refused {
            Some(error) if self.may_leave_out(statement, &error) => {
                self.tell_left_out(number, statement, &error);
                Ok(())
            }
            Some(error) => Err(self.refused(number, statement, &error)),
            None if step.verify.is_some() && !self.is_done(step).await? => {
                Err(told::not_done(self.plan, number))
            }
            None => Ok(()),
        }
    }

    /// Runs a statement that takes a step back; what is gone already is taken for done, since an earlier run may have been
    /// stopped behind it.
    pub(super) async fn alone_back(
        &mut self,
        number: usize,
        statement: &str,
    ) -> Result<(), Failure> {
        match self.tried(number, statement, None).await? {
            Some(error) if !is_not_there(&error) => Err(self.refused(number, statement, &error)),
            _ => Ok(()),
        }
    }

    fn refused(&self, number: usize, statement: &str, error: &ServerError) -> Failure {
        told::refused(self.plan, number, Some(&statement.to_owned()), error)
    }

    /// Sends a statement until it has not had to wait for too long; `built`: the index that it builds, which is left invalid
    /// where it is stopped. With what the server refused it, if it did.
    async fn tried(
        &mut self,
        number: usize,
        statement: &str,
        built: Option<&ConcurrentIndex>,
    ) -> Result<Option<ServerError>, Failure> {
        for setting in &plan_step(self.plan, number).settings {
            self.run.session.execute(setting).await?;
        }
        let start = Instant::now();
        let mut tries = 0;
        loop {
            let sent = match self.clear(number, built).await? {
                Cleared::All => self.send(statement).await,
                Cleared::Not(error) => Err(BatchError { number: 0, error }),
            };
            let Err(error) = sent else {
                return Ok(None);
            };
            if !error.error.ends_connection() {
                // where it cannot be dropped by now, the next try drops it, or the next run
                self.clear(number, built).await?;
            }
            self.run.interrupt.refuses()?;
            if error.error.code() == Some(DETACHING)
                && let Some(finalize) = finalized(statement)
                && self.send(&finalize).await.is_ok()
            {
                return Ok(None);
            }
            // cancelled: it has waited for others for as long as it may
            if !(error.error.is_passing() || error.error.is_cancelled()) {
                return Ok(Some(error.error));
            }
            tries += 1;
            self.again(number, &error, start, tries).await?;
        }
    }

    /// Sends it, with no limit for each lock: a build that a timeout interrupts leaves an invalid index. That it waits for others
    /// is limited instead.
    async fn send(&mut self, statement: &str) -> Result<(), BatchError> {
        let own = |error: ServerError| BatchError { number: 0, error };
        let unlimited = "SET lock_timeout = 0; SET statement_timeout = 0";
        self.run.session.execute(unlimited).await.map_err(own)?;
        let watching = Watching {
            longest_wait: Some(match self.cancels_blockers {
                // there has to be time left behind their end
                true => self.run.patience.steps / 4,
                false => self.run.patience.steps,
            }),
            ..Watching::new(LONG_WAIT, 1)
        };
        let mut pieces = std::iter::once((1, Piece::own(statement.to_owned())));
        let sent = self.run.watch(&mut pieces, Instant::now(), watching).await;
        let ended = sent
            .as_ref()
            .is_err_and(|error| error.error.ends_connection());
        if !ended {
            let set = self.run.settings.set_timeouts();
            self.run.session.execute(&set).await.map_err(own)?;
        }
        sent
    }

    /// Drops what an interrupted build has left.
    async fn clear(
        &mut self,
        number: usize,
        index: Option<&ConcurrentIndex>,
    ) -> Result<Cleared, Failure> {
        let Some(of) = index else {
            return Ok(Cleared::All);
        };
        let session = &*self.run.session;
        if let ConcurrentIndex::Create { index, table } = of
            && indexes::state(session, table, index).await? == indexes::State::Building
        {
            return Err(told::being_built(self.plan, number, index));
        }
        let left = indexes::leftovers(session, of).await?;
        if left.is_empty() {
            return Ok(Cleared::All);
        }
        session.execute(CLEARING).await?;
        match indexes::drop_leftovers(session, &left).await {
            Ok(()) => {
                for index in left {
                    (self.run.events)(Event::DroppedLeftover(index));
                }
                Ok(Cleared::All)
            }
            // it waits for all that use the table, and whoever was in the way of the build is in its way too
            Err(error) if error.is_passing() => Ok(Cleared::Not(error)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The statement that ends a detachment which was interrupted.
fn finalized(statement: &str) -> Option<String> {
    let text = statement.trim_end();
    let keyword = "CONCURRENTLY";
    let at = text.len().checked_sub(keyword.len())?;
    let is_it = text.get(at..)?.eq_ignore_ascii_case(keyword);
    is_it.then(|| format!("{}FINALIZE", &text[..at]))
}
