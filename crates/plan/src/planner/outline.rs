//! What a plan would do for each statement, in a few words: also where others cannot be planned.

use std::collections::BTreeMap;

use super::{Planner, Planning, atoms, said, transform::met};
use crate::{Facts, Phase, Policy, Script, Served, Strategy};

/// The steps of each statement that would not run as it is written, by their phases and titles, in order.
pub fn outline(
    scripts: &[Script],
    facts: &Facts,
    policy: &Policy,
) -> BTreeMap<Served, Vec<(Phase, String)>> {
    let mut steps: BTreeMap<Served, Vec<(Phase, String)>> = BTreeMap::new();
    let (Some(met), Ok(said)) = (met(scripts), said::Said::of_all(scripts)) else {
        return steps;
    };
    let (atoms, passed) = atoms::of_all(scripts, Strategy::Online);
    let planning = Planning::new((facts, policy), said, &atoms, met.0, met.1);
    let mut planner = Planner::new(scripts, Strategy::Online, planning);
    planner.planning.skipped = passed;
    planner.all();
    let mut planning = planner.planning;
    let put_off = planning.take_contract();
    let expand = planning.expand.iter().map(|step| {
        let served = step.serves.first().copied();
        (served, &*step.recipe, Phase::Expand, &step.title)
    });
    let contract = put_off.iter().map(|later| {
        let title = &later.draft.title;
        (Some(later.served), later.recipe, Phase::Contract, title)
    });
    for (served, recipe, phase, title) in expand.chain(contract) {
        // a program stands behind the last statement, and is none
        let is_told = recipe != "as_written" && recipe != "transform";
        if let Some(served) = served.filter(|_| is_told) {
            steps
                .entry(served)
                .or_default()
                .push((phase, title.clone()));
        }
    }
    // what cannot be planned is not done half-way
    for served in planner.unplanned {
        steps.remove(&served);
    }
    steps
}
