//! What is of a type: columns, attributes, domains, ranges, arguments and results; and what a column needs besides its
//! type.

use crate::{
    Catalog, DataType, ObjectRef, QName,
    map::Sought,
    model::{TableKind, TypeKind},
};

/// What is of a type, which can be the row type of a table or view.
pub(super) fn users(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let multirange = catalog
        .types
        .get(name)
        .and_then(|of_type| match &of_type.kind {
            TypeKind::Range(range) => Some(range.multirange.clone()),
            TypeKind::Enum(_) | TypeKind::Composite(_) | TypeKind::Domain(_) | TypeKind::Shell => {
                None
            }
        });
    let is_it = |data_type: &DataType| {
        data_type.name == *name || multirange.as_ref() == Some(&data_type.name)
    };
    let mut users = Vec::new();
    let mut sought = Sought::name(&name.name);
    if let Some(multirange) = &multirange {
        sought = sought.or(&multirange.name);
    }
    for (of, table) in catalog.tables.mentioning(&sought) {
        let columns = table
            .columns
            .iter()
            .filter(|column| is_it(&column.data_type));
        users.extend(columns.map(|column| ObjectRef::Column(of.clone(), column.name.clone())));
        if table.of_type.as_ref() == Some(name) {
            users.push(ObjectRef::Table(of.clone()));
        }
    }
    for (of, of_type) in &catalog.types {
        match &of_type.kind {
            TypeKind::Composite(composite) => {
                let attributes = composite.attributes.iter();
                let attributes = attributes.filter(|attribute| is_it(&attribute.data_type));
                users.extend(attributes.map(|a| ObjectRef::Column(of.clone(), a.name.clone())));
            }
            TypeKind::Domain(domain) if is_it(&domain.base) => {
                users.push(ObjectRef::Type(of.clone()));
            }
            TypeKind::Range(range) if is_it(&range.subtype) => {
                users.push(ObjectRef::Type(of.clone()));
            }
            TypeKind::Domain(_) | TypeKind::Range(_) | TypeKind::Enum(_) | TypeKind::Shell => {}
        }
    }
    for (id, routine) in &catalog.routines {
        let mut arguments = routine.arguments.iter();
        if id.arguments.iter().any(is_it)
            || arguments.any(|argument| is_it(&argument.data_type))
            || routine
                .returns
                .as_ref()
                .is_some_and(|returns| is_it(&returns.data_type))
        {
            users.push(ObjectRef::Routine(id.clone()));
        }
    }
    users
}

/// Foreign tables of a server.
pub(super) fn on_server(catalog: &Catalog, server: &str) -> Vec<ObjectRef> {
    let tables = catalog
        .tables
        .iter()
        .filter(|(_, table)| match &table.kind {
            TableKind::Foreign(foreign) => foreign.server == *server,
            TableKind::Plain | TableKind::Partitioned(_) => false,
        });
    tables
        .map(|(name, _)| ObjectRef::Table(name.clone()))
        .collect()
}

/// Columns with a collation, by how the collation prints.
pub(super) fn with_collation(catalog: &Catalog, collation: &str) -> Vec<ObjectRef> {
    let mut users = Vec::new();
    for (of, table) in &catalog.tables {
        let columns = table.columns.iter().filter(|column| {
            let own = column.collation.as_ref();
            own.is_some_and(|own| own.to_string() == collation)
        });
        users.extend(columns.map(|column| ObjectRef::Column(of.clone(), column.name.clone())));
    }
    users
}
