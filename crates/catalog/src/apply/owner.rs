//! `OWNER TO`.

use std::sync::Arc;

use super::{
    owned::Owned,
    privileges::{Kind, new_owner},
};
use crate::{Catalog, Name, ObjectRef, QName};

/// Gives an object to another role. The sequences that a table's columns own go with it
/// (change_owner_recurse_to_sequences); those of identity columns have no owner of their own in the model.
pub(super) fn set(catalog: &mut Catalog, object: &ObjectRef, owner: Option<&Name>) {
    let major = catalog.major;
    match object {
        ObjectRef::Schema(name) => {
            hand_over(
                catalog.schemas.get_mut(name).map(Arc::make_mut),
                major,
                owner,
            );
        }
        ObjectRef::Type(name) => hand_over(catalog.type_mut(name), major, owner),
        ObjectRef::Sequence(name) => hand_over(catalog.sequence_mut(name), major, owner),
        ObjectRef::Table(name) => table(catalog, name, owner),
        ObjectRef::View(name) => {
            hand_over(catalog.view_mut(name), major, owner);
            let details = catalog.view_mut(name).map(|view| &mut view.column_details);
            for column in details.into_iter().flat_map(|details| details.values_mut()) {
                new_owner(&mut column.privileges, Kind::Column, major, owner);
            }
        }
        ObjectRef::Routine(id) => hand_over(catalog.routine_mut(id), major, owner),
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
    hand_over(Some(&mut *table), major, owner);
    for column in &mut table.columns {
        new_owner(&mut column.privileges, Kind::Column, major, owner);
        if let Some(identity) = &mut column.identity {
            new_owner(&mut identity.privileges, Kind::Sequence, major, owner);
        }
    }
    for sequence in super::table::sequences_of(catalog, name) {
        hand_over(Some(sequence), major, owner);
    }
}

fn hand_over<T: Owned>(object: Option<&mut T>, major: u16, to: Option<&Name>) {
    if let Some(object) = object {
        let (owner, privileges) = object.owned();
        *owner = to.cloned();
        new_owner(privileges, Kind::of_defaults(T::OBJECTS), major, to);
    }
}
