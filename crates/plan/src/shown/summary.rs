//! What there is to say of a plan as a whole, and of a step's locks.

use std::time::Duration;

use segue_catalog::QName;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::order::numbered;
use crate::{Estimate, LockMode, Phase, Plan, Step};

/// A plan in a few numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many steps run while the old app runs.
    pub expand: usize,
    /// How many run once only the new app runs.
    pub contract: usize,
    /// The step that keeps others waiting for longest, if any does.
    pub blocking: Option<Blocking>,
    /// How long the work that grows with tables takes, where their size is known.
    pub estimate: Option<Estimate>,
    /// Steps of which it is not known how long they take: nothing is known of a table's size, or of what they do.
    pub unknown: usize,
    /// How many things an app may notice.
    pub hazards: usize,
}

/// Who waits for a step, and how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocking {
    /// When the step runs.
    pub phase: Phase,
    /// Its number in its phase, from 1.
    pub step: usize,
    /// Who waits: `reads and writes`, or `writes`.
    pub blocked: &'static str,
    /// Of which tables.
    pub tables: Vec<QName>,
    /// How long at most.
    pub longest: Longest,
}

/// How long others wait for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Longest {
    /// No longer than this: the step is ended then.
    Ended(Duration),
    /// As long as it works, which is likely to be no longer than this.
    Likely(Duration),
    /// As long as it works, and it is not known how long that is.
    Unknown,
}

impl Longest {
    /// The time, if it is known.
    pub fn time(self) -> Option<Duration> {
        match self {
            Self::Ended(time) | Self::Likely(time) => Some(time),
            Self::Unknown => None,
        }
    }
}

impl Serialize for Longest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Longest", 2)?;
        let time = self.time().map(|time| time.as_millis());
        let time = time.map(|time| u64::try_from(time).unwrap_or(u64::MAX));
        object.serialize_field("milliseconds", &time)?;
        object.serialize_field("is_limit", &matches!(self, Self::Ended(_)))?;
        object.end()
    }
}

impl Summary {
    /// What there is to say of a plan.
    pub fn of(plan: &Plan) -> Self {
        let all = numbered(plan);
        let blocking = all
            .iter()
            .filter_map(|one| Blocking::of(one.step, one.number))
            // the first of those that are alike
            .rev()
            .max_by_key(|one| match one.longest.time() {
                Some(time) => (false, time),
                None => (true, Duration::ZERO),
            });
        let known: Vec<Estimate> = plan.steps().filter_map(|step| step.estimate).collect();
        Self {
            expand: plan.expand.len(),
            contract: plan.contract.len(),
            blocking,
            estimate: (!known.is_empty()).then(|| Estimate {
                least: known.iter().map(|one| one.least).sum(),
                most: known.iter().map(|one| one.most).sum(),
            }),
            unknown: plan.steps().filter(|step| is_unknown(step)).count(),
            hazards: plan.steps().map(|step| step.hazards.len()).sum(),
        }
    }
}

/// Whether it is not known how long a step takes.
pub(super) fn is_unknown(step: &Step) -> bool {
    step.effect.unknown.is_some() || (!step.effect.work.is_empty() && step.estimate.is_none())
}

impl Blocking {
    /// Who waits for a step, which has this number in its phase; none where nobody does.
    pub fn of(step: &Step, number: usize) -> Option<Self> {
        let locks = &step.effect.locks;
        let strongest = locks.values().copied().max()?;
        let blocked = strongest.blocked()?;
        let is_as_strong = |mode: LockMode| mode.blocked() == Some(blocked);
        let tables = locks.iter().filter(|(_, mode)| is_as_strong(**mode));
        Some(Self {
            phase: step.phase,
            step: number,
            blocked,
            tables: tables.map(|(name, _)| name.clone()).collect(),
            longest: longest(step),
        })
    }
}

/// The transaction is ended when its time is up, however many statements it has, and the wait for its locks before that.
fn longest(step: &Step) -> Longest {
    match (step.timeouts.statement, step.estimate) {
        (Some(work), _) => Longest::Ended(step.timeouts.lock.unwrap_or_default() + work),
        (None, Some(estimate)) => Longest::Likely(estimate.most),
        (None, None) => Longest::Unknown,
    }
}
