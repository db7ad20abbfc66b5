//! What is written down of a plan on its way: how far a step is, the state that the plan has from there on, and what the relations
//! are like behind it.

use segue_db::own::{
    batches,
    rollouts::{self, State, StepRecord, StepState},
    shapes,
};

use super::{carry::Carrier, course::plan_step, forget_rows, locking};
use crate::{Failure, prepare::in_transaction};

impl Carrier<'_, '_> {
    /// Records that a step was sent, if that is not recorded yet.
    pub(super) async fn begin(&mut self, number: usize) -> Result<(), Failure> {
        if self.journal.of(number).is_some() {
            return Ok(());
        }
        let begun = record(number, StepState::Begun, 0);
        let state = self.state_behind(number);
        let step = rollouts::keep_step(self.rollout, begun);
        let keep = plan_step(self.plan, number).keep.as_ref();
        let make = keep.into_iter().flat_map(|keep| keep.make.iter().cloned());
        let forgets = self.forgotten(number);
        let all = forgets.into_iter().chain(state);
        let all = all.chain([step]).chain(make).collect();
        in_transaction(self.run.session, all).await?;
        self.noted(begun);
        Ok(())
    }

    /// Records how far a step is, in a transaction of its own.
    pub(super) async fn note(&mut self, of: StepRecord) -> Result<(), Failure> {
        self.note_with(of, Vec::new()).await
    }

    /// The same of rows, which wait for nothing any more.
    pub(super) async fn note_rows(&mut self, of: StepRecord) -> Result<(), Failure> {
        self.write_down(of, vec![batches::keep_waits(self.rollout, None)])
            .await
    }

    /// The same, together with what these statements do.
    pub(super) async fn note_with(
        &mut self,
        of: StepRecord,
        with: Vec<String>,
    ) -> Result<(), Failure> {
        let with = with.into_iter().chain(self.keeps_shapes()).collect();
        self.write_down(of, with).await
    }

    /// What keeps what the relations are like, in a transaction that has locked none of them.
    pub(super) fn keeps_shapes(&self) -> [String; 2] {
        let keep = shapes::keep(self.rollout, &self.relations);
        [locking::patiently(self.run.patience.steps), keep]
    }

    /// The same where the step has left the relations as they were: what somebody else has done to them meanwhile is seen before
    /// the next one.
    async fn write_down(&mut self, of: StepRecord, with: Vec<String>) -> Result<(), Failure> {
        let statements = self.recorded(of);
        let be_ourselves = self.run.settings.be_ourselves_locally();
        let all = std::iter::once(be_ourselves).chain(with).chain(statements);
        let all = all.collect();
        in_transaction(self.run.session, all).await?;
        self.noted(of);
        Ok(())
    }

    /// A record is committed.
    pub(super) fn noted(&mut self, of: StepRecord) {
        self.journal.note(of);
        if !plan_step(self.plan, of.step).action.leaves_way_back() {
            self.becomes = None;
        }
    }

    /// What keeps the state that the plan has from the record of a step on. Behind rows that are only compared
    /// the way back is still open.
    fn state_behind(&self, step: usize) -> Option<String> {
        let becomes = self
            .becomes
            .filter(|_| !plan_step(self.plan, step).action.leaves_way_back())?;
        Some(rollouts::keep_state(self.rollout, becomes))
    }

    /// What takes away what was kept of rows, with the first step that has no way back: it could be of a type that goes.
    pub(super) fn forgotten(&self, step: usize) -> Vec<String> {
        let is_open = plan_step(self.plan, step).action.leaves_way_back();
        match self.becomes {
            Some(State::Contracting) if !is_open => forget_rows(self.plan).collect(),
            _ => Vec::new(),
        }
    }

    /// What records how far a step is, and what the relations are like behind it.
    pub(super) fn records(&self, of: StepRecord) -> Vec<String> {
        let shapes = shapes::keep(self.rollout, &self.relations);
        self.recorded(of).chain([shapes]).collect()
    }

    /// What records how far a step is.
    fn recorded(&self, of: StepRecord) -> impl Iterator<Item = String> + use<> {
        let state = self.state_behind(of.step);
        let step = rollouts::keep_step(self.rollout, of);
        state.into_iter().chain([step])
    }
}

pub(super) fn record(step: usize, state: StepState, part: usize) -> StepRecord {
    StepRecord { step, state, part }
}
