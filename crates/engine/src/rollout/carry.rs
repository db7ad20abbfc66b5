//! A plan on its way: move after move, each recorded where what it did is.

use std::{
    pin::Pin,
    time::{Duration, Instant},
};

use segue_db::{
    own::{
        rollouts::{self, State, StepState},
        shapes::{self, Moved},
    },
    postgres::reading::patiently,
};
use segue_plan::{Action, Batches, Plan, Step};
use segue_project::{Migration, Windows};

use super::{
    Underway,
    course::{Answer, Goal, Journal, Move, next, plan_step, way_back},
    fitting,
    gone::is_not_there,
    hindered::hindered,
    locking::Way,
    number_in_phase,
    records::record,
    told,
};
use crate::{
    Event, Failure, Functions, Options, Pace,
    activity::ActivityWatch,
    backfill::{self, Backfill},
    prepare::in_transaction,
    run::Run,
};

/// What carries a plan out.
pub(crate) struct Carrier<'a, 'p> {
    pub(super) run: Run<'a>,
    pub(super) rollout: i64,
    pub(super) plan: &'p Plan,
    pub(super) journal: Journal,
    /// The migrations of the plan as they are on disk, in order: beside them are the programs that it runs. None on the way back,
    /// where no program runs.
    pub(super) migrations: Vec<&'p Migration>,
    /// What rows may go through beside programs.
    pub(super) functions: &'p Functions,
    /// The relations that the plan touches.
    pub(super) relations: Vec<String>,
    pub(super) pace: &'p Pace,
    pub(super) options: &'p Options,
    /// Whether sessions that keep a step waiting are ended.
    pub(super) cancels_blockers: bool,
    /// What the plan is from the first record of a step on: until something is done, there is another way.
    pub(super) becomes: Option<State>,
    /// Whether it is the second phase.
    pub(super) contracts: bool,
    /// Whether what names something that is gone is left out.
    pub(super) accepts_gone: bool,
    /// Whether other deploys may work while rows are written.
    pub(super) lets_others: bool,
    /// How busy the database is, once that is of interest, and how many transactions were ours.
    pub(super) activity: Option<(ActivityWatch, u64)>,
    /// How long the server lets a session wait for a lock before it looks for a deadlock, and asks an autovacuum that is in the
    /// way to go.
    pub(super) deadlock_timeout: Duration,
}

impl<'a, 'p> Carrier<'a, 'p> {
    /// Takes a plan up where its journal is; from the first record on it is in the state `becomes`.
    pub(super) async fn new(
        run: Run<'a>,
        underway: &Underway,
        plan: &'p Plan,
        options: &'p Options,
        becomes: State,
    ) -> Result<Self, Failure> {
        let rows = run.session.rows(DEADLOCK_TIMEOUT).await?;
        let timeout = rows.into_iter().flatten().flatten().next();
        let timeout = timeout.and_then(|text| text.parse().ok()).unwrap_or(1000);
        let mut carrier = Self {
            rollout: underway.kept.id,
            journal: Journal::new(plan.steps().count(), &underway.steps),
            migrations: Vec::new(),
            functions: &options.functions,
            relations: fitting::relations(plan),
            run,
            plan,
            pace: &options.pace,
            options,
            cancels_blockers: options.cancel_blockers,
            becomes: (becomes != underway.kept.state).then_some(becomes),
            contracts: becomes == State::Contracting,
            accepts_gone: options.accept_changes && becomes != State::Expanding,
            lets_others: becomes == State::Expanding,
            activity: None,
            deadlock_timeout: Duration::from_millis(timeout),
        };
        carrier.claim().await?;
        (carrier.run.events)(Event::PlanBegins {
            rollout: carrier.rollout,
            becomes,
            migrations: underway
                .migrations
                .iter()
                .map(|one| one.name.clone())
                .collect(),
        });
        if underway.kept.problem.is_some() {
            let forget = rollouts::forget_problem(carrier.rollout);
            in_transaction(carrier.run.session, vec![forget]).await?;
        }
        if options.accept_changes {
            for notice in told::accepted(&carrier.moved().await?) {
                (carrier.run.events)(Event::Notice(notice));
            }
            let keep = carrier.keeps_shapes().to_vec();
            in_transaction(carrier.run.session, keep).await?;
        }
        Ok(carrier)
    }

