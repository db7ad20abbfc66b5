//! What goes when something is dropped: it, what hangs on it, and with CASCADE what depends on it.

use std::sync::Arc;

use super::{
    create,
    table::{children, forget_index},
};
use crate::{
    Catalog, Name, ObjectRef, QName,
    dependents::{Goes, going},
    model::{ConstraintKind, TypeKind, ViewColumn},
};

/// Drops an object. Without `cascade` nothing else depends on it: `lower` has asked.
pub(super) fn drop_object(catalog: &mut Catalog, object: &ObjectRef, cascade: bool) {
    let going = going(catalog, object, cascade);
    // Parents first, so that what a child keeps as its own is settled before the child itself goes.
    remove(catalog, object);
    for (object, _) in going.iter().filter(|(_, goes)| **goes == Goes::Silently) {
        remove(catalog, object);
    }
    for (object, _) in going.iter().filter(|(_, goes)| **goes == Goes::ByCascade) {
        remove(catalog, object);
    }
}

/// Takes one object away, and its name from where the model keeps it beside the object.
fn remove(catalog: &mut Catalog, object: &ObjectRef) {
    match object {
        ObjectRef::Schema(name) => remove_schema(catalog, name),
        ObjectRef::Extension(name) => {
            catalog.extensions.remove(name);
        }
        ObjectRef::Type(name) => {
            catalog.types.remove(name);
        }
        ObjectRef::DomainConstraint(of, name) => remove_domain_constraint(catalog, of, name),
        ObjectRef::Sequence(name) => {
            catalog.sequences.remove(name);
        }
        ObjectRef::Table(name) => {
            catalog.tables.remove(name);
        }
        ObjectRef::Column(of, name) => remove_column(catalog, of, name),
        ObjectRef::Default(of, name) => remove_default(catalog, of, name),
        ObjectRef::Constraint(of, name) => remove_constraint(catalog, of, name),
        ObjectRef::Index(name) => {
            if let Some(index) = catalog.indexes.remove(name) {
                forget_index(catalog, &index.table, &name.name);
            }
        }
        ObjectRef::View(name) => {
            catalog.views.remove(name);
        }
        ObjectRef::Routine(id) => {
            catalog.routines.remove(id);
        }
        ObjectRef::Trigger(of, name) => {
            if let Some(triggers) = create::triggers_mut(catalog, of) {
                triggers.remove(name);
            }
        }
        ObjectRef::Rule(of, name) => {
            if let Some(rules) = create::rules_mut(catalog, of) {
                rules.remove(name);
            }
        }
        ObjectRef::Policy(of, name) => {
            if let Some(table) = catalog.table_mut(of) {
                table.policies.remove(name);
            }
        }
        ObjectRef::Statistics(name) => {
            catalog.statistics.remove(name);
        }
        ObjectRef::Publication(name) => {
            catalog.publications.remove(name);
        }
        ObjectRef::Published(publication, table) => {
            if let Some(publication) = catalog.publications.get_mut(publication) {
                Arc::make_mut(publication).tables.remove(table);
            }
        }
        ObjectRef::Opaque(id) => {
            catalog.opaque.remove(id);
        }
        // No statement drops them as a whole.
        ObjectRef::DefaultPrivileges(_) => {}
    }
}

fn remove_schema(catalog: &mut Catalog, name: &Name) {
    catalog.schemas.remove(name);
    catalog
        .default_privileges
        .retain(|key, _| key.schema.as_ref() != Some(name));
    let publications = &mut catalog.publications;
    for publication in publications.values_mut_where(|_, of| of.schemas.contains(name)) {
        Arc::make_mut(publication).schemas.remove(name);
    }
}

fn remove_domain_constraint(catalog: &mut Catalog, of: &QName, name: &Name) {
    if let Some(of_type) = catalog.type_mut(of)
        && let TypeKind::Domain(domain) = &mut of_type.kind
    {
        domain.constraints.remove(name);
    }
}

/// A child that keeps the column has one parent less for it.
fn remove_column(catalog: &mut Catalog, of: &QName, name: &Name) {
    if let Some(table) = catalog.table_mut(of) {
        table.columns.retain(|column| column.name != *name);
        for child in children(catalog, of) {
            let column = catalog
                .table_mut(&child)
                .and_then(|child| child.column_mut(name));
            if let Some(column) = column {
                super::table::lose_parent(&mut column.inherited, &mut column.local);
            }
        }
    } else if let Some(of_type) = catalog.type_mut(of)
        && let TypeKind::Composite(composite) = &mut of_type.kind
    {
        composite
            .attributes
            .retain(|attribute| attribute.name != *name);
    }
}

fn remove_default(catalog: &mut Catalog, of: &QName, name: &Name) {
    if let Some(view) = catalog.view_mut(of) {
        if let Some(details) = view.column_details.get_mut(name) {
            details.default = None;
            if *details == ViewColumn::default() {
                view.column_details.remove(name);
            }
        }
    } else if let Some(column) = catalog
        .table_mut(of)
        .and_then(|table| table.column_mut(name))
    {
        column.default = None;
    }
}

/// The index of a constraint goes with it. What a child has of a check is its own when no parent is left; NOT NULL of
/// a primary key's columns stays (sql-altertable.html).
fn remove_constraint(catalog: &mut Catalog, of: &QName, name: &Name) {
    let Some(table) = catalog.table_mut(of) else {
        return;
    };
    let Some(removed) = table.constraints.remove(name) else {
        let mut columns = table.columns.iter_mut();
        let named = columns.find(|column| {
            let not_null = column.not_null.as_ref();
            not_null.is_some_and(|not_null| not_null.name.as_ref() == Some(name))
        });
        if let Some(column) = named {
            column.not_null = None;
        }
        return;
    };
    if removed.index().is_some() {
        forget_index(catalog, of, name);
    }
    if matches!(
        removed.kind,
        ConstraintKind::Check {
            no_inherit: false,
            ..
        }
    ) {
        for child in children(catalog, of) {
            let child = catalog.table_mut(&child);
            if let Some(own) = child.and_then(|child| child.constraints.get_mut(name)) {
                super::table::lose_parent(&mut own.inherited, &mut own.local);
            }
        }
    }
}
