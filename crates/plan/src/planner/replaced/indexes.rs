//! Drops of indexes, which are no part of a transaction.

use segue_catalog::{Change, Name, ObjectRef, TableChange};

use super::{Span, can_be_replaced};
use crate::{
    Action, Line, effect,
    planner::{atoms::Atoms, running::Later},
};

/// Those that stand between what has to be one transaction go before that.
pub(in crate::planner) fn cleared(
    mut put_off: Vec<Later>,
    spans: &[Span],
    all: &[Atoms],
) -> Vec<Later> {
    for at in 0..put_off.len() {
        let around = |later: &Later| {
            let mut spans = spans.iter();
            spans.any(|span| span.dropped == later.served && put_off[at].served < span.last)
        };
        let Some(first) = put_off[..at].iter().position(around) else {
            continue;
        };
        let indexes = dropped_alone(&put_off[at], all);
        if !indexes.is_empty() && !need_it(&put_off[first..at], &indexes, all) {
            put_off[first..=at].rotate_right(1);
        }
    }
    put_off
}

/// The indexes that a step drops outside of a transaction.
fn dropped_alone<'a>(later: &Later, all: &'a [Atoms]) -> Vec<&'a Name> {
    let Action::Alone(_) = &later.draft.action else {
        return Vec::new();
    };
    let dropped = lines(later, all).flat_map(|line| &line.changes);
    let index = dropped.map(|change| match change {
        Change::Drop {
            object: ObjectRef::Index(index),
            ..
        } => Some(&index.name),
        _ => None,
    });
    index.collect::<Option<_>>().unwrap_or_default()
}

/// Whether steps may need indexes, or call them otherwise: a foreign key holds to a unique one, and so does a replica identity.
fn need_it(steps: &[Later], indexes: &[&Name], all: &[Atoms]) -> bool {
    let is_plain = |change: &Change| match change {
        Change::Drop { object, .. } => can_be_replaced(object),
        Change::Create(made) | Change::Replace(made) => can_be_replaced(&made.reference()),
        Change::Rename { object, .. } => matches!(object, ObjectRef::Type(_)),
        Change::Table { change, .. } => matches!(
            change,
            TableChange::SetType { .. } | TableChange::SetDefault { .. }
        ),
        Change::Privileges { .. } | Change::Comment { .. } | Change::Nothing => true,
        _ => false,
    };
    let are_named = |text: &str| {
        let mut indexes = indexes.iter();
        indexes.any(|index| effect::mentions(text, index))
    };
    steps.iter().any(|step| {
        let mut changes = lines(step, all).flat_map(|line| &line.changes);
        !changes.all(is_plain)
            || step
                .draft
                .action
                .statements()
                .iter()
                .any(|text| are_named(text))
    })
}

/// What a step is for, as it is written.
fn lines<'a>(later: &Later, all: &'a [Atoms]) -> impl Iterator<Item = &'a Line> {
    let served = later.served;
    let atoms = all.get(served.migration).into_iter();
    let lines = atoms.flat_map(|atoms| atoms.origins.iter().zip(&atoms.script.lines));
    lines.filter_map(move |(origin, line)| (origin.served == served).then_some(line))
}