    /// Brings the plan to a goal; `last` is committed together with the last record.
    pub(super) async fn go(&mut self, goal: Goal, last: Vec<String>) -> Result<(), Failure> {
        // Without its type: every command has it inside of its own future, and an app that one in another.
        let moves: Pin<Box<dyn Future<Output = _> + Send + '_>> = Box::pin(self.moves(goal, last));
        let result = moves.await;
        let Err(failure) = result else {
            self.give_up().await;
            return Ok(());
        };
        let message = failure.problems.first().map(|problem| &problem.message);
        let keep = message.map(|message| rollouts::keep_problem(self.rollout, message));
        // where the connection is gone there is nothing to write it with
        let _ = self
            .run
            .session
            .execute(&self.run.settings.set_again())
            .await;
        let _ = in_transaction(self.run.session, keep.into_iter().collect()).await;
        Err(told::with_progress(failure, self.plan, &self.journal, goal))
    }

    async fn moves(&mut self, goal: Goal, last: Vec<String>) -> Result<(), Failure> {
        let mut answer = None;
        loop {
            let what = next(self.plan, &self.journal, goal, answer);
            if what != Move::Finish {
                self.run.interrupt.refuses()?;
            }
            match what {
                Move::Finish => return in_transaction(self.run.session, last).await,
                Move::Ask(step) => {
                    let is_done = self.is_done(plan_step(self.plan, step)).await?;
                    answer = Some(Answer { step, is_done });
                }
                Move::Record(step) => {
                    let done = record(step, StepState::Done, 0);
                    self.note_with(done, self.forgotten(step)).await?;
                }
                Move::Run(step) => self.step(step).await?,
                Move::Undo { step, part } => self.undo(step, part).await?,
            }
            for notice in self.run.session.notices() {
                (self.run.events)(Event::Notice(notice));
            }
        }
    }

    /// Whether the database has what a step does.
    pub(super) async fn is_done(&mut self, step: &Step) -> Result<bool, Failure> {
        let Some(verify) = &step.verify else {
            return Ok(false);
        };
        let patience = self.run.patience.steps;
        let rows = match patiently(self.run.session, verify, patience).await {
            Err(error) if self.accepts_gone && is_not_there(&error) => return Ok(false),
            rows => rows?,
        };
        let answer = rows.into_iter().flatten().flatten().next();
        Ok(answer.as_deref() == Some("t"))
    }

