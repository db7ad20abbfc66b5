//! One migration on the server: unit after unit, each with what it leaves in the history, tried again
//! while a lock is not to be had, and described exactly when it fails.

use std::{
    slice,
    time::{Duration, Instant},
};

use segue_db::{
    BatchError, Facts, Piece, Session,
    history::{Format, Table},
    own,
};
use segue_project::Migration;
use segue_sql::{Dialect, Problem};

use crate::{
    Event, Failure, Interrupt, Opened, Opener, Patience, Request, Settings, Unit, UnitKind,
    deploy_lock::shared_connection,
    history,
    observer::Observer,
    refusals::refuse_read_only,
    report::{self, Known},
    settings::begin,
    watch::{LONG_WAIT, SHORT_WAIT, Watching},
    work::{Attempt, Work},
};

/// What all migrations of a deploy share.
pub(crate) struct Run<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) format: &'static Format,
    pub(crate) table: &'a Table,
    pub(crate) settings: &'a Settings,
    /// The deploy's advisory locks.
    pub(crate) locks: &'a [i64],
    pub(crate) patience: Patience,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) observer: Observer,
    pub(crate) events: &'a mut (dyn FnMut(Event) + Send),
}

/// Why a unit was not done.
pub(crate) enum Stop {
    /// The server refused this piece of it, or is gone.
    Server(BatchError),
    /// Its text could not be read again.
    Unreadable(Problem),
    /// No lock within the budget.
    Locked(BatchError, Duration),
    /// The user stopped it.
    Interrupted,
}

impl<'a> Run<'a> {
    /// On a session of which it is known that it takes writes, and that it is ours alone; its settings are those of a deploy
    /// from here on. `locks` are the deploy's.
    pub(crate) async fn on(
        request: &'a mut Request<'_>,
        opened: &'a Opened,
        (facts, locks): (&Facts, &'a [i64]),
        opener: Option<Opener>,
    ) -> Result<Self, Failure> {
        refuse_read_only(facts)?;
        let mut observer = Observer::new(opener, &facts.pid);
        if observer.shares_our_process().await {
            return Err(shared_connection());
        }
        let settings = &request.options.settings;
        settings.start(request.session).await?;
        Ok(Self {
            session: &mut *request.session,
            format: opened.format,
            table: &opened.table,
            settings,
            locks,
            patience: request.options.patience,
            interrupt: request.interrupt,
            observer,
            events: &mut *request.events,
        })
    }
}

impl Run<'_> {
    /// Runs a migration to its end.
    pub(crate) async fn migration(&mut self, work: &mut Work<'_>) -> Result<(), Failure> {
        if work.is_one_transaction() {
            let record = (self.format.applied)(self.table, work.migration);
            let unit = work.units.first().cloned();
            return self.last_transaction(work, unit.as_ref(), &record).await;
        }
        self.begin(work).await?;
        for told in work.told_before()? {
            self.session.execute(&told).await?;
        }
        let finished = format!(
            "{}; {}",
            (self.format.finished)(self.table, work.migration),
            self.forget(work)
        );
        for index in 0..work.units.len() {
            let is_last = index + 1 == work.units.len();
            let unit = work.units[index].clone();
            match unit.kind {
                UnitKind::Transaction { .. } if is_last => {
                    return self.last_transaction(work, Some(&unit), &finished).await;
                }
                UnitKind::Transaction { .. } => self.transaction(work, &unit).await?,
                UnitKind::Outside(_) => self.outside(work, &unit).await?,
            }
        }
        self.last_transaction(work, None, &finished).await
    }

    /// Waits until SQLite lets us write: there one connection at a time may, whatever it writes.
    pub(crate) async fn wait_to_write(&mut self) -> Result<(), Failure> {
        let dialect = self.session.dialect();
        if dialect == Dialect::Postgres {
            return Ok(());
        }
        let pieces = [(0, Piece::own(begin(dialect))), (0, Piece::own("ROLLBACK"))];
        match self.try_for_locks(Attempt::Pieces(&pieces, 0)).await {
            Ok(()) => Ok(()),
            Err(Stop::Interrupted) => Err(Failure::interrupted_early()),
            Err(Stop::Server(error)) => Err(error.error.into()),
            Err(Stop::Unreadable(problem)) => Err(problem.into()),
            Err(Stop::Locked(error, elapsed)) => Err(report::no_turn(&error.error, elapsed)),
        }
    }

