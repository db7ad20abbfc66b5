//! Users of a routine: triggers, aggregates, ranges, and every expression that calls it.

use super::{is_called, known_users};
use crate::{
    Catalog, ObjectRef, QName, RoutineId,
    apply::rename::takes,
    dependents::expressions::{self, Sought},
    model::{RoutineKind, TypeKind},
    rewrite::{What, qualified},
};

/// Triggers, aggregates, ranges, and every expression that calls it. A call that several functions of the name could
/// be is taken for none of them.
pub(super) fn users(catalog: &Catalog, id: &RoutineId) -> Vec<ObjectRef> {
    let Some(routine) = catalog.routines.get(id) else {
        return Vec::new();
    };
    let accepts = takes(id, routine);
    let others = catalog
        .routines
        .iter()
        .filter(|(other, _)| *other != id && other.name.name == id.name.name);
    let others: Vec<_> = others
        .map(|(other, routine)| (other, takes(other, routine)))
        .collect();
    let is_it = |what: &What| match what {
        What::Function(schema, name, count) => {
            let could_be_another = others.iter().any(|(other, takes)| {
                takes.contains(count) && is_called(schema.as_ref(), name, &other.name)
            });
            accepts.contains(count)
                && is_called(schema.as_ref(), name, &id.name)
                && !could_be_another
        }
        What::Relation(..)
        | What::Qualifier(_)
        | What::Column(..)
        | What::Star(_)
        | What::Type(..)
        | What::Regclass(..)
        | What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => false,
    };
    let sought = Sought {
        name: &id.name.name,
        star_of: None,
        is_it: &is_it,
    };
    let mut users = expressions::users(catalog, sought);
    users.extend(known_users(catalog, &|object| {
        *object == ObjectRef::Routine(id.clone())
    }));
    if id.arguments.is_empty() {
        users.extend(triggers(catalog, &id.name));
    }
    users.extend(aggregates(catalog, id));
    for (name, of_type) in &catalog.types {
        if let TypeKind::Range(range) = &of_type.kind {
            let functions = [&range.canonical, &range.subtype_diff];
            if functions
                .into_iter()
                .flatten()
                .any(|function| *function == id.name)
            {
                users.push(ObjectRef::Type(name.clone()));
            }
        }
    }
    users.retain(|user| *user != ObjectRef::Routine(id.clone()));
    users
}

fn triggers(catalog: &Catalog, function: &QName) -> Vec<ObjectRef> {
    let of_tables = catalog
        .tables
        .iter()
        .map(|(of, table)| (of, &table.triggers));
    let of_views = catalog.views.iter().map(|(of, view)| (of, &view.triggers));
    let mut users = Vec::new();
    for (of, triggers) in of_tables.chain(of_views) {
        let calling = triggers
            .iter()
            .filter(|(_, trigger)| trigger.function == *function);
        users.extend(calling.map(|(name, _)| ObjectRef::Trigger(of.clone(), name.clone())));
    }
    users
}

/// Aggregates name their functions without arguments; with one function of the name it is that.
fn aggregates(catalog: &Catalog, id: &RoutineId) -> Vec<ObjectRef> {
    let same_name = catalog
        .routines
        .keys()
        .filter(|other| other.name == id.name);
    if same_name.count() > 1 {
        return Vec::new();
    }
    let uses = |kind: &RoutineKind| match kind {
        RoutineKind::Aggregate { parameters, .. } => parameters.iter().any(|(key, value)| {
            key.ends_with("func")
                && qualified(value).is_some_and(|(schema, name)| {
                    schema.is_some() && is_called(schema.as_ref(), &name, &id.name)
                })
        }),
        RoutineKind::Function | RoutineKind::Window | RoutineKind::Procedure => false,
    };
    let routines = catalog
        .routines
        .iter()
        .filter(|(_, routine)| uses(&routine.kind));
    routines
        .map(|(id, _)| ObjectRef::Routine(id.clone()))
        .collect()
}
