//! `OWNER TO`.

use std::sync::Arc;

use super::privileges::{Kind, new_owner};
use crate::{Catalog, Name, ObjectRef, Privileges, QName};

/// Gives an object to another role. The sequences that a table's columns own go with it
/// (change_owner_recurse_to_sequences); those of identity columns have no owner of their own in the model.
pub(super) fn set(catalog: &mut Catalog, object: &ObjectRef, owner: Option<&Name>) {
    let major = catalog.major;
    match object {
        ObjectRef::Schema(name) => {
            if let Some(schema) = catalog.schemas.get_mut(name).map(Arc::make_mut) {
                let privileges = &mut schema.privileges;
                hand_over(&mut schema.owner, privileges, Kind::Schema, major, owner);
            }
        }
        ObjectRef::Type(name) => {
            if let Some(of_type) = catalog.type_mut(name) {
                let privileges = &mut of_type.privileges;
                hand_over(&mut of_type.owner, privileges, Kind::Type, major, owner);
            }
        }
        ObjectRef::Sequence(name) => {
            if let Some(sequence) = catalog.sequence_mut(name) {
                let privileges = &mut sequence.privileges;
                hand_over(
                    &mut sequence.owner,
                    privileges,
                    Kind::Sequence,
                    major,
                    owner,
                );
            }
        }
        ObjectRef::Table(name) => table(catalog, name, owner),
        ObjectRef::View(name) => {
            if let Some(view) = catalog.view_mut(name) {
                let privileges = &mut view.privileges;
                hand_over(&mut view.owner, privileges, Kind::Table, major, owner);
                for column in view.column_details.values_mut() {
                    new_owner(&mut column.privileges, Kind::Column, major, owner);
                }
            }
        }
        ObjectRef::Routine(id) => {
            if let Some(routine) = catalog.routine_mut(id) {
                let privileges = &mut routine.privileges;
                hand_over(&mut routine.owner, privileges, Kind::Routine, major, owner);
            }
        }
        ObjectRef::Statistics(name) => {
            if let Some(statistics) = catalog.statistics.get_mut(name).map(Arc::make_mut) {
                statistics.owner = owner.cloned();
            }
        }
        ObjectRef::Publication(name) => {
            if let Some(publication) = catalog.publications.get_mut(name).map(Arc::make_mut) {
                publication.owner = owner.cloned();
            }
        }
        // Parts belong to whom the whole belongs; the owners of the others are not kept.
        ObjectRef::Extension(_)
        | ObjectRef::DomainConstraint(..)
        | ObjectRef::Column(..)
        | ObjectRef::Default(..)
        | ObjectRef::Constraint(..)
        | ObjectRef::Index(_)
        | ObjectRef::Trigger(..)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_)
        | ObjectRef::Opaque(_) => {}
    }
}

fn table(catalog: &mut Catalog, name: &QName, owner: Option<&Name>) {
    let major = catalog.major;
    let Some(table) = catalog.table_mut(name) else {
        return;
    };
    let privileges = &mut table.privileges;
    hand_over(&mut table.owner, privileges, Kind::Table, major, owner);
    for column in &mut table.columns {
        new_owner(&mut column.privileges, Kind::Column, major, owner);
        if let Some(identity) = &mut column.identity {
            new_owner(&mut identity.privileges, Kind::Sequence, major, owner);
        }
    }
    for sequence in catalog.sequences.values_mut() {
        if sequence.owned_by.as_ref().is_some_and(|(of, _)| of == name) {
            let sequence = Arc::make_mut(sequence);
            let privileges = &mut sequence.privileges;
            hand_over(
                &mut sequence.owner,
                privileges,
                Kind::Sequence,
                major,
                owner,
            );
        }
    }
}

fn hand_over(
    slot: &mut Option<Name>,
    privileges: &mut Privileges,
    kind: Kind,
    major: u16,
    owner: Option<&Name>,
) {
    *slot = owner.cloned();
    new_owner(privileges, kind, major, owner);
}
