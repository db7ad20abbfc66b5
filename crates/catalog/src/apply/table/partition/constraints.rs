//! Constraints of partitions: what the parent has as a key or a foreign key, each partition has too.

use std::collections::BTreeSet;

use super::indexes::index_name;
use crate::{
    Catalog, QName, choose,
    model::{Constraint, ConstraintKind, IndexedConstraint, Table},
};

/// Primary keys, unique and exclusion constraints of the parent.
pub(super) fn ensure_keys(
    catalog: &mut Catalog,
    name: &QName,
    parent_name: &QName,
    parent: &Table,
) {
    for (constraint_name, wanted) in &parent.constraints {
        let Some(index) = wanted.index() else {
            continue;
        };
        let parent_index = parent_name.sibling(constraint_name.clone());
        let Some(table) = catalog.tables.get(name) else {
            return;
        };
        let attached =
            |index: &IndexedConstraint| index.attached_to.as_ref() == Some(&parent_index);
        if table
            .constraints
            .values()
            .any(|own| own.index().is_some_and(attached))
        {
            continue;
        }
        let found = table
            .constraints
            .iter()
            .find(|(_, own)| same_key(own, wanted));
        let found = found.map(|(found, _)| found.clone());
        let chosen = found.unwrap_or_else(|| {
            let (columns, label) = match &wanted.kind {
                ConstraintKind::PrimaryKey(_) => (Vec::new(), "pkey"),
                ConstraintKind::Exclude(_) => (choose::constraint_columns(wanted), "excl"),
                ConstraintKind::Unique(_)
                | ConstraintKind::Check { .. }
                | ConstraintKind::ForeignKey(_) => (
                    choose::constraint_columns(wanted),
                    if index.without_overlaps {
                        "excl"
                    } else {
                        "key"
                    },
                ),
            };
            // a copy of a key `WITHOUT OVERLAPS` is called as if it were EXCLUDE, whose operators it has
            // (`generateClonedIndexStmt`)
            index_name(catalog, name, &columns, label)
        });
        let Some(table) = catalog.table_mut(name) else {
            return;
        };
        let own = table
            .constraints
            .entry(chosen)
            .or_insert_with(|| fresh_copy(wanted));
        own.inherited = 1;
        own.local = false;
        if let Some(index) = own.index_mut() {
            index.attached_to = Some(parent_index);
        }
    }
}

/// Whether a constraint of a partition can be the part of its parent's.
fn same_key(own: &Constraint, wanted: &Constraint) -> bool {
    let free = |index: &IndexedConstraint| index.attached_to.is_none();
    let same = |own: &IndexedConstraint, wanted: &IndexedConstraint| {
        free(own)
            && own.columns == wanted.columns
            && own.include == wanted.include
            && own.nulls_not_distinct == wanted.nulls_not_distinct
    };
    match (&own.kind, &wanted.kind) {
        (ConstraintKind::PrimaryKey(own), ConstraintKind::PrimaryKey(wanted))
        | (ConstraintKind::Unique(own), ConstraintKind::Unique(wanted)) => same(own, wanted),
        (ConstraintKind::Exclude(own), ConstraintKind::Exclude(wanted)) => {
            free(&own.index)
                && own.method == wanted.method
                && own.keys == wanted.keys
                && own.predicate == wanted.predicate
        }
        (
            ConstraintKind::Check { .. }
            | ConstraintKind::PrimaryKey(_)
            | ConstraintKind::Unique(_)
            | ConstraintKind::Exclude(_)
            | ConstraintKind::ForeignKey(_),
            _,
        ) => false,
    }
}

/// Foreign keys of the parent: an equal one of the partition becomes its part (tryAttachPartitionForeignKey).
pub(super) fn ensure_foreign_keys(catalog: &mut Catalog, name: &QName, parent: &Table) {
    for (constraint_name, wanted) in &parent.constraints {
        let ConstraintKind::ForeignKey(key) = &wanted.kind else {
            continue;
        };
        let Some(table) = catalog.table_mut(name) else {
            return;
        };
        let same = |own: &Constraint| own.kind == wanted.kind && own.deferral == wanted.deferral;
        if table
            .constraints
            .values()
            .any(|own| same(own) && own.inherited > 0)
        {
            continue;
        }
        if let Some(own) = table.constraints.values_mut().find(|own| same(own)) {
            own.inherited = 1;
            own.local = false;
            own.validated |= wanted.validated;
            continue;
        }
        let chosen = if table.constraints.contains_key(constraint_name) {
            let addition = choose::addition(&key.columns);
            let parts = (name.name.as_str(), Some(addition.as_str()), "fkey");
            choose::constraint(catalog, &name.schema, parts, &BTreeSet::new())
        } else {
            constraint_name.clone()
        };
        if let Some(table) = catalog.table_mut(name) {
            table.constraints.insert(chosen, fresh_copy(wanted));
        }
    }
}

/// A parent's constraint as a partition gets it.
fn fresh_copy(wanted: &Constraint) -> Constraint {
    let mut copy = Constraint {
        comment: None,
        inherited: 1,
        local: false,
        ..wanted.clone()
    };
    if let Some(index) = copy.index_mut() {
        index.index_comment = None;
        index.index_valid = true;
    }
    copy
}
