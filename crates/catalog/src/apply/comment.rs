//! `COMMENT ON`.

use std::sync::Arc;

use super::{create, table};
use crate::{Catalog, Name, ObjectRef, QName, model::TypeKind};

/// Sets or takes away the comment of an object.
pub(super) fn set(catalog: &mut Catalog, object: &ObjectRef, text: Option<&String>) {
    // An empty comment is none (CreateComments).
    let text = text.filter(|text| !text.is_empty()).cloned();
    if let Some(slot) = slot(catalog, object) {
        *slot = text;
    }
}

/// Where an object keeps its comment.
fn slot<'a>(catalog: &'a mut Catalog, object: &ObjectRef) -> Option<&'a mut Option<String>> {
    match object {
        ObjectRef::Schema(name) => Some(&mut Arc::make_mut(catalog.schemas.get_mut(name)?).comment),
        ObjectRef::Extension(name) => {
            Some(&mut Arc::make_mut(catalog.extensions.get_mut(name)?).comment)
        }
        ObjectRef::Type(name) => Some(&mut catalog.type_mut(name)?.comment),
        ObjectRef::DomainConstraint(of, name) => domain_constraint(catalog, of, name),
        ObjectRef::Sequence(name) => {
            if catalog.sequences.contains_key(name) {
                return Some(&mut catalog.sequence_mut(name)?.comment);
            }
            Some(&mut table::identity_mut(catalog, name)?.comment)
        }
        ObjectRef::Table(name) => Some(&mut catalog.table_mut(name)?.comment),
        ObjectRef::Column(of, name) => column(catalog, of, name),
        ObjectRef::Constraint(of, name) => constraint(catalog, of, name),
        ObjectRef::Index(name) => {
            if catalog.indexes.contains_key(name) {
                return Some(&mut catalog.index_mut(name)?.comment);
            }
            let constraint = table::indexed_constraint_mut(catalog, name)?;
            Some(&mut constraint.index_comment)
        }
        ObjectRef::View(name) => Some(&mut catalog.view_mut(name)?.comment),
        ObjectRef::Routine(id) => Some(&mut catalog.routine_mut(id)?.comment),
        ObjectRef::Trigger(of, name) => {
            let triggers = create::triggers_mut(catalog, of)?;
            Some(&mut triggers.get_mut(name)?.comment)
        }
        ObjectRef::Rule(of, name) => {
            let rules = create::rules_mut(catalog, of)?;
            Some(&mut rules.get_mut(name)?.comment)
        }
        ObjectRef::Policy(of, name) => {
            let table = catalog.table_mut(of)?;
            Some(&mut table.policies.get_mut(name)?.comment)
        }
        ObjectRef::Statistics(name) => {
            Some(&mut Arc::make_mut(catalog.statistics.get_mut(name)?).comment)
        }
        ObjectRef::Publication(name) => {
            Some(&mut Arc::make_mut(catalog.publications.get_mut(name)?).comment)
        }
        ObjectRef::Opaque(id) => Some(&mut Arc::make_mut(catalog.opaque.get_mut(id)?).comment),
        // These have none.
        ObjectRef::Default(..) | ObjectRef::Published(..) | ObjectRef::DefaultPrivileges(_) => None,
    }
}

/// The column of a table, a view or a composite type.
fn column<'a>(catalog: &'a mut Catalog, of: &QName, name: &Name) -> Option<&'a mut Option<String>> {
    if catalog.tables.contains_key(of) {
        return Some(&mut catalog.table_mut(of)?.column_mut(name)?.comment);
    }
    if catalog.views.contains_key(of) {
        let details = &mut catalog.view_mut(of)?.column_details;
        return Some(&mut details.entry(name.clone()).or_default().comment);
    }
    match &mut catalog.type_mut(of)?.kind {
        TypeKind::Composite(composite) => {
            let mut attributes = composite.attributes.iter_mut();
            let attribute = attributes.find(|attribute| attribute.name == *name)?;
            Some(&mut attribute.comment)
        }
        TypeKind::Enum(_) | TypeKind::Domain(_) | TypeKind::Range(_) | TypeKind::Shell => None,
    }
}

/// From PostgreSQL 18 on NOT NULL is one of them.
fn constraint<'a>(
    catalog: &'a mut Catalog,
    of: &QName,
    name: &Name,
) -> Option<&'a mut Option<String>> {
    let table = catalog.table_mut(of)?;
    if table.constraints.contains_key(name) {
        return Some(&mut table.constraints.get_mut(name)?.comment);
    }
    let mut not_nulls = table
        .columns
        .iter_mut()
        .filter_map(|column| column.not_null.as_mut());
    let found = not_nulls.find(|not_null| not_null.name.as_ref() == Some(name))?;
    Some(&mut found.comment)
}

fn domain_constraint<'a>(
    catalog: &'a mut Catalog,
    of: &QName,
    name: &Name,
) -> Option<&'a mut Option<String>> {
    let TypeKind::Domain(domain) = &mut catalog.type_mut(of)?.kind else {
        return None;
    };
    if domain.constraints.contains_key(name) {
        return Some(&mut domain.constraints.get_mut(name)?.comment);
    }
    let not_null = domain.not_null.as_mut()?;
    (not_null.name.as_ref() == Some(name)).then_some(&mut not_null.comment)
}
