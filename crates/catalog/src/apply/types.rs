//! `ALTER TYPE` and `ALTER DOMAIN`. What a renamed value or attribute means elsewhere is in `rename.rs`.

use super::rename;
use crate::{
    Catalog, Name, QName, TypeChange,
    model::{Attribute, Composite, Domain, TypeKind},
};

/// One action on a type. Tables `OF` a composite type follow its attributes.
pub(super) fn apply(catalog: &mut Catalog, name: &QName, change: &TypeChange) {
    if let TypeChange::RenameValue { from, to } = change {
        rename::label(catalog, name, from, to);
        return;
    }
    let Some(of_type) = catalog.type_mut(name) else {
        return;
    };
    match &mut of_type.kind {
        TypeKind::Enum(of_type) => match change {
            TypeChange::AddValue { value, at } => {
                let at = (*at).min(of_type.values.len());
                of_type.values.insert(at, value.clone());
            }
            TypeChange::RenameValue { .. }
            | TypeChange::AddAttribute(_)
            | TypeChange::DropAttribute(_)
            | TypeChange::SetAttributeType { .. }
            | TypeChange::SetDefault(_)
            | TypeChange::SetNotNull(_)
            | TypeChange::AddConstraint { .. }
            | TypeChange::DropConstraint(_)
            | TypeChange::ValidateConstraint(_) => {}
        },
        TypeKind::Composite(composite) => alter_composite(composite, change),
        TypeKind::Domain(domain) => alter_domain(domain, change),
        TypeKind::Range(_) | TypeKind::Shell => {}
    }
}

fn alter_composite(composite: &mut Composite, change: &TypeChange) {
    match change {
        TypeChange::AddAttribute(attribute) => composite.attributes.push(attribute.clone()),
        TypeChange::DropAttribute(name) => {
            composite
                .attributes
                .retain(|attribute| attribute.name != *name);
        }
        TypeChange::SetAttributeType {
            attribute,
            data_type,
            collation,
        } => {
            if let Some(attribute) = find(composite, attribute) {
                attribute.data_type = data_type.clone();
                attribute.collation.clone_from(collation);
            }
        }
        TypeChange::AddValue { .. }
        | TypeChange::RenameValue { .. }
        | TypeChange::SetDefault(_)
        | TypeChange::SetNotNull(_)
        | TypeChange::AddConstraint { .. }
        | TypeChange::DropConstraint(_)
        | TypeChange::ValidateConstraint(_) => {}
    }
}

fn find<'a>(composite: &'a mut Composite, name: &Name) -> Option<&'a mut Attribute> {
    let mut attributes = composite.attributes.iter_mut();
    attributes.find(|attribute| attribute.name == *name)
}

fn alter_domain(domain: &mut Domain, change: &TypeChange) {
    match change {
        TypeChange::SetDefault(default) => domain.default.clone_from(default),
        TypeChange::SetNotNull(not_null) => domain.not_null.clone_from(not_null),
        TypeChange::AddConstraint { name, constraint } => {
            domain.constraints.insert(name.clone(), constraint.clone());
        }
        TypeChange::DropConstraint(name) => {
            domain.constraints.remove(name);
            // From 17 on NOT NULL is one of them.
            let named = |not_null: &crate::model::NotNull| not_null.name.as_ref() == Some(name);
            if domain.not_null.as_ref().is_some_and(named) {
                domain.not_null = None;
            }
        }
        TypeChange::ValidateConstraint(name) => {
            if let Some(constraint) = domain.constraints.get_mut(name) {
                constraint.validated = true;
            }
        }
        TypeChange::AddValue { .. }
        | TypeChange::RenameValue { .. }
        | TypeChange::AddAttribute(_)
        | TypeChange::DropAttribute(_)
        | TypeChange::SetAttributeType { .. } => {}
    }
}