    /// Runs a step, or the rest of it.
    async fn step(&mut self, number: usize) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        self.window(number).await?;
        let was_sent = self.journal.of(number).is_some();
        // what is built concurrently and was interrupted has changed what is there
        if !(was_sent && matches!(step.action, Action::Alone(_))) {
            self.look().await?;
        }
        if self.contracts {
            let found = hindered(self.run.session, step, self.run.patience).await?;
            if !found.is_empty() {
                return Err(told::in_the_way(
                    &format!("`{}` of contract", step.title),
                    &found,
                ));
            }
        }
        let begun = Instant::now();
        self.tell_of(number, |phase, number, of| Event::StepBegins {
            phase,
            number,
            of,
            title: step.title.clone(),
        });
        let done = record(number, StepState::Done, 0);
        match &step.action {
            Action::Transaction(_) => {
                let sent: Vec<String> = step.sent().into_iter().map(Into::into).collect();
                let tail = self.records(done);
                self.transaction(number, &sent, &tail, Way::Forth).await?;
                self.noted(done);
            }
            Action::Alone(statement) => {
                self.begin(number).await?;
                self.alone(number, statement).await?;
                self.note(done).await?;
            }
            Action::Batches(batches) => {
                self.begin(number).await?;
                self.let_others().await?;
                self.rows(number, batches, self.pace).await?;
                self.take_turn().await?;
                self.note_rows(done).await?;
            }
            Action::Transform(transform) => {
                self.begin(number).await?;
                self.let_others().await?;
                self.program(number, transform).await?;
                self.take_turn().await?;
                self.note_rows(done).await?;
            }
        }
        self.set_again(step).await?;
        self.tell_of(number, |phase, number, of| Event::StepDone {
            phase,
            number,
            of,
            title: step.title.clone(),
            elapsed: begun.elapsed(),
        });
        Ok(())
    }

    /// Writes rows in batches for a step, or goes on with that.
    async fn rows(&mut self, number: usize, batches: &Batches, pace: &Pace) -> Result<(), Failure> {
        match &batches.besides {
            Some(known) => self.rows_of_others(number, batches, known, pace).await,
            None => self.rows_of(number, batches, pace).await,
        }
    }

    /// The same in one table.
    pub(super) async fn rows_of(
        &mut self,
        number: usize,
        batches: &Batches,
        pace: &Pace,
    ) -> Result<(), Failure> {
        if self.are_rows_left_out(number, batches).await? {
            return Ok(());
        }
        let (_, opener) = self.run.observer.parts();
        let backfill = Backfill {
            rollout: self.rollout,
            number,
            step: plan_step(self.plan, number),
            batches,
            pace,
            settings: self.run.settings,
            patience: self.run.patience,
            session: self.run.session,
            opener,
            interrupt: self.run.interrupt,
            events: self.run.events,
        };
        backfill::run(backfill).await.map(drop)
    }

    /// Takes a step back, from one of its actions on.
    async fn undo(&mut self, number: usize, part: usize) -> Result<(), Failure> {
        let step = plan_step(self.plan, number);
        let actions = way_back(step);
        if part == 0
            && self
                .journal
                .of(number)
                .is_none_or(|it| it.state == StepState::Done)
        {
            self.look().await?;
        }
        let parts = actions.len() + usize::from(step.keep.is_some());
        let after = match part + 1 < parts {
            true => record(number, StepState::Undoing, part + 1),
            false => record(number, StepState::Undone, part + 1),
        };
        match actions.get(part) {
            None => self.put_back(step, after).await?,
            Some(Action::Transaction(statements)) => {
                let tail = self.records(after);
                self.transaction(number, statements, &tail, Way::Back)
                    .await?;
                self.noted(after);
            }
            Some(Action::Alone(statement)) => {
                self.note(record(number, StepState::Undoing, part)).await?;
                self.alone_back(number, statement).await?;
                self.note(after).await?;
            }
            Some(Action::Batches(batches)) => {
                self.begin_back(number, part).await?;
                // an app may be broken by what is taken back: it waits for no better time
                let pace = Pace {
                    windows: Windows::default(),
                    quiet: None,
                    ..self.pace.clone()
                };
                self.rows(number, batches, &pace).await?;
                self.note_rows(after).await?;
            }
            // a program has no way back: its step says so
            Some(Action::Transform(_)) => {
                self.note(after).await?;
            }
        }
        self.set_again(step).await?;
        if after.state == StepState::Undone {
            self.tell_of(number, |_, number, of| Event::StepUndone {
                number,
                of,
                title: step.title.clone(),
            });
        }
        Ok(())
    }

    pub(super) fn tell_of(
        &mut self,
        step: usize,
        event: impl FnOnce(segue_plan::Phase, usize, usize) -> Event,
    ) {
        let (phase, number, of) = number_in_phase(self.plan, step);
        (self.run.events)(event(phase, number, of));
    }

    /// Takes back the settings that a step runs under.
    async fn set_again(&mut self, step: &Step) -> Result<(), Failure> {
        if step.settings.is_empty() {
            return Ok(());
        }
        let set = self.run.settings.set_again();
        Ok(self.run.session.execute(&set).await?)
    }

    /// What another hand has changed of what the plan is about.
    async fn moved(&mut self) -> Result<Vec<Moved>, Failure> {
        let patience = self.run.patience.steps;
        let session = &*self.run.session;
        Ok(shapes::moved(session, self.rollout, &self.relations, patience).await?)
    }

    /// Stops where another hand has changed what the plan is about.
    pub(super) async fn look(&mut self) -> Result<(), Failure> {
        let moved = self.moved().await?;
        match moved.is_empty() {
            true => Ok(()),
            false => Err(told::moved(&moved)),
        }
    }
}

/// Milliseconds.
const DEADLOCK_TIMEOUT: &str =
    "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'deadlock_timeout'";
