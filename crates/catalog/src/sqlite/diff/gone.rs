//! Tables that go: in which order, and whether rows of others would go with them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{ConstraintKind, Name, Table};

type Tables = BTreeMap<Name, Table>;

/// The tables that the second schema lacks, those that refer to others before these; in a circle the first one goes
/// first.
pub(super) fn in_order(now: &Tables, then: &Tables) -> Vec<Name> {
    let gone: BTreeMap<&Name, BTreeSet<&Name>> = now
        .iter()
        .filter(|(name, _)| !then.contains_key(*name))
        .map(|(name, table)| (name, parents(table).filter(|of| *of != name).collect()))
        .collect();
    let mut children: BTreeMap<&Name, usize> = gone.keys().map(|name| (*name, 0)).collect();
    for parent in gone.values().flatten() {
        if let Some(count) = children.get_mut(parent) {
            *count += 1;
        }
    }
    let mut free: BTreeSet<&Name> = BTreeSet::new();
    free.extend(
        children
            .iter()
            .filter(|(_, count)| **count == 0)
            .map(|(name, _)| *name),
    );
    let mut ordered = Vec::new();
    while let Some(next) = free.pop_first().or_else(|| children.keys().next().copied()) {
        children.remove(next);
        for parent in gone.get(next).into_iter().flatten() {
            if let Some(count) = children.get_mut(parent) {
                *count -= 1;
                if *count == 0 {
                    free.insert(parent);
                }
            }
        }
        ordered.push(next.clone());
    }
    ordered
}

/// Whether a table that goes is referred to then: by one that goes later, by itself, or by one that stays.
pub(super) fn are_held(gone: &[Name], now: &Tables, then: &Tables) -> bool {
    let places: BTreeMap<&Name, usize> = gone.iter().zip(0..).collect();
    let mut stay = then.values().flat_map(parents);
    stay.any(|parent| places.contains_key(parent))
        || places.iter().any(|(name, at)| {
            let mut of = now.get(*name).into_iter().flat_map(parents);
            of.any(|parent| places.get(parent).is_some_and(|place| place <= at))
        })
}

/// The tables that a table refers to.
fn parents(table: &Table) -> impl Iterator<Item = &Name> {
    let constraints = table.constraints.iter();
    constraints.filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.table),
        _ => None,
    })
}
