//! `ALTER TABLE`: one action on one table. What an action does to children and partitions are changes of their own.

mod column;
mod constraint;
mod index_keys;
mod inherit;
pub(crate) mod partition;

use std::sync::Arc;

pub(super) use column::lose_parent;

use crate::{
    Catalog, Name, ObjectRef, QName, TableChange,
    apply::{create, drop, index::set_parameters, view},
    map::Sought,
    model::{Enabled, Identity, IndexedConstraint, Persistence, Sequence, Table, TableKind},
};

/// One action on a table; some of them are allowed on a view too.
pub(super) fn apply(catalog: &mut Catalog, name: &QName, change: &TableChange) {
    match change {
        TableChange::AddColumn(added) => column::add(catalog, name, added),
        TableChange::DropColumn {
            name: column,
            cascade,
        } => {
            let object = ObjectRef::Column(name.clone(), column.clone());
            drop::drop_object(catalog, &object, *cascade);
        }
        TableChange::AddConstraint {
            name: constraint,
            constraint: added,
            using_index,
        } => constraint::add(catalog, name, constraint, added, using_index.as_ref()),
        TableChange::DropConstraint {
            name: constraint,
            cascade,
        } => {
            let object = ObjectRef::Constraint(name.clone(), constraint.clone());
            drop::drop_object(catalog, &object, *cascade);
        }
        TableChange::Inherit(parent) => inherit::inherit(catalog, name, parent),
        TableChange::NoInherit(parent) => inherit::disinherit(catalog, name, parent),
        TableChange::AttachPartition { partition, bound } => {
            partition::attach(catalog, name, partition, bound);
        }
        TableChange::DetachPartition(partition) => partition::detach(catalog, name, partition),
        TableChange::DropNotNull(of) => column::drop_not_null(catalog, name, of),
        TableChange::SetIdentity { column, identity } => {
            column::set_identity(catalog, name, column, identity.as_deref());
        }
        TableChange::SetPersistence(persistence) => set_persistence(catalog, name, *persistence),
        TableChange::EnableTrigger { trigger, enabled } => {
            enable_triggers(catalog, name, trigger.as_ref(), *enabled);
        }
        TableChange::EnableRule { rule, enabled } => {
            let rules = create::rules_mut(catalog, name);
            if let Some(rule) = rules.and_then(|rules| rules.get_mut(rule)) {
                rule.enabled = *enabled;
            }
        }
        TableChange::SetDefault { column, default } => {
            if let Some(view) = catalog.view_mut(name) {
                view::set_default(view, column, default.as_ref());
            } else if let Some(table) = catalog.table_mut(name) {
                column::apply(table, change);
            }
        }
        TableChange::AlterConstraint {
            name: constraint,
            no_inherit: Some(true),
            ..
        } => constraint::no_inherit(catalog, name, constraint),
        TableChange::AlterConstraint { .. } | TableChange::ValidateConstraint(_) => {
            if let Some(table) = catalog.table_mut(name) {
                constraint::alter(table, change);
            }
        }
        TableChange::SetType {
            column: retyped,
            data_type,
            ..
        } => {
            if let Some(table) = catalog.table_mut(name) {
                column::apply(table, change);
            }
            index_keys::retyped(catalog, name, retyped, data_type);
            super::index_columns::forget(catalog, name, retyped);
        }
        TableChange::SetNotNull { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetStorage { .. }
        | TableChange::SetCompression { .. }
        | TableChange::SetStatistics { .. }
        | TableChange::SetColumnOptions { .. } => {
            if let Some(table) = catalog.table_mut(name) {
                column::apply(table, change);
            }
        }
        TableChange::EnableRowSecurity(_)
        | TableChange::ForceRowSecurity(_)
        | TableChange::ReplicaIdentity(_)
        | TableChange::ClusterOn(_)
        | TableChange::SetAccessMethod(_)
        | TableChange::SetTablespace(_)
        | TableChange::SetParameters { .. }
        | TableChange::OfType(_)
        | TableChange::SetForeignOptions { .. } => {
            if let Some(table) = catalog.table_mut(name) {
                set_property(table, change);
            }
        }
    }
}

/// One trigger, or all of them.
fn enable_triggers(catalog: &mut Catalog, name: &QName, which: Option<&Name>, enabled: Enabled) {
    let triggers = create::triggers_mut(catalog, name).into_iter().flatten();
    for (name, trigger) in triggers {
        if which.is_none_or(|which| which == name) {
            trigger.enabled = enabled;
        }
    }
}

/// A property of the table as a whole.
fn set_property(table: &mut Table, change: &TableChange) {
    match change {
        TableChange::EnableRowSecurity(enabled) => table.row_security.enabled = *enabled,
        TableChange::ForceRowSecurity(forced) => table.row_security.forced = *forced,
        TableChange::ReplicaIdentity(identity) => table.replica_identity = identity.clone(),
        TableChange::ClusterOn(index) => table.cluster_on.clone_from(index),
        TableChange::SetAccessMethod(method) => table.access_method.clone_from(method),
        TableChange::SetTablespace(tablespace) => table.tablespace.clone_from(tablespace),
        TableChange::SetParameters { set, reset } => {
            set_parameters(&mut table.parameters, set, reset);
        }
        TableChange::OfType(of_type) => table.of_type.clone_from(of_type),
        TableChange::SetForeignOptions {
            column: Some(column),
            options,
        } => {
            if let Some(column) = table.column_mut(column) {
                column.foreign_options.clone_from(options);
            }
        }
        TableChange::SetForeignOptions {
            column: None,
            options,
        } => match &mut table.kind {
            TableKind::Foreign(foreign) => foreign.options.clone_from(options),
            TableKind::Plain | TableKind::Partitioned(_) => {}
        },
        TableChange::AddColumn(_)
        | TableChange::DropColumn { .. }
        | TableChange::AddConstraint { .. }
        | TableChange::DropConstraint { .. }
        | TableChange::AlterConstraint { .. }
        | TableChange::ValidateConstraint(_)
        | TableChange::SetType { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetNotNull { .. }
        | TableChange::DropNotNull(_)
        | TableChange::SetGenerated { .. }
        | TableChange::SetIdentity { .. }
        | TableChange::SetStorage { .. }
        | TableChange::SetCompression { .. }
        | TableChange::SetStatistics { .. }
        | TableChange::SetColumnOptions { .. }
        | TableChange::EnableTrigger { .. }
        | TableChange::EnableRule { .. }
        | TableChange::SetPersistence(_)
        | TableChange::Inherit(_)
        | TableChange::NoInherit(_)
        | TableChange::AttachPartition { .. }
        | TableChange::DetachPartition(_) => {}
    }
}

/// From PostgreSQL 15 on the sequences that a table's columns own follow it (release-15.html).
fn set_persistence(catalog: &mut Catalog, name: &QName, persistence: Persistence) {
    if let Some(table) = catalog.table_mut(name) {
        table.persistence = persistence;
    }
    if catalog.major >= 15 {
        for sequence in sequences_of(catalog, name) {
            sequence.persistence = persistence;
        }
    }
}

/// The sequences that columns of a table own.
pub(super) fn sequences_of<'a>(
    catalog: &'a mut Catalog,
    table: &'a QName,
) -> impl Iterator<Item = &'a mut Sequence> {
    let is_own = move |_: &QName, sequence: &Arc<Sequence>| {
        (sequence.owned_by.as_ref()).is_some_and(|(of, _)| of == table)
    };
    let own = catalog.sequences.values_mut_where(is_own);
    own.map(Arc::make_mut)
}

