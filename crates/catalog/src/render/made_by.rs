//! Which step makes an object: indexes of constraints, sequences of columns and types of rows come with others.

use super::{
    family::form,
    step::{Step, is_serial},
};
use crate::{Catalog, Name, ObjectRef, QName, Relation, model::TypeKind};

/// The object whose type has this name.
pub(crate) fn named_type(catalog: &Catalog, name: &QName) -> Option<ObjectRef> {
    if catalog.types.contains_key(name) {
        return Some(ObjectRef::Type(name.clone()));
    }
    let ranges = catalog
        .types
        .iter()
        .find(|(_, of)| matches!(&of.kind, TypeKind::Range(range) if range.multirange == *name));
    ranges
        .map(|(range, _)| ObjectRef::Type(range.clone()))
        .or_else(|| relation(catalog, name))
}

/// The table or view of this name.
pub(crate) fn relation(catalog: &Catalog, name: &QName) -> Option<ObjectRef> {
    if catalog.tables.contains_key(name) {
        Some(ObjectRef::Table(name.clone()))
    } else if catalog.views.contains_key(name) {
        Some(ObjectRef::View(name.clone()))
    } else {
        None
    }
}

/// The step that makes an object, perhaps together with another.
pub(crate) fn step_of(catalog: &Catalog, object: &ObjectRef) -> Option<Step> {
    let made = match object {
        ObjectRef::Column(of, _) | ObjectRef::Default(of, _) => {
            relation(catalog, of).or_else(|| named_type(catalog, of))?
        }
        ObjectRef::Table(of) | ObjectRef::View(of) => relation(catalog, of)?,
        ObjectRef::DomainConstraint(of, _) => ObjectRef::Type(of.clone()),
        ObjectRef::Type(of) => named_type(catalog, of)?,
        ObjectRef::Sequence(of) if is_serial(catalog, of) => {
            let (table, _) = catalog.sequences.get(of)?.owned_by.clone()?;
            ObjectRef::Table(table)
        }
        ObjectRef::Sequence(of) if !catalog.sequences.contains_key(of) => {
            match catalog.relation(of)? {
                Relation::IdentitySequence(table, _) => ObjectRef::Table(table),
                _ => return None,
            }
        }
        ObjectRef::Index(of) if !catalog.indexes.contains_key(of) => match catalog.relation(of)? {
            Relation::ConstraintIndex(table) => made_constraint(catalog, table, &of.name),
            _ => return None,
        },
        ObjectRef::Constraint(table, name) => made_constraint(catalog, table.clone(), name),
        other => other.clone(),
    };
    Some(Step::Object(made))
}

/// A constraint that has a step of its own, or the table that it comes with.
fn made_constraint(catalog: &Catalog, table: QName, name: &Name) -> ObjectRef {
    let listed = catalog.tables.get(&table).is_some_and(|of| {
        let constraint = of.constraints.get(name);
        constraint
            .is_some_and(|constraint| form(catalog, &table, of).lists(catalog, name, constraint))
    });
    if listed {
        ObjectRef::Constraint(table, name.clone())
    } else {
        ObjectRef::Table(table)
    }
}
