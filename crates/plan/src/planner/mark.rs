//! Points of a plan in the making that can be gone back to: a recipe does not fit after all, or a migration has to wait.

use segue_catalog::Catalog;

use super::{
    pending::Pending,
    planning::Planning,
    standing::{Filled, Replaced, Retyping},
};
use crate::recipes::NewType;

/// A point that can be gone back to.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    now: Catalog,
    // of what only grows until it is gone back to, how much there was: whoever cancels a step follows through
    pub(super) expand: usize,
    pub(super) contract: usize,
    set_again: usize,
    differences: usize,
    skipped: usize,
    empty: usize,
    filled_once: usize,
    synced: usize,
    mirrored: usize,
    pending: Vec<Pending>,
    replaced: Vec<Replaced>,
    filled: Vec<Filled>,
    retypings: Vec<Retyping>,
    new_types: Vec<NewType>,
}

impl Mark {
    /// The schema at that point.
    pub(super) fn now(self) -> Catalog {
        self.now
    }
}

impl Planning<'_> {
    pub(super) fn mark(&self) -> Mark {
        Mark {
            now: self.now.clone(),
            expand: self.expand.len(),
            contract: self.contract.len(),
            set_again: self.set_again.len(),
            differences: self.differences.len(),
            skipped: self.skipped.len(),
            empty: self.empty.len(),
            filled_once: self.filled_once.len(),
            synced: self.synced.len(),
            mirrored: self.mirrored.len(),
            pending: self.pending.clone(),
            replaced: self.replaced.clone(),
            filled: self.filled.clone(),
            retypings: self.retypings.clone(),
            new_types: self.new_types.clone(),
        }
    }

    /// As if nothing had been planned since.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.steps_back_to(&mark);
        self.skipped.truncate(mark.skipped);
        self.empty.truncate(mark.empty);
        self.filled_once.truncate(mark.filled_once);
        self.synced.truncate(mark.synced);
        self.mirrored.truncate(mark.mirrored);
        self.pending = mark.pending;
        self.replaced = mark.replaced;
        self.filled = mark.filled;
        self.retypings = mark.retypings;
        self.new_types = mark.new_types;
    }

    /// The same for steps alone, which are planned in another form: what was noted of their statements is so still.
    pub(super) fn steps_back_to(&mut self, mark: &Mark) {
        self.now = mark.now.clone();
        self.expand.truncate(mark.expand);
        self.contract.truncate(mark.contract);
        self.set_again.truncate(mark.set_again);
        self.differences.truncate(mark.differences);
    }
}
