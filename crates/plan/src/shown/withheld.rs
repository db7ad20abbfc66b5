//! A plan without what may be secret: values that a migration takes from the environment.

use std::collections::BTreeMap;

use crate::{Action, Batches, Plan, Step, Undo, Written};

/// What stands in the place of what is not shown.
const WITHHELD: &str = "-- not shown: it holds values from the environment";

/// The plan with migrations as they may be shown, by number: of the steps that are done for them, no statement is.
pub fn withheld(plan: &Plan, shown: BTreeMap<usize, Written>) -> Plan {
    let mut plan = plan.clone();
    let concerns =
        |step: &Step| (step.serves.iter()).any(|served| shown.contains_key(&served.migration));
    let steps = plan.expand.iter_mut().chain(&mut plan.contract);
    for step in steps.filter(|step| concerns(step)) {
        step.action = action(&step.action);
        step.verify = None;
        if let Some(keep) = &mut step.keep {
            let hidden = [&mut keep.before, &mut keep.behind].into_iter().flatten();
            hidden
                .chain(&mut keep.instead)
                .for_each(|text| WITHHELD.clone_into(text));
        }
        step.settings.clear();
        if step.recipe == "as_written" {
            step.title = "as written, with values from the environment".to_owned();
        }
        if let Undo::Actions(actions) = &step.undo {
            step.undo = Undo::Actions(actions.iter().map(action).collect());
        }
    }
    for (number, written) in shown {
        if let Some(own) = plan.migrations.get_mut(number) {
            *own = written;
        }
    }
    plan
}

fn action(action: &Action) -> Action {
    match action {
        Action::Transaction(_) => Action::Transaction(vec![WITHHELD.to_owned()]),
        Action::Alone(_) => Action::Alone(WITHHELD.to_owned()),
        Action::Batches(batches) => Action::Batches(Batches {
            table: batches.table.clone(),
            besides: batches.besides.clone(),
            before: Vec::new(),
            statement: WITHHELD.to_owned(),
            done: WITHHELD.to_owned(),
            pace: batches.pace,
            compares: batches.compares,
            found: batches.found.clone(),
            copies: batches.copies,
            left: batches.left.as_ref().map(|_| WITHHELD.to_owned()),
        }),
        // no value from the environment is in it: those are for SQL
        Action::Transform(transform) => Action::Transform(transform.clone()),
    }
}
