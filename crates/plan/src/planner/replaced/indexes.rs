//! Where builds and drops of indexes go, which are no part of a transaction, if they stand between what has to be one.

use segue_catalog::{Change, Name, ObjectRef, TableChange};

use super::{Span, can_be_replaced, lines};
use crate::{
    Action, effect,
    planner::{atoms::Atoms, running::Later},
};

/// Those that stand between what has to be one transaction: a drop goes before that, or behind it as a build does.
pub(in crate::planner) fn cleared(
    mut put_off: Vec<Later>,
    spans: &[Span],
    all: &[Atoms],
) -> Vec<Later> {
    for at in 0..put_off.len() {
        let dropped = alone(&put_off[at], all, &|change| match change {
            Change::Drop { object, .. } => Some(object.clone()),
            _ => None,
        });
        let Some((first, _)) = around(&put_off, at, spans).filter(|_| !dropped.is_empty()) else {
            continue;
        };
        if !need_it(&put_off[first..at], &dropped, all) {
            put_off[first..=at].rotate_right(1);
        }
    }
    for at in (0..put_off.len()).rev() {
        let built = alone(&put_off[at], all, &|change| match change {
            Change::Create(made) => Some(made.reference()),
            Change::Drop { object, .. } => Some(object.clone()),
            _ => None,
        });
        let Some((_, last)) = around(&put_off, at, spans).filter(|_| !built.is_empty()) else {
            continue;
        };
        if !need_it(&put_off[at + 1..=last], &built, all) {
            put_off[at..=last].rotate_left(1);
        }
    }
    put_off
}

/// The first and the last step of what one stands between.
fn around(put_off: &[Later], at: usize, spans: &[Span]) -> Option<(usize, usize)> {
    let own = put_off[at].served;
    let span_of = |later: &Later| {
        let mut spans = spans.iter();
        spans.find(|span| span.dropped == later.served && own < span.last)
    };
    let mut before = put_off[..at].iter().enumerate();
    let (first, span) = before.find_map(|(first, later)| Some((first, span_of(later)?)))?;
    let within = |later: &Later| span.dropped < later.served && later.served <= span.last;
    let last = put_off.iter().rposition(within)?;
    (last > at).then_some((first, last))
}

/// The indexes that a step makes or drops outside of a transaction.
fn alone(later: &Later, all: &[Atoms], of: &dyn Fn(&Change) -> Option<ObjectRef>) -> Vec<Name> {
    let Action::Alone(_) = &later.draft.action else {
        return Vec::new();
    };
    let changes = lines(later, all).flat_map(|line| &line.changes);
    let index = changes.map(|change| match of(change)? {
        ObjectRef::Index(index) => Some(index.name),
        _ => None,
    });
    index.collect::<Option<_>>().unwrap_or_default()
}

/// Whether steps may need indexes, or call them otherwise: a foreign key holds to a unique one, and so does a replica identity.
fn need_it(steps: &[Later], indexes: &[Name], all: &[Atoms]) -> bool {
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
