//! What is no longer there behind a statement: what it drops, and what goes along with that.

use std::{collections::BTreeMap, sync::Arc};

use segue_catalog::{
    Change, Map, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, ReferentialAction, Table},
};

use crate::Moment;

impl Moment<'_> {
    /// Everything that is there before the statement and not behind it, by name; parts of what goes as a whole are left
    /// out.
    pub fn gone(&self) -> Vec<ObjectRef> {
        if self.changes().iter().all(leaves_all) {
            return Vec::new();
        }
        let (before, after) = (self.before(), self.after());
        let mut gone = Vec::new();
        gone.extend(
            dropped(&before.tables, &after.tables)
                .into_iter()
                .map(ObjectRef::Table),
        );
        gone.extend(
            dropped(&before.views, &after.views)
                .into_iter()
                .map(ObjectRef::View),
        );
        gone.extend(
            dropped(&before.types, &after.types)
                .into_iter()
                .map(ObjectRef::Type),
        );
        gone.extend(
            dropped(&before.routines, &after.routines)
                .into_iter()
                .map(ObjectRef::Routine),
        );
        let sequences = dropped(&before.sequences, &after.sequences);
        gone.extend(sequences.into_iter().map(ObjectRef::Sequence));
        let statistics = dropped(&before.statistics, &after.statistics);
        gone.extend(statistics.into_iter().map(ObjectRef::Statistics));
        for index in dropped(&before.indexes, &after.indexes) {
            let of = before.indexes.get(&index).map(|index| &index.table);
            if of.is_none_or(|table| after.tables.contains_key(table)) {
                gone.push(ObjectRef::Index(index));
            }
        }
        for (name, table, now) in before.tables.beside(&after.tables) {
            if let (Some(table), Some(now)) = (table, now)
                && !Arc::ptr_eq(table, now)
            {
                parts(name, table, now, &mut gone);
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

impl Moment<'_> {
    /// What goes along and refuses rows as long as it is there, for people: the new app, which does not know it, meets it until then.
    pub(crate) fn binds_meanwhile(&self) -> Option<String> {
        let gone = self.gone();
        let all: Vec<String> = gone
            .iter()
            .flat_map(|object| self.refusing(object, &gone))
            .map(|object| object.to_string())
            .collect();
        let list = listed(&all)?;
        let holds = if all.len() == 1 { "holds" } else { "hold" };
        Some(format!(
            "until contract {list} {holds} for what the new app writes and deletes too"
        ))
    }

    /// What refuses rows, of an object that goes and its parts. Of a table that goes these are the keys by which its rows keep others.
    fn refusing(&self, object: &ObjectRef, gone: &[ObjectRef]) -> Vec<ObjectRef> {
        let keeps_others = |constraint: &Constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => {
                let keeps = [ReferentialAction::NoAction, ReferentialAction::Restrict];
                let stays = !gone.contains(&ObjectRef::Table(key.references.clone()));
                Some(stays && keeps.contains(&key.on_delete))
            }
            _ => None,
        };
        let known = |table: &QName| self.before().tables.get(table);
        match object {
            ObjectRef::Table(table) => {
                let own = known(table).into_iter().flat_map(|own| &own.constraints);
                let keys = own.filter(|(_, own)| keeps_others(own) == Some(true));
                keys.map(|(name, _)| ObjectRef::Constraint(table.clone(), name.clone()))
                    .collect()
            }
            ObjectRef::Constraint(table, name) => {
                let own = known(table).and_then(|known| known.constraints.get(name));
                let own = own.filter(|own| keeps_others(own) != Some(false));
                own.map(|_| object.clone()).into_iter().collect()
            }
            ObjectRef::Index(name) => {
                let own = self.before().indexes.get(name).filter(|own| own.unique);
                own.map(|_| object.clone()).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Whether everything is still there behind a change: so it is for most, and schemas need not be compared then.
fn leaves_all(change: &Change) -> bool {
    match change {
        Change::Create(_)
        | Change::Comment { .. }
        | Change::Privileges { .. }
        | Change::SetOwner { .. }
        | Change::Session(_)
        | Change::Data { .. }
        | Change::Nothing => true,
        Change::Table { change, .. } => matches!(
            change,
            TableChange::AddColumn(_)
                | TableChange::AddConstraint {
                    using_index: None,
                    ..
                }
                | TableChange::ValidateConstraint(_)
                | TableChange::SetDefault { .. }
                | TableChange::SetNotNull { .. }
                | TableChange::DropNotNull(_)
        ),
        _ => false,
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

/// What is missing of a schema's objects of a kind.
fn dropped<K: Ord + Clone, V>(before: &Map<K, V>, after: &Map<K, V>) -> Vec<K> {
    let names = before.beside(after);
    let names = names.filter_map(|(name, _, now)| now.is_none().then_some(name));
    names.cloned().collect()
}

/// The keys that are in the first map only.
fn missing<K: Ord + Clone, V>(before: &BTreeMap<K, V>, after: &BTreeMap<K, V>) -> Vec<K> {
    let names = before.keys().filter(|name| !after.contains_key(*name));
    names.cloned().collect()
}

/// The parts of a table that it has no more.
fn parts(of: &QName, before: &Table, after: &Table, gone: &mut Vec<ObjectRef>) {
    for column in &before.columns {
        if after.column(&column.name).is_none() {
            gone.push(ObjectRef::Column(of.clone(), column.name.clone()));
        }
    }
    let constraints = missing(&before.constraints, &after.constraints);
    gone.extend(
        constraints
            .into_iter()
            .map(|name| ObjectRef::Constraint(of.clone(), name)),
    );
    let triggers = missing(&before.triggers, &after.triggers);
    gone.extend(
        triggers
            .into_iter()
            .map(|name| ObjectRef::Trigger(of.clone(), name)),
    );
    let policies = missing(&before.policies, &after.policies);
    gone.extend(
        policies
            .into_iter()
            .map(|name| ObjectRef::Policy(of.clone(), name)),
    );
}
