//! Where the plans are that migrations are, or were, deployed by.

use std::time::Duration;

use rustc_hash::FxHashMap;
use segue_db::own::{
    batches::Reached,
    rollouts::{State, StepState},
};

use super::{Stage, Standing};
use crate::{Opened, Underway};

/// The stage of every migration that has one.
pub(super) struct Stages<'o> {
    /// Of those that are under way.
    open: Vec<(&'o Underway, Stage)>,
    /// Of those that have ended, by the keys of their migrations.
    ended: FxHashMap<&'o str, Stage>,
}

impl<'o> Stages<'o> {
    pub(super) fn of(opened: &'o Opened) -> Self {
        let mut ended = FxHashMap::default();
        for past in &opened.past {
            let stage = Stage {
                state: past.state,
                since: past.at.clone(),
                done: 0,
                of: 0,
                percent: None,
                left: None,
                problem: None,
                paused: false,
            };
            ended.extend(past.keys.iter().map(|key| (key.as_str(), stage.clone())));
        }
        Self {
            open: opened.open.iter().map(|one| (one, stage(one))).collect(),
            ended,
        }
    }

    pub(super) fn of_key(&self, key: &str) -> Option<Stage> {
        let mut open = self.open.iter();
        match open.find(|(underway, _)| underway.covers(key)) {
            Some((_, stage)) => Some(stage.clone()),
            None => self.ended.get(key).cloned(),
        }
    }
}

fn stage(underway: &Underway) -> Stage {
    let kept = &underway.kept;
    // a plan of another version is told of without its steps
    let steps = underway
        .plan()
        .ok()
        .map(|plan| (plan.expand.len(), plan.contract.len()));
    let (expand, contract) = steps.unwrap_or_default();
    let done = |from: usize, to: usize| {
        let within = underway
            .steps
            .iter()
            .filter(|record| (from..to).contains(&record.step));
        within
            .filter(|record| record.state == StepState::Done)
            .count()
    };
    let (done, of) = match kept.state {
        State::Expanding | State::RollingBack => (done(0, expand), expand),
        State::Expanded => (0, contract),
        State::Contracting => (done(expand, expand + contract), contract),
        State::Contracted | State::RolledBack => (0, 0),
    };
    let goes_on = underway.by.is_some() && !kept.paused;
    Stage {
        state: kept.state,
        since: kept
            .expanded_at
            .clone()
            .unwrap_or_else(|| kept.begun_at.clone()),
        done,
        of,
        percent: underway.reached.and_then(percent),
        left: underway.reached.filter(|_| goes_on).and_then(left),
        problem: kept.problem.clone(),
        paused: kept.paused,
    }
}

fn percent(reached: Reached) -> Option<u8> {
    u8::try_from((reached.blocks * 100).checked_div(reached.of)?).ok()
}

/// As fast as it went so far, the time in which nobody ran it included. Under a second that says nothing: the rows are counted by
/// whole blocks and the time by seconds.
fn left(reached: Reached) -> Option<Duration> {
    let blocks = reached.of.checked_sub(reached.blocks)?;
    let seconds = (reached.seconds * blocks).checked_div(reached.blocks)?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

impl Stage {
    /// Whether the plan, not the history, says where the migration stands.
    pub(super) fn owns(&self) -> bool {
        matches!(self.state, State::Expanding | State::RollingBack)
    }

    /// Whether there is something to go on with.
    pub(super) fn is_under_way(&self) -> bool {
        self.owns() || self.state == State::Contracting
    }

    /// Whether it still says something of a migration that stands so: what was taken back may be applied since, and what was
    /// applied taken out of the history.
    pub(super) fn fits(&self, standing: &Standing) -> bool {
        let is_applied = matches!(standing, Standing::Applied { .. } | Standing::Edited { .. });
        match self.state {
            State::RolledBack => !is_applied,
            State::Contracted => is_applied,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use segue_db::own::batches::Reached;

    use super::left;

    #[test]
    fn a_rest_that_is_not_known_is_none() {
        let reached = |blocks, seconds| Reached {
            blocks,
            of: 100,
            rows: 1000,
            seconds,
        };
        assert_eq!(left(reached(50, 30)), Some(Duration::from_secs(30)));
        assert_eq!(left(reached(0, 30)), None);
        assert_eq!(left(reached(100, 30)), None);
        assert_eq!(left(reached(50, 0)), None);
    }
}
