//! Partitions: what they get from their parent, by ATTACH or when they are created, and what DETACH takes back.
//!
//! Here is what happens to a partition as a whole, and its triggers; its indexes and constraints are in files below.

mod constraints;
mod indexes;

use std::sync::Arc;

pub(crate) use self::indexes::constraint_for_index;
pub(in crate::apply) use self::indexes::{adopt_constraint, validate_index};
use crate::{
    Catalog, Expr, QName,
    apply::table::{children, inherit},
    model::{ConstraintKind, Index, Partition, Table},
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
    indexes::ensure(catalog, name, &parent_name);
    constraints::ensure_keys(catalog, name, &parent_name, &parent);
    constraints::ensure_foreign_keys(catalog, name, &parent);
    clone_triggers(catalog, name, &parent);
    for child in children(catalog, name) {
        inherit_parts(catalog, &child);
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
    let is_part =
        |_: &QName, index: &Arc<Index>| index.table == *partition && index.attached_to.is_some();
    for index in catalog.indexes.values_mut_where(is_part) {
        Arc::make_mut(index).attached_to = None;
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
