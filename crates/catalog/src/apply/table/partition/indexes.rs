//! Indexes of partitions: each is a part of one of the parent, which is valid once all have theirs.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    Catalog, Name, QName,
    apply::{index::parts, table::children},
    choose,
    model::{Constraint, ConstraintKind, Index, IndexKey, TableKind},
};

/// Free-standing indexes of the parent.
pub(super) fn ensure(catalog: &mut Catalog, name: &QName, parent_name: &QName) {
    let of_parent: Vec<(QName, Arc<Index>)> = indexes_of(catalog, parent_name);
    for (parent_index, wanted) in of_parent {
        let own = indexes_of(catalog, name);
        if own
            .iter()
            .any(|(_, index)| index.attached_to.as_ref() == Some(&parent_index))
        {
            continue;
        }
        let fits = |index: &Index| index.attached_to.is_none() && same_index(index, &wanted);
        let found = own
            .iter()
            .find(|(_, index)| fits(index))
            .map(|(name, _)| name.clone());
        // A constraint of the partition can serve an index of the parent that is none.
        let found = found.or_else(|| constraint_for_index(catalog, name, &wanted));
        match found {
            Some(found) => {
                if let Some(parts) = parts(catalog, &found) {
                    *parts.attached_to = Some(parent_index);
                }
            }
            None => {
                let columns = choose::index_columns(&wanted);
                let chosen = index_name(catalog, name, &columns, "idx");
                let index = Index {
                    table: name.clone(),
                    attached_to: Some(parent_index),
                    comment: None,
                    valid: true,
                    ..(*wanted).clone()
                };
                catalog
                    .indexes
                    .insert(name.sibling(chosen), Arc::new(index));
            }
        }
    }
}

fn indexes_of(catalog: &Catalog, table: &QName) -> Vec<(QName, Arc<Index>)> {
    let indexes = catalog.indexes_of(table);
    indexes
        .map(|(name, index)| (name.clone(), index.clone()))
        .collect()
}

/// Whether one index can be the other's part (CompareIndexInfo; the order of keys is not looked at).
fn same_index(index: &Index, wanted: &Index) -> bool {
    let same_key = |(a, b): (&IndexKey, &IndexKey)| {
        a.term == b.term && a.collation == b.collation && a.operator_class == b.operator_class
    };
    index.unique == wanted.unique
        && index.nulls_not_distinct == wanted.nulls_not_distinct
        && index.method == wanted.method
        && index.keys.len() == wanted.keys.len()
        && index.keys.iter().zip(&wanted.keys).all(same_key)
        && index.include == wanted.include
        && index.predicate == wanted.predicate
}

/// A primary key or unique constraint of a partition that can be its part of an index of the parent.
pub(crate) fn constraint_for_index(
    catalog: &Catalog,
    name: &QName,
    wanted: &Index,
) -> Option<QName> {
    if !wanted.unique || wanted.predicate.is_some() || &*wanted.method != "btree" {
        return None;
    }
    let plain = |key: &IndexKey| key.collation.is_none() && key.operator_class.is_none();
    let columns: Option<Vec<Name>> = wanted
        .keys
        .iter()
        .filter(|key| plain(key))
        .map(|key| key.term.column().cloned())
        .collect();
    let columns = columns.filter(|columns| columns.len() == wanted.keys.len())?;
    let table = catalog.tables.get(name)?;
    let found = table
        .constraints
        .iter()
        .find(|(_, constraint)| match &constraint.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
                index.attached_to.is_none()
                    && index.columns == columns
                    && index.include == wanted.include
                    && index.nulls_not_distinct == wanted.nulls_not_distinct
            }
            ConstraintKind::Check { .. }
            | ConstraintKind::Exclude(_)
            | ConstraintKind::ForeignKey(_) => false,
        });
    found.map(|(found, _)| name.sibling(found.clone()))
}

/// A name for an index of a partition: `table_column_column_idx`, `…_key`, `table_pkey`.
pub(super) fn index_name(catalog: &Catalog, table: &QName, columns: &[Name], label: &str) -> Name {
    let addition = choose::addition(columns);
    let second = (label != "pkey").then_some(addition.as_str());
    let none = BTreeSet::new();
    let constraints = (label != "idx").then_some(&none);
    choose::relation(
        catalog,
        &table.schema,
        (&table.name, second, label),
        constraints,
    )
}

/// The constraint of an attached index has the parent's constraint as its parent (ConstraintSetParentConstraint).
pub(in crate::apply) fn adopt_constraint(catalog: &mut Catalog, index: &QName, part: &QName) {
    let is_constraint = |catalog: &Catalog, name: &QName| {
        matches!(
            catalog.relation(name),
            Some(crate::Relation::ConstraintIndex(_))
        )
    };
    if !is_constraint(catalog, index) {
        return;
    }
    if let Some(crate::Relation::ConstraintIndex(table)) = catalog.relation(part)
        && let Some(table) = catalog.table_mut(&table)
        && let Some(constraint) = table.constraints.get_mut(&part.name)
    {
        constraint.inherited = 1;
        constraint.local = false;
    }
}

/// An index on a partitioned table is valid once each partition has a valid part of it (validatePartitionedIndex).
pub(in crate::apply) fn validate_index(catalog: &mut Catalog, index: &QName) {
    let Some(table) = table_of(catalog, index) else {
        return;
    };
    if !matches!(
        catalog.tables.get(&table).map(|t| &t.kind),
        Some(TableKind::Partitioned(_))
    ) {
        return;
    }
    let covered = children(catalog, &table)
        .iter()
        .all(|child| part_of(catalog, child, index).is_some_and(|valid| valid));
    let mut above = None;
    if covered && let Some(parts) = parts(catalog, index) {
        *parts.valid = true;
        above.clone_from(parts.attached_to);
    }
    if let Some(above) = above {
        validate_index(catalog, &above);
    }
}

fn table_of(catalog: &Catalog, index: &QName) -> Option<QName> {
    if let Some(found) = catalog.indexes.get(index) {
        return Some(found.table.clone());
    }
    match catalog.relation(index)? {
        crate::Relation::ConstraintIndex(table) => Some(table),
        crate::Relation::Table
        | crate::Relation::View
        | crate::Relation::Index
        | crate::Relation::Sequence
        | crate::Relation::IdentitySequence(..)
        | crate::Relation::Composite => None,
    }
}

/// Whether the part that a partition has of an index is valid, if it has one.
fn part_of(catalog: &Catalog, partition: &QName, index: &QName) -> Option<bool> {
    let mut indexes = catalog.indexes_of(partition);
    if let Some((_, found)) = indexes.find(|(_, it)| it.attached_to.as_ref() == Some(index)) {
        return Some(found.valid);
    }
    let constraints = catalog.tables.get(partition)?.constraints.values();
    let mut indexes = constraints.filter_map(Constraint::index);
    let found = indexes.find(|found| found.attached_to.as_ref() == Some(index))?;
    Some(found.index_valid)
}
