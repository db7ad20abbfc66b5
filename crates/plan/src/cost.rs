//! Costs: long work while others wait. What they wait for, and which part of the statement is to blame, so that each cost
//! is spoken of once, by the rule of its cause.
//!
//! Reads next: `cost/cause.rs`, `cost/estimate.rs`, `cost/told.rs`.

mod cause;
mod estimate;
mod place;
mod told;

use segue_catalog::QName;

pub(crate) use self::{cause::Cause, estimate::bytes_per_second, told::size};
use crate::{LockMode, Moment, Work};

/// Work over a large table while others wait for a lock.
#[derive(Debug, Clone)]
pub(crate) struct Cost<'a> {
    /// What makes the server do it.
    pub(crate) cause: Cause<'a>,
    /// What is done, the heaviest first.
    pub(crate) works: Vec<&'a Work>,
    /// What others wait for, with the lock that they wait for.
    pub(crate) blocked: Vec<Blocked>,
}

/// A table in use that is locked while work goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocked {
    /// The table.
    pub(crate) table: QName,
    /// The lock on it.
    pub(crate) lock: LockMode,
    /// Whether the statement by itself keeps others waiting for the table.
    pub(crate) by_itself: bool,
    /// Whether an earlier statement of the same transaction has taken the lock, or a stronger one than this would.
    pub(crate) is_older: bool,
}

impl<'a> Cost<'a> {
    /// The heaviest work.
    pub(crate) fn work(&self) -> &'a Work {
        self.works[0]
    }

    /// Whether the locks of the statement itself block somebody.
    pub(crate) fn is_own(&self) -> bool {
        self.blocked.iter().any(|blocked| blocked.by_itself)
    }
}

/// The costs of a statement, one for each cause.
pub(crate) fn of<'a>(moment: &Moment<'a>) -> Vec<Cost<'a>> {
    let works = moment.effect().work.iter();
    let heavy: Vec<&'a Work> = works.filter(|work| moment.is_heavy(&work.table)).collect();
    if heavy.is_empty() {
        return Vec::new();
    }
    let blocked = moment.blocked();
    if blocked.is_empty() {
        return Vec::new();
    }
    let mut costs: Vec<Cost<'a>> = Vec::new();
    for work in heavy {
        let cause = cause::of(moment, work);
        match costs.iter_mut().find(|cost| cost.cause == cause) {
            Some(cost) => cost.works.push(work),
            None => costs.push(Cost {
                cause,
                works: vec![work],
                blocked: blocked.clone(),
            }),
        }
    }
    costs.retain(|cost| !is_short(moment, cost));
    for cost in &mut costs {
        cost.works.sort_by_key(|work| work.kind);
    }
    costs
}

/// Whether the work is known to take no longer than the policy lets others wait.
fn is_short(moment: &Moment<'_>, cost: &Cost<'_>) -> bool {
    let longest = moment.policy().longest_blocking;
    estimate::of_all(moment, &cost.works).is_some_and(|time| time <= longest)
}

impl<'a> Moment<'a> {
    /// The costs of the statement, one for each cause.
    pub(crate) fn costs(&self) -> &'a [Cost<'a>] {
        self.costs
    }

    /// The costs whose cause is one that a rule speaks of.
    pub(crate) fn costs_of(
        &self,
        is_spoken_of: impl Fn(&Cause<'a>) -> bool,
    ) -> impl Iterator<Item = Cost<'a>> {
        let costs = self.costs.iter();
        costs.filter(move |cost| is_spoken_of(&cost.cause)).cloned()
    }

    /// The tables in use that nobody can write, or even read, while the statement works; its own locks first.
    fn blocked(&self) -> Vec<Blocked> {
        let own = self.effect();
        let earlier = self.run.held.keys();
        let earlier = earlier.filter(|name| !own.locks.contains_key(*name));
        let mut blocked: Vec<Blocked> = Vec::new();
        for name in own.locks.keys().chain(earlier) {
            let Some(lock) = self.held(name).filter(|lock| lock.blocks_writes()) else {
                continue;
            };
            if !self.has_rows(name) || !self.is_in_use(name) {
                continue;
            }
            let own = own.lock_on(name);
            let by_itself = own.is_some_and(LockMode::blocks_writes);
            let is_older = own != Some(lock);
            blocked.push(Blocked {
                table: name.clone(),
                lock,
                by_itself,
                is_older,
            });
        }
        blocked.sort_by_key(|blocked| (!blocked.by_itself, std::cmp::Reverse(blocked.lock)));
        blocked
    }

    /// Whether it is a table or a materialized view: whoever waits for an index waits for its table.
    fn has_rows(&self, name: &QName) -> bool {
        let before = self.before();
        before.tables.contains_key(name) || before.views.contains_key(name)
    }
}
