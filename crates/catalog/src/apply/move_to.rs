//! `SET SCHEMA`: the object and what has to be in the same schema.

use std::sync::Arc;

use super::rename;
use crate::{Catalog, Name, ObjectRef, QName, map::Sought};

/// Moves an object into another schema.
pub(super) fn set_schema(catalog: &mut Catalog, object: &ObjectRef, schema: &Name) {
    let there = |name: &QName| QName::new(schema.clone(), name.name.clone());
    match object {
        ObjectRef::Table(name) | ObjectRef::View(name) => relation(catalog, name, schema),
        ObjectRef::Sequence(name) => rename::relation(catalog, name, &there(name)),
        ObjectRef::Type(name) => rename::named_type(catalog, name, &there(name)),
        ObjectRef::Routine(id) => rename::routine(catalog, id, &there(&id.name)),
        ObjectRef::Statistics(name) => {
            rename::rekey(&mut catalog.statistics, name, there(name));
        }
        ObjectRef::Extension(name) => extension(catalog, name, schema),
        ObjectRef::Opaque(id) => rename::opaque_schema(catalog, id, schema),
        // They are where their table is, or in no schema.
        ObjectRef::Schema(_)
        | ObjectRef::DomainConstraint(..)
        | ObjectRef::Column(..)
        | ObjectRef::Default(..)
        | ObjectRef::Constraint(..)
        | ObjectRef::Index(_)
        | ObjectRef::Trigger(..)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Publication(_)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_) => {}
    }
}

/// Indexes and the sequences that columns own go with a table (AlterTableNamespaceInternal); statistics stay.
fn relation(catalog: &mut Catalog, name: &QName, schema: &Name) {
    let mut along: Vec<QName> = Vec::new();
    along.extend(catalog.indexes_of(name).map(|(index, _)| index.clone()));
    let sequences = catalog.sequences.mentioning(&Sought::name(&name.name));
    let owned = sequences.filter(|(_, s)| s.owned_by.as_ref().is_some_and(|(of, _)| of == name));
    along.extend(owned.map(|(sequence, _)| sequence.clone()));
    if let Some(table) = catalog.tables.get(name) {
        let identities = table
            .columns
            .iter()
            .filter_map(|column| column.identity.as_ref());
        along.extend(identities.map(|identity| identity.sequence.clone()));
        let constraints = table.constraints.iter();
        let indexed = constraints.filter(|(_, constraint)| constraint.index().is_some());
        let indexes: Vec<QName> = indexed
            .map(|(index, _)| name.sibling(index.clone()))
            .collect();
        for index in indexes {
            let there = QName::new(schema.clone(), index.name.clone());
            rename::index_references(catalog, &index, &there);
        }
    }
    for part in along {
        let there = QName::new(schema.clone(), part.name.clone());
        rename::relation(catalog, &part, &there);
    }
    rename::relation(
        catalog,
        name,
        &QName::new(schema.clone(), name.name.clone()),
    );
}

/// Types that the extension is known to bring are elsewhere now.
fn extension(catalog: &mut Catalog, name: &Name, schema: &Name) {
    let Some(extension) = catalog.extensions.get_mut(name) else {
        return;
    };
    let from = extension.schema.clone();
    Arc::make_mut(extension).schema = schema.clone();
    let types = extension.types.clone();
    for of_type in types {
        let (from, to) = (
            QName::new(from.clone(), of_type.clone()),
            QName::new(schema.clone(), of_type),
        );
        rename::foreign_type(catalog, &from, &to);
    }
}
