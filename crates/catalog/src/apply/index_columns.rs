//! What the columns of indexes are called in the server's catalogs. `RENAME COLUMN` leaves them as they are
//! (`renameatt_internal`), and an index that is made anew (`ATPostAlterTypeCleanup`) takes the names of the day.

use std::sync::Arc;

use crate::{
    Catalog, Name, QName, Relation, choose,
    dependents::parts_of_index,
    model::{ConstraintKind, Index, IndexTerm},
};

/// Keeps the names of the columns of all indexes that a column is in, before it is renamed.
pub(super) fn keep(catalog: &mut Catalog, of: &QName, column: &Name) {
    change(catalog, of, column, |attributes, names| {
        if attributes.is_empty() {
            *attributes = names;
        }
    });
}

/// Keeps no names that are those of the day again, after a column was renamed.
pub(super) fn settle(catalog: &mut Catalog, of: &QName, column: &Name) {
    change(catalog, of, column, |attributes, names| {
        if *attributes == names {
            attributes.clear();
        }
    });
}

/// Lets all indexes that a column is in be called as their columns are now.
pub(super) fn forget(catalog: &mut Catalog, of: &QName, column: &Name) {
    change(catalog, of, column, |attributes, _| attributes.clear());
}

/// `ALTER TABLE <index> RENAME COLUMN`: the index's own name of a column, and those of all indexes that are parts of it
/// (`find_all_inheritors`, `renameatt_internal`); whether there is such an index.
pub(super) fn rename(catalog: &mut Catalog, index: &QName, from: &Name, to: &Name) -> bool {
    let is_there = rename_alone(catalog, index, from, to);
    if is_there {
        for part in parts_of_index(catalog, index) {
            rename(catalog, &part, from, to);
        }
    }
    is_there
}

fn rename_alone(catalog: &mut Catalog, index: &QName, from: &Name, to: &Name) -> bool {
    match catalog.relation(index) {
        Some(Relation::Index) => {
            if let Some(index) = catalog.indexes.get_mut(index) {
                let index = Arc::make_mut(index);
                let names = choose::key_names(&index.keys, &index.include);
                call(&mut index.attributes, names, from, to);
            }
            true
        }
        Some(Relation::ConstraintIndex(of)) => {
            let table = catalog.table_mut(&of);
            let constraint = table.and_then(|table| table.constraints.get_mut(&index.name));
            if let Some(constraint) = constraint {
                let names = choose::constraint_key_names(&constraint.kind);
                if let Some(index) = constraint.index_mut() {
                    call(&mut index.attributes, names, from, to);
                }
            }
            true
        }
        _ => false,
    }
}

/// Calls a column of an index otherwise; `names` is what they would be called if the index were made now.
fn call(attributes: &mut Vec<Name>, names: Vec<Name>, from: &Name, to: &Name) {
    if attributes.is_empty() {
        attributes.clone_from(&names);
    }
    for name in attributes.iter_mut().filter(|name| *name == from) {
        name.clone_from(to);
    }
    if *attributes == names {
        attributes.clear();
    }
}

/// Changes what is kept; `how` is given that, and what they would be called if the index were made now.
fn change(
    catalog: &mut Catalog,
    of: &QName,
    column: &Name,
    how: impl Fn(&mut Vec<Name>, Vec<Name>),
) {
    let is_meant = |_: &QName, index: &Arc<Index>| index.table == *of && has_column(index, column);
    for index in catalog.indexes.values_mut_where(is_meant) {
        let names = choose::key_names(&index.keys, &index.include);
        how(&mut Arc::make_mut(index).attributes, names);
    }
    let Some(table) = catalog.tables.get(of) else {
        return;
    };
    let with_column = table.constraints.iter();
    let with_column = with_column.filter(|(_, one)| is_over(&one.kind, column));
    let names: Vec<(Name, Vec<Name>)> = with_column
        .map(|(name, one)| (name.clone(), choose::constraint_key_names(&one.kind)))
        .collect();
    if names.is_empty() {
        return;
    }
    let Some(table) = catalog.table_mut(of) else {
        return;
    };
    for (name, names) in names {
        let constraint = table.constraints.get_mut(&name);
        if let Some(index) = constraint.and_then(|constraint| constraint.index_mut()) {
            how(&mut index.attributes, names);
        }
    }
}

fn has_column(index: &Index, column: &Name) -> bool {
    let of_keys = index.keys.iter().map(|key| &key.term);
    of_keys.into_iter().any(|term| is_column(term, column)) || index.include.contains(column)
}

fn is_column(term: &IndexTerm, column: &Name) -> bool {
    matches!(term, IndexTerm::Column(name) if name == column)
}

fn is_over(kind: &ConstraintKind, column: &Name) -> bool {
    match kind {
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            index.columns.contains(column) || index.include.contains(column)
        }
        ConstraintKind::Exclude(exclusion) => {
            let mut keys = exclusion.keys.iter();
            keys.any(|(key, _)| is_column(&key.term, column))
                || exclusion.index.include.contains(column)
        }
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => false,
    }
}