    /// Records that the migration has begun: it will not be one transaction.
    async fn begin(&mut self, work: &Work<'_>) -> Result<(), Failure> {
        if work.begun {
            return Ok(());
        }
        let recorded = self.record_beginning(work).await;
        if recorded.is_err() {
            let _ = self.session.execute("ROLLBACK").await;
        }
        recorded
    }

    async fn record_beginning(&mut self, work: &Work<'_>) -> Result<(), Failure> {
        let dialect = self.session.dialect();
        let mut statements = vec![begin(dialect).to_owned()];
        statements.extend(
            self.format
                .begun
                .map(|begun| begun(self.table, work.migration)),
        );
        let mut progress = work.progress(0, None);
        if dialect == Dialect::Sqlite {
            // It has no time of the transaction: what the history has got is read and kept.
            self.session.execute(&statements.join("; ")).await?;
            statements.clear();
            progress.begun_at = self.begun_at(work.migration).await?;
        }
        let key = history::own_key(self.session.dialect(), self.format, self.table);
        statements.push(own::keep_progress(dialect, &key, &progress));
        statements.push("COMMIT".to_owned());
        Ok(self.session.execute(&statements.join("; ")).await?)
    }

    async fn begun_at(&mut self, migration: &Migration) -> Result<String, Failure> {
        let rows = self.session.rows(&(self.format.select)(self.table)).await?;
        let records = history::records(self.format, slice::from_ref(migration), &rows)?;
        let record = records
            .into_iter()
            .find(|record| record.key == migration.key);
        Ok(record.and_then(|record| record.at).unwrap_or_default())
    }

    pub(crate) fn keep(&self, work: &Work<'_>, done: usize, doing: Option<usize>) -> String {
        let key = history::own_key(self.session.dialect(), self.format, self.table);
        own::keep_progress(self.session.dialect(), &key, &work.progress(done, doing))
    }

    fn forget(&self, work: &Work<'_>) -> String {
        let key = history::own_key(self.session.dialect(), self.format, self.table);
        own::forget_progress(self.session.dialect(), &key, &work.migration.key)
    }

    /// A transaction in the middle of a migration: it commits how far the migration has come.
    async fn transaction(&mut self, work: &mut Work<'_>, unit: &Unit) -> Result<(), Failure> {
        let own = self.settings.before_our_own(self.session.dialect());
        let tail: Vec<String> = own
            .into_iter()
            .chain([
                self.keep(work, unit.statements.end, None),
                "COMMIT".to_owned(),
            ])
            .collect();
        self.commit(work, Some(unit), &tail.join("; ")).await
    }

    /// The last transaction of a migration: it commits the migration's record.
    async fn last_transaction(
        &mut self,
        work: &mut Work<'_>,
        unit: Option<&Unit>,
        record: &str,
    ) -> Result<(), Failure> {
        let dialect = self.session.dialect();
        let mut tail = self.settings.before_the_record(dialect, self.locks);
        tail.extend([record.to_owned(), "COMMIT".to_owned()]);
        self.commit(work, unit, &tail.join("; ")).await?;
        if dialect == Dialect::Sqlite {
            self.settings.renew(self.session).await?;
        }
        Ok(())
    }

    /// Commits a transaction that ends with `tail`; tells why where it could not be.
    pub(crate) async fn commit(
        &mut self,
        work: &mut Work<'_>,
        unit: Option<&Unit>,
        tail: &str,
    ) -> Result<(), Failure> {
        let attempt = Attempt::Transaction { work, unit, tail };
        match self.try_for_locks(attempt).await {
            Ok(()) => {
                work.committed(unit.map_or(work.done, |unit| unit.statements.end));
                Ok(())
            }
            Err(stop) => {
                let statement = match &stop {
                    Stop::Server(error) | Stop::Locked(error, _) => error.number.checked_sub(1),
                    Stop::Unreadable(_) | Stop::Interrupted => None,
                };
                Err(self.stopped(work, stop, statement).await)
            }
        }
    }

