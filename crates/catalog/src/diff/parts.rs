//! What a step's object is a part of: it goes with that, and comes behind it.

use crate::{
    Catalog, ObjectRef, QName,
    render::{made_by::relation, step::Step},
};

/// The table or view that a step belongs to, if it belongs to one.
pub(super) fn holder(catalog: &Catalog, step: &Step) -> Option<ObjectRef> {
    match step {
        Step::Object(object) => holder_of(catalog, object),
        Step::Default(of, _)
        | Step::Family(of)
        | Step::AttachIndex(of, _)
        | Step::ReplicaIdentity(of)
        | Step::ClusterOn(of) => relation(catalog, of),
        Step::OwnedBy(name) => owner_of_sequence(catalog, name),
        Step::DefaultPrivileges(_) => None,
    }
}

/// The table or view that an object is a part of: what goes without a word when that goes.
pub(super) fn holder_of(catalog: &Catalog, object: &ObjectRef) -> Option<ObjectRef> {
    match object {
        ObjectRef::Published(_, of) => relation(catalog, of),
        ObjectRef::Index(name) => relation(catalog, &catalog.indexes.get(name)?.table),
        ObjectRef::Statistics(name) => relation(catalog, &catalog.statistics.get(name)?.table),
        ObjectRef::Sequence(name) => owner_of_sequence(catalog, name),
        ObjectRef::Table(name) => {
            let partition = catalog.tables.get(name)?.partition_of.as_ref()?;
            Some(ObjectRef::Table(partition.parent.clone()))
        }
        part => relation(catalog, part.part_of()?),
    }
}

fn owner_of_sequence(catalog: &Catalog, name: &QName) -> Option<ObjectRef> {
    let (table, _) = catalog.sequences.get(name)?.owned_by.as_ref()?;
    Some(ObjectRef::Table(table.clone()))
}
