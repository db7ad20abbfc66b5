//! What changes name: the objects that they make, alter or drop.

use std::collections::BTreeSet;

use segue_catalog::{Catalog, Change, Name, ObjectRef, QName, TableChange, model::ReplicaIdentity};

/// The objects that changes make, alter or drop; `after` is the schema behind them.
pub(crate) fn named_by(changes: &[Change], after: &Catalog) -> BTreeSet<ObjectRef> {
    let mut named = BTreeSet::new();
    for change in changes {
        match change {
            Change::Create(object) | Change::Replace(object) => {
                let object = object.reference();
                if let ObjectRef::Table(name) = &object
                    && let Some(table) = after.tables.get(name)
                {
                    let constraints = table.constraints.keys();
                    named.extend(
                        constraints.map(|of| ObjectRef::Constraint(name.clone(), of.clone())),
                    );
                }
                named.insert(object);
            }
            Change::Drop { object, .. }
            | Change::SetSchema { object, .. }
            | Change::SetOwner { object, .. }
            | Change::Comment { object, .. }
            | Change::Privileges { object, .. } => {
                named.insert(object.clone());
            }
            Change::Rename { object, to } => {
                named.extend([object.clone(), object.renamed(to)]);
            }
            Change::Table { table, change } => {
                named.insert(ObjectRef::Table(table.clone()));
                // from PostgreSQL 18 on it is a constraint with a name (catalog-pg-constraint.html)
                if let TableChange::SetNotNull { not_null, .. } = change
                    && let Some(own) = &not_null.name
                {
                    named.insert(ObjectRef::Constraint(table.clone(), own.clone()));
                }
                named.extend(altered(change).map(|part| match part {
                    Part::Column(name) => ObjectRef::Column(table.clone(), name),
                    Part::Default(name) => ObjectRef::Default(table.clone(), name),
                    Part::Constraint(name) => ObjectRef::Constraint(table.clone(), name),
                    Part::Trigger(name) => ObjectRef::Trigger(table.clone(), name),
                }));
                // which may be that of a constraint
                if let Some(index) = goes_by(change) {
                    named.insert(ObjectRef::Index(table.sibling(index.clone())));
                    named.insert(ObjectRef::Constraint(table.clone(), index.clone()));
                }
            }
            Change::Type { name, .. } => {
                named.insert(ObjectRef::Type(name.clone()));
            }
            Change::Index { index, .. } => {
                named.insert(ObjectRef::Index(index.clone()));
            }
            Change::View { view, .. } => {
                named.insert(ObjectRef::View(view.clone()));
            }
            Change::Sequence { sequence, .. } => {
                named.insert(ObjectRef::Sequence(sequence.clone()));
            }
            Change::Routine { id, .. } => {
                named.insert(ObjectRef::Routine(id.clone()));
            }
            Change::Policy { table, name, .. } => {
                named.insert(ObjectRef::Policy(table.clone(), name.clone()));
            }
            Change::Publication { name, .. } => {
                named.insert(ObjectRef::Publication(name.clone()));
            }
            _ => {}
        }
    }
    // a part of a table cannot be touched under a name that the table does not have yet
    let tables: Vec<ObjectRef> = named
        .iter()
        .filter_map(|part| part.part_of().cloned().map(ObjectRef::Table))
        .collect();
    named.extend(tables);
    named
}

/// The index that a table goes by from a change on.
fn goes_by(change: &TableChange) -> Option<&Name> {
    match change {
        TableChange::ClusterOn(index) => index.as_ref(),
        TableChange::ReplicaIdentity(ReplicaIdentity::Index(index)) => Some(index),
        _ => None,
    }
}

enum Part {
    Column(Name),
    Default(Name),
    Constraint(Name),
    Trigger(Name),
}

/// The parts of a table that an action is about.
fn altered(change: &TableChange) -> impl Iterator<Item = Part> {
    let part = match change {
        TableChange::AddColumn(column) => Some(Part::Column(column.name.clone())),
        TableChange::DropColumn { name, .. } => Some(Part::Column(name.clone())),
        TableChange::AddConstraint { name, .. }
        | TableChange::DropConstraint { name, .. }
        | TableChange::AlterConstraint { name, .. }
        | TableChange::ValidateConstraint(name) => Some(Part::Constraint(name.clone())),
        TableChange::EnableTrigger { trigger, .. } => trigger.clone().map(Part::Trigger),
        TableChange::SetDefault { column, .. } => Some(Part::Default(column.clone())),
        TableChange::SetType { column, .. }
        | TableChange::SetNotNull { column, .. }
        | TableChange::DropNotNull(column)
        | TableChange::SetGenerated { column, .. }
        | TableChange::SetIdentity { column, .. }
        | TableChange::SetStorage { column, .. }
        | TableChange::SetCompression { column, .. }
        | TableChange::SetStatistics { column, .. }
        | TableChange::SetColumnOptions { column, .. } => Some(Part::Column(column.clone())),
        _ => None,
    };
    part.into_iter()
}

/// The name that an object has among all relations.
pub(super) fn relation(object: &ObjectRef) -> Option<&QName> {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => Some(name),
        _ => None,
    }
}
