//! Partitions: what they get from their parent, by ATTACH or when they are created, and what DETACH takes back.

use std::sync::Arc;

use crate::{
    Catalog, Expr, Name, QName,
    apply::{
        choose,
        index::parts,
        table::{children, inherit},
    },
    model::{
        Constraint, ConstraintKind, Index, IndexKey, IndexTerm, IndexedConstraint, Partition,
        Table, TableKind,
    },
};

/// `ATTACH PARTITION` (ATExecAttachPartition).
pub(super) fn attach(catalog: &mut Catalog, parent: &QName, partition: &QName, bound: &Expr) {
    inherit::adopt(catalog, partition, parent, true);
    if let Some(table) = catalog.table_mut(partition) {
        table.partition_of = Some(Partition {
            parent: parent.clone(),
            bound: bound.clone(),
        });
    }
    inherit_parts(catalog, partition);
}

/// Gives a partition what its parent has and it has not yet: indexes with their constraints, foreign keys, row triggers
/// (AttachPartitionEnsureIndexes, CloneForeignKeyConstraints, CloneRowTriggersToPartition; DefineRelation does the
/// same for a new partition). If it is partitioned itself, so are its partitions.
pub(in crate::apply) fn inherit_parts(catalog: &mut Catalog, name: &QName) {
    let parent = |catalog: &Catalog| {
        let of = catalog.tables.get(name)?.partition_of.as_ref()?;
        let parent = catalog.tables.get(&of.parent)?;
        Some((of.parent.clone(), parent.clone()))
    };
    let Some((parent_name, parent)) = parent(catalog) else {
        return;
    };
    ensure_indexes(catalog, name, &parent_name, &parent);
    ensure_constraints(catalog, name, &parent_name, &parent);
    ensure_foreign_keys(catalog, name, &parent);
    clone_triggers(catalog, name, &parent);
    for child in children(catalog, name) {
        inherit_parts(catalog, &child);
    }
}

/// Free-standing indexes of the parent.
fn ensure_indexes(catalog: &mut Catalog, name: &QName, parent_name: &QName, _parent: &Table) {
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
                let columns = index_columns(&wanted.keys, &wanted.include);
                let chosen = choose::index_name(catalog, name, &columns, "idx");
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
    let indexes = catalog
        .indexes
        .iter()
        .filter(|(_, index)| index.table == *table);
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

/// Names of an index's own columns, for its name.
fn index_columns(keys: &[IndexKey], include: &[Name]) -> Vec<Name> {
    let keys = keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => name.clone(),
        IndexTerm::Expression(expression) => crate::rewrite::index_column_name(expression),
    });
    let mut names: Vec<Name> = Vec::new();
    for name in keys.chain(include.iter().cloned()) {
        // The second of the same name is `name1` (ChooseIndexColumnNames).
        let candidates = (0_u32..).map(|number| match number {
            0 => name.clone(),
            _ => Name::stored(format!("{name}{number}", name = name.as_str())),
        });
        names.extend(
            candidates
                .into_iter()
                .find(|candidate| !names.contains(candidate)),
        );
    }
    names
}

/// Primary keys, unique and exclusion constraints of the parent.
fn ensure_constraints(catalog: &mut Catalog, name: &QName, parent_name: &QName, parent: &Table) {
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
                ConstraintKind::Exclude(exclusion) => {
                    let keys: Vec<IndexKey> =
                        exclusion.keys.iter().map(|(key, _)| key.clone()).collect();
                    (index_columns(&keys, &index.include), "excl")
                }
                ConstraintKind::Unique(_)
                | ConstraintKind::Check { .. }
                | ConstraintKind::ForeignKey(_) => (
                    [index.columns.clone(), index.include.clone()].concat(),
                    "key",
                ),
            };
            choose::index_name(catalog, name, &columns, label)
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

/// Foreign keys of the parent: an equal one of the partition becomes its part (tryAttachPartitionForeignKey).
fn ensure_foreign_keys(catalog: &mut Catalog, name: &QName, parent: &Table) {
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
        let mut chosen = constraint_name.clone();
        if table.constraints.contains_key(&chosen) {
            let addition = choose::addition(&key.columns);
            let table = &*table;
            chosen = choose::free(&name.name, Some(&addition), "fkey", |name| {
                table.constraints.contains_key(name)
            });
        }
        table.constraints.insert(chosen, fresh_copy(wanted));
    }
}

/// Row triggers of the parent; they come without their comments.
fn clone_triggers(catalog: &mut Catalog, name: &QName, parent: &Table) {
    let Some(table) = catalog.table_mut(name) else {
        return;
    };
    for (trigger_name, trigger) in &parent.triggers {
        if trigger.for_each_row && !table.triggers.contains_key(trigger_name) {
            let mut copy = trigger.clone();
            copy.inherited = true;
            copy.comment = None;
            table.triggers.insert(trigger_name.clone(), copy);
        }
    }
}

/// `DETACH PARTITION` (DetachPartitionFinalize): what it has stays and is its own, but for triggers of the parent.
pub(super) fn detach(catalog: &mut Catalog, parent: &QName, partition: &QName) {
    inherit::orphan(catalog, partition, parent);
    for index in catalog.indexes.values_mut() {
        if index.table == *partition && index.attached_to.is_some() {
            Arc::make_mut(index).attached_to = None;
        }
    }
    let Some(table) = catalog.table_mut(partition) else {
        return;
    };
    table.partition_of = None;
    table.triggers.retain(|_, trigger| !trigger.inherited);
    for constraint in table.constraints.values_mut() {
        let is_check = matches!(constraint.kind, ConstraintKind::Check { .. });
        if !is_check && constraint.inherited > 0 {
            constraint.inherited = 0;
            constraint.local = true;
        }
        if let Some(index) = constraint.index_mut() {
            index.attached_to = None;
        }
    }
    for child in children(catalog, partition) {
        drop_inherited_triggers(catalog, partition, &child);
    }
}

/// Below a partition that left, triggers stay only where that partition has them itself.
fn drop_inherited_triggers(catalog: &mut Catalog, parent: &QName, name: &QName) {
    let kept = catalog
        .tables
        .get(parent)
        .map(|table| table.triggers.clone())
        .unwrap_or_default();
    if let Some(table) = catalog.table_mut(name) {
        table
            .triggers
            .retain(|name, trigger| !trigger.inherited || kept.contains_key(name));
    }
    for child in children(catalog, name) {
        drop_inherited_triggers(catalog, name, &child);
    }
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
    let mut indexes = catalog
        .indexes
        .values()
        .filter(|found| found.table == *partition);
    if let Some(found) = indexes.find(|found| found.attached_to.as_ref() == Some(index)) {
        return Some(found.valid);
    }
    let constraints = catalog.tables.get(partition)?.constraints.values();
    let mut indexes = constraints.filter_map(Constraint::index);
    let found = indexes.find(|found| found.attached_to.as_ref() == Some(index))?;
    Some(found.index_valid)
}
