//! What is no longer there behind a statement: what it drops, and what goes along with that.

use std::{collections::BTreeMap, sync::Arc};

use segue_catalog::{ObjectRef, QName, model::Table};

use crate::Moment;

impl Moment<'_> {
    /// Everything that is there before the statement and not behind it, by name; parts of what goes as a whole are left
    /// out.
    pub fn gone(&self) -> Vec<ObjectRef> {
        let (before, after) = (self.before(), self.after());
        let mut gone = Vec::new();
        gone.extend(missing(&before.tables, &after.tables).map(ObjectRef::Table));
        gone.extend(missing(&before.views, &after.views).map(ObjectRef::View));
        gone.extend(missing(&before.types, &after.types).map(ObjectRef::Type));
        gone.extend(missing(&before.routines, &after.routines).map(ObjectRef::Routine));
        let sequences = missing(&before.sequences, &after.sequences);
        gone.extend(sequences.map(ObjectRef::Sequence));
        let statistics = missing(&before.statistics, &after.statistics);
        gone.extend(statistics.map(ObjectRef::Statistics));
        for index in missing(&before.indexes, &after.indexes) {
            let of = before.indexes.get(&index).map(|index| &index.table);
            if of.is_none_or(|table| after.tables.contains_key(table)) {
                gone.push(ObjectRef::Index(index));
            }
        }
        for (name, table) in &before.tables {
            match after.tables.get(name) {
                Some(now) if !Arc::ptr_eq(table, now) => parts(name, table, now, &mut gone),
                _ => {}
            }
        }
        gone
    }

    /// What goes along with what a statement drops, for people; none where nothing does.
    pub(crate) fn goes_along(&self, dropped: &[ObjectRef]) -> Option<String> {
        let gone = self.gone();
        let others = gone.iter().filter(|object| !dropped.contains(object));
        let others: Vec<String> = others.map(ToString::to_string).collect();
        listed(&others).map(|list| format!("with it goes {list}"))
    }
}

/// The first few of a list, for people.
pub(crate) fn listed(names: &[String]) -> Option<String> {
    const SHOWN: usize = 5;
    let first = names.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match (first.as_slice(), names.len().checked_sub(SHOWN)) {
        ([], _) => None,
        (_, Some(more)) if more > 0 => Some(format!("{} and {more} more", first.join(", "))),
        ([one], _) => Some(one.clone()),
        ([some @ .., last], _) => Some(format!("{} and {last}", some.join(", "))),
    }
}

fn missing<K: Ord + Clone, V>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) -> impl Iterator<Item = K> {
    let names = before.keys().filter(|name| !after.contains_key(*name));
    names.cloned().collect::<Vec<_>>().into_iter()
}

/// The parts of a table that it has no more.
fn parts(of: &QName, before: &Table, after: &Table, gone: &mut Vec<ObjectRef>) {
    for column in &before.columns {
        if after.column(&column.name).is_none() {
            gone.push(ObjectRef::Column(of.clone(), column.name.clone()));
        }
    }
    let constraints = missing(&before.constraints, &after.constraints);
    gone.extend(constraints.map(|name| ObjectRef::Constraint(of.clone(), name)));
    let triggers = missing(&before.triggers, &after.triggers);
    gone.extend(triggers.map(|name| ObjectRef::Trigger(of.clone(), name)));
    let policies = missing(&before.policies, &after.policies);
    gone.extend(policies.map(|name| ObjectRef::Policy(of.clone(), name)));
}