/// The identity column that has this sequence.
pub(super) fn identity_mut<'a>(
    catalog: &'a mut Catalog,
    sequence: &QName,
) -> Option<&'a mut Identity> {
    let Some(crate::Relation::IdentitySequence(table, column)) = catalog.relation(sequence) else {
        return None;
    };
    let column = catalog.table_mut(&table)?.column_mut(&column)?;
    column.identity.as_mut()
}

/// The constraint that has this index.
pub(super) fn indexed_constraint_mut<'a>(
    catalog: &'a mut Catalog,
    index: &QName,
) -> Option<&'a mut IndexedConstraint> {
    let Some(crate::Relation::ConstraintIndex(table)) = catalog.relation(index) else {
        return None;
    };
    let constraint = catalog
        .table_mut(&table)?
        .constraints
        .get_mut(&index.name)?;
    constraint.index_mut()
}

/// The children and partitions of a table.
pub(crate) fn children(catalog: &Catalog, parent: &QName) -> Vec<QName> {
    let is_child = |table: &Table| {
        table.inherits.contains(parent)
            || table
                .partition_of
                .as_ref()
                .is_some_and(|of| of.parent == *parent)
    };
    let children = catalog.tables.mentioning(&Sought::name(&parent.name));
    let children = children.filter(|(_, table)| is_child(table));
    children.map(|(name, _)| name.clone()).collect()
}

/// Options keep a name that is gone; the server takes such a table as if it had none.
pub(super) fn forget_index(catalog: &mut Catalog, table: &QName, index: &Name) {
    use crate::model::ReplicaIdentity;
    let Some(table) = catalog.table_mut(table) else {
        return;
    };
    if table.cluster_on.as_ref() == Some(index) {
        table.cluster_on = None;
    }
    // `relreplident` stays `i` without an index: the same as nothing (catalog-pg-class.html).
    if matches!(&table.replica_identity, ReplicaIdentity::Index(named) if named == index) {
        table.replica_identity = ReplicaIdentity::Nothing;
    }
}
