//! Defaults that are dropped, which is put off to contract, and set anew by a later statement: the drop has nothing to do then.

use segue_catalog::ObjectRef;

use super::{pending::PutOff, planning::Planning, running::Later};

impl Planning<'_> {
    /// Whether a default goes in contract.
    pub(crate) fn loses_default(&self, of: &ObjectRef) -> bool {
        let pending = self.pending.iter();
        let dropped =
            pending.filter(|one| matches!(&one.what, PutOff::Strictness(object) if object == of));
        let set = self.set_again.iter().filter(|(object, _)| object == of);
        dropped.count() > set.count()
    }

    /// A default that was to go in contract, by a step of this title, comes again as another one: that step has nothing to do.
    pub(crate) fn gets_default_again(&mut self, of: &ObjectRef, title: &str) {
        let is_it = |later: &Later| later.draft.title == title;
        if self.loses_default(of)
            && let Some(at) = self.contract.iter().rposition(is_it)
        {
            self.set_again.push((of.clone(), at));
        }
    }

    /// What is put off, without what has nothing to do any more.
    pub(super) fn take_contract(&mut self) -> Vec<Later> {
        let all = std::mem::take(&mut self.contract).into_iter().enumerate();
        let passed = |at: usize| self.set_again.iter().any(|(_, passed)| *passed == at);
        all.filter(|(at, _)| !passed(*at))
            .map(|(_, later)| later)
            .collect()
    }
}
