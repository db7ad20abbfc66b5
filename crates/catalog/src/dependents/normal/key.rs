//! Users of a key or of its index: foreign keys, which need one on the columns that they refer to.

use super::known_users;
use crate::{
    Catalog, Name, ObjectRef, QName,
    map::Sought,
    model::{Constraint, ConstraintKind, ForeignKey, IndexTerm},
};

/// Foreign keys that need the index of a key, and queries that group by it.
pub(super) fn of_constraint(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let Some(constraint) = catalog
        .tables
        .get(of)
        .and_then(|table| table.constraints.get(name))
    else {
        return Vec::new();
    };
    let itself = ObjectRef::Constraint(of.clone(), name.clone());
    let mut users = known_users(catalog, &|object| *object == itself);
    match &constraint.kind {
        ConstraintKind::PrimaryKey(index) => {
            users.extend(foreign_keys(catalog, of, |key| {
                same_set(&key.referenced_columns, &index.columns)
            }));
        }
        ConstraintKind::Unique(index) => {
            users.extend(foreign_keys(catalog, of, |key| {
                same_set(&key.referenced_columns, &index.columns)
                    && !other_key(catalog, of, &index.columns, name)
            }));
        }
        ConstraintKind::Check { .. }
        | ConstraintKind::Exclude(_)
        | ConstraintKind::ForeignKey(_) => {}
    }
    users
}

fn same_set(first: &[Name], second: &[Name]) -> bool {
    first.len() == second.len() && first.iter().all(|name| second.contains(name))
}

/// Whether a table has another key or unique index over the same columns, which a foreign key can be bound to as well.
/// Which of several it is depends on their age, which the model does not keep.
fn other_key(catalog: &Catalog, of: &QName, columns: &[Name], but: &Name) -> bool {
    let table = catalog.tables.get(of);
    let mut constraints = table.into_iter().flat_map(|table| &table.constraints);
    let is_key = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            same_set(&index.columns, columns)
        }
        ConstraintKind::Check { .. }
        | ConstraintKind::Exclude(_)
        | ConstraintKind::ForeignKey(_) => false,
    };
    constraints.any(|(name, constraint)| name != but && is_key(constraint))
        || catalog.indexes_of(of).any(|(name, index)| {
            name.name != *but
                && unique_columns(index).is_some_and(|unique| same_set(&unique, columns))
        })
}

/// The columns of an index that a foreign key can be bound to.
fn unique_columns(index: &crate::model::Index) -> Option<Vec<Name>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    let columns = index.keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => Some(name.clone()),
        IndexTerm::Expression(_) => None,
    });
    columns.collect()
}

pub(super) fn of_index(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let Some(index) = catalog.indexes.get(name) else {
        return Vec::new();
    };
    let Some(columns) = unique_columns(index) else {
        return Vec::new();
    };
    foreign_keys(catalog, &index.table, |key| {
        same_set(&key.referenced_columns, &columns)
            && !other_key(catalog, &index.table, &columns, &name.name)
    })
}

/// Foreign keys that refer to a table, those of the table itself too.
pub(super) fn foreign_keys(
    catalog: &Catalog,
    to: &QName,
    which: impl Fn(&ForeignKey) -> bool,
) -> Vec<ObjectRef> {
    let mut users = Vec::new();
    for (of, table) in catalog.tables.mentioning(&Sought::name(&to.name)) {
        for (name, constraint) in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.references == *to
                && which(key)
            {
                users.push(ObjectRef::Constraint(of.clone(), name.clone()));
            }
        }
    }
    users
}
