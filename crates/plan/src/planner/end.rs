//! Where a plan ends: with all steps run on the model, it has to be where the statements as written lead to.

use segue_catalog::{Catalog, Disparity, compare};
use segue_sql::Problem;

use super::{
    DIRECT,
    not_there::Watched,
    pending::{Pending, PutOff},
    planning::Planning,
    replaced,
    running::{Later, finished},
    tidy,
    unlike::unlike,
};
use crate::{Script, Step};

/// Where a plan ends, and how it gets there.
pub(super) struct End {
    pub(super) expand: Vec<Step>,
    pub(super) contract: Vec<Step>,
    /// In what the end differs by nature.
    pub(super) differences: Vec<String>,
}

/// The steps of both phases, and where they end.
///
/// # Errors
/// A plan that would end anywhere else.
pub(super) fn proved(
    mut planning: Planning<'_>,
    naive: Option<&Catalog>,
    scripts: &[Script],
) -> Result<End, Problem> {
    let mut put_off: Vec<Later> = filled_late(&planning, scripts);
    put_off.extend(planning.take_contract());
    let used = planning.in_use();
    for (served, hindrance) in planning.unpaired() {
        let mut steps = planning.expand.iter_mut();
        let last = steps.rfind(|step| step.serves.contains(&served));
        last.into_iter()
            .for_each(|step| step.hindrances.push(hindrance.clone()));
    }
    // the new app uses the tables that expand has made
    let mut used_then = used.clone();
    for (name, now, _) in planning.now.tables.beside(&used.tables) {
        if let Some(now) = now {
            used_then.tables.insert(name.clone(), now.clone());
        }
    }
    let spans = replaced::spans_of_contract(planning.atoms);
    let watched = Watched::of(&planning);
    let mut there = Vec::new();
    let mut now = planning.now;
    let mut contract = Vec::new();
    // what is compared comes first of all, while nothing of contract is done and there is a way back
    let (compared, rest): (Vec<_>, Vec<_>) = put_off
        .into_iter()
        .partition(|later| later.draft.action.leaves_way_back());
    let rest = replaced::keys_first(rest, planning.atoms);
    let rest = replaced::given_at_once(rest, planning.atoms);
    let rest = replaced::cleared(rest, &spans, planning.atoms);
    for later in compared.into_iter().chain(rest) {
        let served = later.served;
        let known = with_new_names(&used_then, &planning.pending, &now);
        let step = finished(later, &mut now, (&known, planning.facts)).map_err(|refused| {
            let script = &scripts[served.migration];
            let span = script.lines[served.statement].span.clone();
            Problem::new(refused.problem.message)
                .at(&script.source, span, "for this")
                .note(format!("it would run in contract: {}", refused.statement))
                .help(DIRECT)
        })?;
        there.push((step.action.statements().len(), watched.are_there(&now)));
        contract.push(step);
    }
    let mut differences = planning.differences;
    if let Some(naive) = naive {
        reached(&now, naive, &mut differences)?;
    }
    let known_of = (planning.facts, planning.policy);
    let of_expand = replaced::spans(planning.atoms);
    let expand = tidy::gathered(planning.expand, &of_expand, &used, known_of);
    let known = with_new_names(&used_then, &planning.pending, &now);
    let mut contract = tidy::gathered(contract, &spans, &known, known_of);
    watched.tell(&mut contract, &there);
    Ok(End {
        expand,
        contract,
        differences,
    })
}

/// What fills columns of partitions that have come since, before anything goes that they are made of.
fn filled_late(planning: &Planning<'_>, scripts: &[Script]) -> Vec<Later> {
    let late = planning.filled_late().into_iter();
    late.map(|(filled, draft)| Later {
        draft,
        served: filled.served,
        recipe: filled.recipe,
        session: scripts[filled.served.migration].lines[filled.served.statement]
            .session
            .clone(),
        kept: Vec::new(),
    })
    .collect()
}

/// The schema that an app can use, in which tables have their new names too once they have got them.
fn with_new_names(known: &Catalog, pending: &[Pending], now: &Catalog) -> Catalog {
    let mut known = known.clone();
    for pending in pending {
        if let PutOff::TableName { from, to } = &pending.what
            && now.tables.contains_key(to)
            && let Some(table) = known.tables.get(from).cloned()
        {
            known.tables.insert(to.clone(), table);
        }
    }
    known
}

/// Adds the order of columns to the differences.
fn reached(now: &Catalog, naive: &Catalog, differences: &mut Vec<String>) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    for difference in compare(&unlike(now, naive), &unlike(naive, now)) {
        match &difference.disparity {
            Disparity::Changed { second, first, .. } if difference.is_order_of_columns() => {
                differences.push(format!(
                    "{}: its columns are in the order {first}, as written they would be in the order {second}",
                    difference.object
                ));
            }
            _ if difference.is_of_inherited_not_null(now) => {}
            _ if difference.certain => wrong.push(difference.to_string()),
            _ => {}
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(
        "the plan would not end where the statements lead to: this is a fault of segue's",
    );
    let problem = wrong.into_iter().take(5).fold(problem, Problem::note);
    Err(problem.help(DIRECT))
}