    /// Tries a transaction again while it fails for want of a lock, until the budget is spent.
    pub(crate) async fn try_for_locks(&mut self, mut attempt: Attempt<'_, '_>) -> Result<(), Stop> {
        let start = Instant::now();
        let mut tries = 0;
        loop {
            let look_after = if tries == 0 { LONG_WAIT } else { SHORT_WAIT };
            let of = attempt.of();
            let mut pieces = attempt.pieces(self.session).map_err(Stop::Unreadable)?;
            let watching = Watching::new(look_after, of);
            let result = self.watch(&mut *pieces, start, watching).await;
            drop(pieces);
            let Err(error) = result else {
                return Ok(());
            };
            if !error.error.ends_connection() {
                let _ = self.session.execute("ROLLBACK").await;
            }
            if self.interrupt.has_come() {
                return Err(Stop::Interrupted);
            }
            if !error.error.is_passing() {
                return Err(Stop::Server(error));
            }
            if start.elapsed() >= self.patience.locks {
                return Err(Stop::Locked(error, start.elapsed()));
            }
            tries += 1;
            let left = self.patience.locks.saturating_sub(start.elapsed());
            let mut pause = pause(tries).min(left);
            if self.session.dialect() == Dialect::Sqlite {
                // Nobody queues behind us, and SQLite keeps no queue that we could lose our place in.
                pause = pause.min(SHORT_PAUSE);
                (self.events)(Event::WaitingForLock {
                    chain: Vec::new(),
                    since: start.elapsed(),
                });
            }
            (self.events)(Event::Retrying { tries, pause });
            self.interrupt.sleep(pause).await;
        }
    }

    /// Leaves the session and the history as they have to be after a stop, and tells about it.
    pub(crate) async fn stopped(
        &mut self,
        work: &Work<'_>,
        stop: Stop,
        statement: Option<usize>,
    ) -> Failure {
        let alive = match &stop {
            Stop::Server(error) | Stop::Locked(error, _) => !error.error.ends_connection(),
            Stop::Unreadable(_) | Stop::Interrupted => true,
        };
        if alive {
            let _ = self.settings.renew(self.session).await;
        }
        if alive && !work.is_one_transaction() {
            let message = match &stop {
                Stop::Server(error) | Stop::Locked(error, _) => error.error.to_string(),
                Stop::Unreadable(problem) => problem.message.clone(),
                Stop::Interrupted => "interrupted by the user".to_owned(),
            };
            let _ = self
                .session
                .execute(&self.record_stop(work, &message))
                .await;
        }
        let known = Known {
            migration: work.migration,
            source: work.source().ok(),
            statements: &work.statements,
            done: work.done,
            statement,
        };
        match stop {
            Stop::Server(error) => report::server(&known, &error.error),
            Stop::Locked(error, elapsed) => report::locked(&known, &error.error, elapsed),
            Stop::Unreadable(problem) => known.committed(problem).into(),
            Stop::Interrupted => report::interrupted(&known),
        }
    }

    /// If nothing is committed the beginning is taken back; else the message is kept.
    fn record_stop(&self, work: &Work<'_>, message: &str) -> String {
        if work.done == 0 {
            return format!(
                "{}; {}; {}; COMMIT",
                begin(self.session.dialect()),
                (self.format.rolled_back)(self.table, work.migration),
                self.forget(work)
            );
        }
        let mut statements = vec![
            begin(self.session.dialect()).to_owned(),
            self.keep(work, work.done, None),
        ];
        statements.extend(
            self.format
                .failed
                .map(|failed| failed(self.table, work.migration, message)),
        );
        statements.push("COMMIT".to_owned());
        statements.join("; ")
    }
}

/// The longest pause where tries are in nobody's way.
const SHORT_PAUSE: Duration = Duration::from_millis(100);

/// Doubles from 50 ms to 2 s, with jitter so that two waiting deploys do not march in step.
pub(crate) fn pause(tries: u32) -> Duration {
    let full = Duration::from_millis(50 << tries.min(6)).min(Duration::from_secs(2));
    full.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}
