//! Steps that need not be apart: the parts of a statement that all run as they are written, and neighbours that nobody can
//! be kept waiting by.

mod session;

use std::collections::BTreeSet;

use segue_catalog::{Catalog, QName};

use super::{
    draft::Draft,
    estimate,
    mark::Mark,
    planning::Planning,
    replaced::{self, Span},
    timeouts,
};
use crate::{Action, Facts, LockMode, Phase, Policy, Script, Served, Step, Undo};

/// A statement whose parts all run as written runs as a whole.
pub(super) fn put_together(
    planning: &mut Planning<'_>,
    mark: Mark,
    scripts: &[Script],
    served: Served,
) {
    let parts = &planning.expand[mark.expand..];
    let plain =
        |step: &Step| step.recipe == "as_written" && matches!(step.action, Action::Transaction(_));
    let waits = planning.contract.len() > mark.contract;
    if waits || parts.len() < 2 || !parts.iter().all(plain) {
        return;
    }
    let apart = (planning.mark(), planning.expand[mark.expand..].to_vec());
    let script = &scripts[served.migration];
    let line = &script.lines[served.statement];
    let text = &script.source.text[line.span.clone()];
    let title = parts[0].title.clone();
    planning.steps_back_to(&mark);
    planning.recipe = "as_written";
    let done = planning.step(Draft::transaction(title, [text]));
    // the parts may have been written under other names
    let (now, parts) = (apart.0.now(), apart.1);
    if done.is_err() || planning.now != now {
        planning.steps_back_to(&mark);
        planning.expand.extend(parts);
        planning.now = now;
    }
}

/// Puts what is made again into one transaction with what drops it; and neighbours of the same migration, where that keeps
/// nobody waiting for longer: both lock the same, or one of them nothing.
pub(super) fn gathered(
    steps: Vec<Step>,
    spans: &[Span],
    known: &Catalog,
    (facts, policy): (&Facts, &Policy),
) -> Vec<Step> {
    let is_small = |table: &QName| !policy.weight(facts.tables.get(table)).is_heavy();
    let mut gathered: Vec<Step> = Vec::new();
    let put_together = |last: &mut Step, step| join(last, step, facts);
    let steps = replaced::whole(steps, spans, is_small, put_together);
    for step in session::whole(steps, put_together) {
        match gathered.last_mut() {
            Some(last) if fit(last, &step, known) => join(last, step, facts),
            _ => gathered.push(step),
        }
    }
    gathered
}

fn fit(first: &Step, second: &Step, known: &Catalog) -> bool {
    // what is put off is quick, but for what builds or reads; in expand each recipe has its own order
    let quick = |step: &Step| {
        let plain = step.recipe == "as_written" && step.hazards.is_empty();
        matches!(step.action, Action::Transaction(_))
            && step.effect.work.is_empty()
            && step.effect.unknown.is_none()
            && !step.action.goes_through_rows()
            && (plain || step.phase == Phase::Contract)
    };
    // a value that an enum has got can be used only when it is committed (sql-altertype.html)
    let is_final =
        |step: &Step| step.phase == Phase::Expand && matches!(step.undo, Undo::Impossible(_));
    let keeps = first.keep.is_some() || second.keep.is_some();
    if keeps || is_final(first) || is_final(second) {
        return false;
    }
    let migration = |step: &Step| step.serves.first().map(|served| served.migration);
    quick(first)
        && quick(second)
        && migration(first) == migration(second)
        && first.settings == second.settings
        && lock_the_same(first, second, known)
}

/// Whether two steps lock the same tables, or one of them none.
fn lock_the_same(first: &Step, second: &Step, known: &Catalog) -> bool {
    let strong = |step: &Step| -> BTreeSet<QName> {
        let locks = step.effect.locks.iter();
        let strong = locks.filter(|(name, mode)| {
            **mode >= LockMode::ShareUpdateExclusive && known.tables.contains_key(*name)
        });
        strong.map(|(name, _)| name.clone()).collect()
    };
    let (first, second) = (strong(first), strong(second));
    first.is_empty() || second.is_empty() || first == second
}

fn join(last: &mut Step, step: Step, facts: &Facts) {
    for served in step.serves {
        if !last.serves.contains(&served) {
            last.serves.push(served);
        }
    }
    if let (Action::Transaction(all), Action::Transaction(more)) = (&mut last.action, step.action) {
        all.extend(more);
    }
    for (relation, mode) in step.effect.locks {
        last.effect.lock(&relation, mode);
    }
    last.effect.work.extend(step.effect.work);
    last.title = if last.recipe == "as_written" && step.recipe == "as_written" {
        "as written".to_owned()
    } else {
        let more = " and what comes with it";
        format!("{}{more}", last.title.trim_end_matches(more))
    };
    if last.recipe == "as_written" {
        last.recipe = step.recipe;
    }
    last.hazards.extend(step.hazards);
    // what one of them makes, the next may take away; it commits together with its record
    last.verify = None;
    let keeps = last.keep.take().is_some() || step.keep.is_some();
    last.undo = match (std::mem::replace(&mut last.undo, Undo::Nothing), step.undo) {
        (Undo::Nothing, other) | (other, Undo::Nothing) => other,
        (Undo::Actions(first), Undo::Actions(mut second)) => {
            second.extend(first);
            Undo::Actions(second)
        }
        (Undo::Impossible(why), _) | (_, Undo::Impossible(why)) => Undo::Impossible(why),
    };
    if keeps {
        let why = "rows are written in one transaction with a temporary table, and what they were before is not kept";
        last.undo = Undo::Impossible(why.to_owned());
    }
    last.hindrances.extend(step.hindrances);
    // what is done to small tables is no work
    let statement = last.timeouts.statement.or(step.timeouts.statement);
    last.timeouts = timeouts::of(&last.action, &last.effect);
    last.timeouts.statement = last.timeouts.statement.or(statement);
    last.estimate = estimate::of(&last.effect, facts);
}
