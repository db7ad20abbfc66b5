//! `INHERIT` and `NO INHERIT`, and what partitions have in common with children.

use crate::{
    Catalog, QName,
    apply::table::column::lose_parent,
    model::{ConstraintKind, Table},
};

/// `INHERIT parent`: columns and checks of the same names have one more parent (MergeAttributesIntoExisting).
pub(super) fn inherit(catalog: &mut Catalog, name: &QName, parent: &QName) {
    adopt(catalog, name, parent, false);
    if let Some(table) = catalog.table_mut(name) {
        table.inherits.push(parent.clone());
    }
}

/// `NO INHERIT parent` (RemoveInheritance).
pub(super) fn disinherit(catalog: &mut Catalog, name: &QName, parent: &QName) {
    orphan(catalog, name, parent);
    if let Some(table) = catalog.table_mut(name) {
        table.inherits.retain(|inherited| inherited != parent);
    }
}

/// Columns, NOT NULLs and checks that the parent has too get it as a parent. In a partition none of them is its own
/// any more.
pub(super) fn adopt(catalog: &mut Catalog, name: &QName, parent: &QName, as_partition: bool) {
    let gain = |inherited: &mut u32, local: &mut bool| {
        *inherited += 1;
        *local &= !as_partition;
    };
    each_shared(catalog, name, parent, gain);
}

/// The reverse of [`adopt`]: what has no parent left is the table's own.
pub(super) fn orphan(catalog: &mut Catalog, name: &QName, parent: &QName) {
    each_shared(catalog, name, parent, lose_parent);
}

/// Everything that a child has from a parent: how many parents it has it from, and whether it is its own.
fn each_shared(
    catalog: &mut Catalog,
    name: &QName,
    parent: &QName,
    mut change: impl FnMut(&mut u32, &mut bool),
) {
    let Some(parent) = catalog.tables.get(parent).cloned() else {
        return;
    };
    let Some(child) = catalog.table_mut(name) else {
        return;
    };
    for column in &parent.columns {
        let Some(own) = child.column_mut(&column.name) else {
            continue;
        };
        change(&mut own.inherited, &mut own.local);
        let shared = column
            .not_null
            .as_ref()
            .filter(|of| of.name.is_some() && !of.no_inherit);
        if let (Some(_), Some(not_null)) = (shared, &mut own.not_null) {
            change(&mut not_null.inherited, &mut not_null.local);
        }
    }
    for constraint in inheritable_checks(&parent) {
        if let Some(own) = child.constraints.get_mut(constraint) {
            change(&mut own.inherited, &mut own.local);
        }
    }
}

/// The checks that children have too.
fn inheritable_checks(parent: &Table) -> impl Iterator<Item = &crate::Name> {
    let inheritable = parent.constraints.iter().filter(|(_, constraint)| {
        matches!(
            constraint.kind,
            ConstraintKind::Check {
                no_inherit: false,
                ..
            }
        )
    });
    inheritable.map(|(name, _)| name)
}
