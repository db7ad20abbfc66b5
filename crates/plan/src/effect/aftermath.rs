//! What the schema before and after a statement says: tables that are there in both and differ, indexes that came, whatever
//! went. It knows what a change took along, such as the indexes and keys that a partition gets.

use std::{borrow::Cow, sync::Arc};

use segue_catalog::{
    Change, Map, QName, TableChange,
    model::{Index, Table},
};

use super::{constraint, gone, index, not_null, partition, rewrite, telling::Telling, types};

/// A table that a statement has changed.
pub(super) struct Altered<'a> {
    pub(super) name: &'a QName,
    pub(super) before: &'a Table,
    /// As it was before, without the columns and constraints that the statement drops: one that it adds may be called the same.
    pub(super) kept: Cow<'a, Table>,
    pub(super) after: &'a Table,
}

impl<'a> Altered<'a> {
    fn of(telling: &Telling<'a>, name: &'a QName, before: &'a Table, after: &'a Table) -> Self {
        let mut kept = Cow::Borrowed(before);
        for change in telling.changes() {
            match change {
                Change::Table {
                    table,
                    change: TableChange::DropColumn { name: column, .. },
                } if table == name => kept.to_mut().columns.retain(|own| own.name != *column),
                Change::Table {
                    table,
                    change:
                        TableChange::DropConstraint {
                            name: constraint, ..
                        },
                } if table == name => {
                    kept.to_mut().constraints.remove(constraint);
                }
                _ => {}
            }
        }
        Self {
            name,
            before,
            kept,
            after,
        }
    }
}

/// Tells the work of a statement, and the locks on what went.
pub(super) fn tell(telling: &mut Telling<'_>) {
    if !telling.has_changes() {
        return;
    }
    rewrite::tell(telling);
    // names do not tell then what is new
    if telling.has_renames() {
        return;
    }
    let tables = compared(&telling.before.tables, &telling.after.tables);
    let altered: Vec<Altered<'_>> = tables
        .both
        .into_iter()
        .map(|(name, before, after)| Altered::of(telling, name, before, after))
        .collect();
    let indexes = compared(&telling.before.indexes, &telling.after.indexes);
    not_null::tell(telling, &altered);
    constraint::tell(telling, &altered);
    index::tell(telling, &altered, &indexes.new);
    partition::tell(telling);
    types::tell(telling);
    gone::tables(telling, &tables.gone, &altered);
    gone::indexes(telling, &indexes.gone);
    gone::others(telling);
}

/// Two states of the objects of a kind.
pub(super) struct Compared<'a, T> {
    /// Those that differ.
    pub(super) both: Vec<(&'a QName, &'a T, &'a T)>,
    /// Those that are only in the first.
    pub(super) gone: Vec<(&'a QName, &'a T)>,
    /// Those that are only in the second.
    pub(super) new: Vec<(&'a QName, &'a T)>,
}

/// Compares two states: what is shared between them is passed over at once.
pub(super) fn compared<'a, T: PartialEq>(
    before: &'a Map<QName, Arc<T>>,
    after: &'a Map<QName, Arc<T>>,
) -> Compared<'a, T> {
    let mut found = Compared {
        both: Vec::new(),
        gone: Vec::new(),
        new: Vec::new(),
    };
    for (name, old, new) in before.beside(after) {
        match (old, new) {
            (Some(old), None) => found.gone.push((name, &**old)),
            (None, Some(new)) => found.new.push((name, &**new)),
            (Some(old), Some(new)) if !Arc::ptr_eq(old, new) && old != new => {
                found.both.push((name, &**old, &**new));
            }
            (Some(_) | None, _) => {}
        }
    }
    found
}

/// Indexes that no constraint owns.
pub(super) type NewIndexes<'i, 'a> = &'i [(&'a QName, &'a Index)];
