//! What comes next in a plan that is carried out: decided from the plan, its journal, and what the database says of a step
//! whose outcome is not known. Nothing is done here.

use segue_db::own::rollouts::{StepRecord, StepState};
use segue_plan::{Action, Plan, Step, Undo};

/// Where a plan is to be brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// To the end of its first phase.
    Expand,
    /// To its end.
    Contract,
    /// To where it began.
    Back,
}

/// One move. Steps are known by their number in the plan, contract behind expand, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// Ask the database whether this step is done: it was sent, and no outcome is known.
    Ask(usize),
    /// Run this step, or the rest of it.
    Run(usize),
    /// The database has it, only the record is missing.
    Record(usize),
    /// Take this step back: from this one of the actions that do so on.
    Undo {
        /// The step.
        step: usize,
        /// The action, from 0.
        part: usize,
    },
    /// Nothing is left to do.
    Finish,
}

/// What the database has said of a step whose outcome was not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The step.
    pub(crate) step: usize,
    /// Whether it is done.
    pub(crate) is_done: bool,
}

/// What is known of the steps of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Journal {
    records: Vec<Option<StepRecord>>,
}

impl Journal {
    /// Of a plan with so many steps.
    pub(crate) fn new(steps: usize, known: &[StepRecord]) -> Self {
        let mut records = vec![None; steps];
        for record in known {
            if let Some(place) = records.get_mut(record.step) {
                *place = Some(*record);
            }
        }
        Self { records }
    }

    /// Takes a record in.
    pub(crate) fn note(&mut self, record: StepRecord) {
        if let Some(place) = self.records.get_mut(record.step) {
            *place = Some(record);
        }
    }

    /// How far a step is; `None`: it was never begun, or is taken back.
    pub(crate) fn of(&self, step: usize) -> Option<StepRecord> {
        let record = self.records.get(step).copied().flatten();
        record.filter(|record| record.state != StepState::Undone)
    }

    /// How many of the steps in a range are done.
    pub(crate) fn done(&self, mut range: std::ops::Range<usize>) -> usize {
        let is_done = |step: &usize| {
            self.of(*step)
                .is_some_and(|record| record.state == StepState::Done)
        };
        range.by_ref().filter(is_done).count()
    }
}

/// What comes next.
pub(crate) fn next(plan: &Plan, journal: &Journal, goal: Goal, answer: Option<Answer>) -> Move {
    let expand = plan.expand.len();
    let all = expand + plan.contract.len();
    match goal {
        Goal::Expand => forward(plan, journal, 0..expand, answer),
        Goal::Contract => forward(plan, journal, 0..all, answer),
        Goal::Back => back(plan, journal),
    }
}

fn forward(
    plan: &Plan,
    journal: &Journal,
    mut range: std::ops::Range<usize>,
    answer: Option<Answer>,
) -> Move {
    let is_open = |step: &usize| {
        journal
            .of(*step)
            .is_none_or(|record| record.state != StepState::Done)
    };
    let Some(step) = range.find(is_open) else {
        return Move::Finish;
    };
    let was_sent = journal.of(step).is_some();
    if !was_sent || !may_be_done(&plan_step(plan, step).action) {
        return Move::Run(step);
    }
    if plan_step(plan, step).verify.is_none() {
        // such a step may be done twice
        return Move::Run(step);
    }
    match answer.filter(|answer| answer.step == step) {
        None => Move::Ask(step),
        Some(Answer { is_done: true, .. }) => Move::Record(step),
        Some(Answer { is_done: false, .. }) => Move::Run(step),
    }
}

/// Whether it can be done although its record is missing: what commits together with its record cannot, and batches keep
/// how far they are.
fn may_be_done(action: &Action) -> bool {
    matches!(action, Action::Alone(_))
}

fn back(plan: &Plan, journal: &Journal) -> Move {
    let mut steps = (0..plan.expand.len()).rev();
    match steps.find_map(|step| journal.of(step)) {
        None => Move::Finish,
        Some(record) => {
            let part = match record.state {
                StepState::Undoing => record.part,
                StepState::Begun | StepState::Done | StepState::Undone => 0,
            };
            Move::Undo {
                step: record.step,
                part,
            }
        }
    }
}

/// The step of this number.
pub(crate) fn plan_step(plan: &Plan, step: usize) -> &Step {
    match plan.expand.get(step) {
        Some(found) => found,
        None => &plan.contract[step - plan.expand.len()],
    }
}

/// The actions that take a step back; none where there is nothing to do.
pub(crate) fn way_back(step: &Step) -> &[Action] {
    match &step.undo {
        Undo::Actions(actions) => actions,
        Undo::Nothing | Undo::Impossible(_) => &[],
    }
}

#[cfg(test)]
#[path = "course_tests.rs"]
mod tests;
