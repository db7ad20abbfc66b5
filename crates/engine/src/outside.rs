//! A statement that refuses a transaction: intent is recorded before it, the outcome behind it, and what
//! an earlier attempt may have left is looked at first.

use std::time::Instant;

use segue_db::{BatchError, Piece, ServerError, postgres::indexes};
use segue_sql::{ConcurrentIndex, Dialect};

use crate::{
    Event, Failure, Unit, report,
    run::{Run, Stop},
    settings::begin,
    watch::{LONG_WAIT, Watching},
    work::{Attempt, Work},
};

impl Run<'_> {
    /// A statement that refuses a transaction: intent is recorded before it, the outcome behind it.
    pub(crate) async fn outside(
        &mut self,
        work: &mut Work<'_>,
        unit: &Unit,
    ) -> Result<(), Failure> {
        let statement = unit.statements.start;
        let source = work.source()?;
        let span = work.statements.span(statement).unwrap_or_default();
        let index = match self.session.dialect() {
            Dialect::Postgres => ConcurrentIndex::of(&source.text[span.clone()]),
            Dialect::Sqlite => None,
        };
        let settled = self
            .settle_leftover(work, statement, index.as_ref())
            .await?;
        if !settled {
            // The lock timeout would leave an invalid index behind; nobody queues behind these locks.
            let intent = self.keep(work, work.done, Some(statement + 1));
            self.journal(0, &intent).await?;
            let pieces = [(statement + 1, Piece::part(&source, span))];
            let of = work.statements.len();
            if self.session.dialect() == Dialect::Sqlite {
                // A statement that finds the file locked has done nothing.
                let attempt = Attempt::Pieces(&pieces, of);
                if let Err(stop) = self.try_for_locks(attempt).await {
                    return Err(self.stopped(work, stop, Some(statement)).await);
                }
            } else if let Err(error) = self
                .watch(
                    &mut pieces.into_iter(),
                    Instant::now(),
                    Watching::new(LONG_WAIT, of),
                )
                .await
            {
                return Err(self
                    .outside_failed(work, statement, index.as_ref(), error)
                    .await);
            }
        }
        let outcome = self.keep(work, statement + 1, None);
        self.journal(self.settings.lock_timeout.as_millis(), &outcome)
            .await?;
        work.committed(statement + 1);
        work.doing = None;
        Ok(())
    }

    /// Writes into segue's own schema with our own rights, whatever role the migration has taken on; and
    /// sets the lock timeout, in milliseconds, for what comes next.
    async fn journal(&mut self, lock_timeout: u128, record: &str) -> Result<(), Failure> {
        let dialect = self.session.dialect();
        let mut script = Vec::new();
        if dialect == Dialect::Postgres {
            script.push(format!("SET lock_timeout = {lock_timeout}"));
        }
        script.push(begin(dialect).to_owned());
        script.extend(self.settings.before_our_own(dialect));
        script.extend([record.to_owned(), "COMMIT".to_owned()]);
        let script = script.join("; ");
        let written = self.session.execute(&script).await;
        if written.is_err() {
            let _ = self.session.execute("ROLLBACK").await;
        }
        Ok(written?)
    }

    /// Looks at what is there before the statement is sent: true means that it is done already.
    async fn settle_leftover(
        &mut self,
        work: &Work<'_>,
        statement: usize,
        index: Option<&ConcurrentIndex>,
    ) -> Result<bool, Failure> {
        let unsure = work.doing == Some(statement + 1);
        match index {
            Some(of @ ConcurrentIndex::Create { index, table }) => {
                match indexes::state(self.session, table, index).await? {
                    indexes::State::Valid => Ok(unsure),
                    indexes::State::Missing => Ok(false),
                    indexes::State::Building => Err(report::being_built(work.migration, index)),
                    indexes::State::Invalid => {
                        self.drop_leftovers(of).await?;
                        Ok(false)
                    }
                }
            }
            Some(of @ ConcurrentIndex::Rebuild { .. }) if unsure => {
                self.drop_leftovers(of).await?;
                Ok(false)
            }
            Some(ConcurrentIndex::Drop { index }) if unsure => {
                let there = format!("SELECT to_regclass({})", segue_db::literal(index));
                let rows = self.session.rows(&there).await?;
                Ok(rows.first().is_some_and(|row| row.first() == Some(&None)))
            }
            None if unsure && !may_be_repeated(work, statement) => {
                let (shown, statements) = (work.shown()?, &work.statements);
                Err(report::outcome_unknown(
                    work.migration,
                    &shown,
                    statements,
                    statement,
                ))
            }
            _ => Ok(false),
        }
    }

    async fn drop_leftovers(&mut self, of: &ConcurrentIndex) -> Result<(), ServerError> {
        let left = indexes::leftovers(self.session, of).await?;
        if left.is_empty() {
            return Ok(());
        }
        self.session.execute("SET lock_timeout = 0").await?;
        indexes::drop_leftovers(self.session, &left).await?;
        for index in left {
            (self.events)(Event::DroppedLeftover(index));
        }
        Ok(())
    }

    async fn outside_failed(
        &mut self,
        work: &Work<'_>,
        statement: usize,
        index: Option<&ConcurrentIndex>,
        error: BatchError,
    ) -> Failure {
        if !error.error.ends_connection()
            && let Some(of) = index
        {
            let _ = self.drop_leftovers(of).await;
        }
        let stop = if self.interrupt.has_come() && error.error.is_cancelled() {
            Stop::Interrupted
        } else {
            Stop::Server(error)
        };
        self.stopped(work, stop, Some(statement)).await
    }
}

fn may_be_repeated(work: &Work<'_>, statement: usize) -> bool {
    let kind = work.statements.kind(statement);
    kind.is_some_and(report::may_be_repeated)
}
