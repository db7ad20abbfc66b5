//! Users of an object: what a DROP of it is refused for, or takes by CASCADE (normal dependencies). Checked against
//! PostgreSQL 15 (`DETAIL` of 2BP01).
//!
//! Users of routines and of keys are in files of their own below.

mod key;
mod routine;

use super::{
    expressions::{self, Sought},
    silent, types,
};
use crate::{Catalog, Map, Name, ObjectRef, QName, map, rewrite::What};
use key::foreign_keys;

/// What depends on an object.
pub(super) fn users(catalog: &Catalog, object: &ObjectRef) -> Vec<ObjectRef> {
    match object {
        ObjectRef::Schema(name) => within_schema(catalog, name),
        ObjectRef::Extension(name) => of_extension(catalog, name),
        ObjectRef::Type(name) => of_type(catalog, name),
        ObjectRef::Sequence(name) => of_relation(catalog, name),
        ObjectRef::Table(name) | ObjectRef::View(name) => {
            let mut users = of_relation(catalog, name);
            users.extend(types::users(catalog, name));
            users.extend(foreign_keys(catalog, name, |_| true));
            let children = catalog.tables.mentioning(&map::Sought::name(&name.name));
            let children = children.filter(|(_, table)| table.inherits.contains(name));
            users.extend(children.map(|(child, _)| ObjectRef::Table(child.clone())));
            users.retain(|user| *user != *object && silent::within(user) != Some(name));
            users
        }
        ObjectRef::Column(of, name) => of_column(catalog, of, name),
        ObjectRef::Constraint(of, name) => key::of_constraint(catalog, of, name),
        ObjectRef::Index(name) => key::of_index(catalog, name),
        ObjectRef::Routine(id) => routine::users(catalog, id),
        ObjectRef::Opaque(id) => of_opaque(catalog, id.kind, &id.identity),
        ObjectRef::DomainConstraint(..)
        | ObjectRef::Default(..)
        | ObjectRef::Trigger(..)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Statistics(_)
        | ObjectRef::Publication(_)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_) => Vec::new(),
    }
}

fn within_schema(catalog: &Catalog, schema: &Name) -> Vec<ObjectRef> {
    let mut users = Vec::new();
    users.extend(inside(&catalog.tables, schema, ObjectRef::Table));
    users.extend(inside(&catalog.views, schema, ObjectRef::View));
    users.extend(inside(&catalog.sequences, schema, ObjectRef::Sequence));
    users.extend(inside(&catalog.types, schema, ObjectRef::Type));
    users.extend(inside(&catalog.statistics, schema, ObjectRef::Statistics));
    let routines = catalog
        .routines
        .keys()
        .filter(|id| id.name.schema == *schema);
    users.extend(routines.cloned().map(ObjectRef::Routine));
    let extensions = catalog.extensions.iter();
    let extensions = extensions.filter(|(_, extension)| extension.schema == *schema);
    users.extend(extensions.map(|(name, _)| ObjectRef::Extension(name.clone())));
    let front = format!("{schema}.");
    let opaque = catalog
        .opaque
        .keys()
        .filter(|id| id.identity.starts_with(&front));
    users.extend(opaque.cloned().map(ObjectRef::Opaque));
    users
}

/// The objects of one kind that are in a schema.
fn inside<'a, T: 'a>(
    objects: &'a Map<QName, T>,
    schema: &Name,
    reference: fn(QName) -> ObjectRef,
) -> impl Iterator<Item = ObjectRef> {
    let names = objects.keys().filter(move |name| name.schema == *schema);
    names.cloned().map(reference)
}

/// What uses the types that it is known to bring, and routines in its language.
fn of_extension(catalog: &Catalog, name: &Name) -> Vec<ObjectRef> {
    let Some(extension) = catalog.extensions.get(name) else {
        return Vec::new();
    };
    let mut users = of_language(catalog, name);
    for of_its in &extension.types {
        users.extend(of_type(
            catalog,
            &QName::new(extension.schema.clone(), of_its.clone()),
        ));
    }
    users
}

fn of_language(catalog: &Catalog, language: &str) -> Vec<ObjectRef> {
    let routines = catalog.routines.iter();
    let routines = routines.filter(|(_, routine)| routine.language == *language);
    routines
        .map(|(id, _)| ObjectRef::Routine(id.clone()))
        .collect()
}

/// Whether a name as it is written is this object's.
fn is_called(schema: Option<&Name>, name: &Name, object: &QName) -> bool {
    *name == object.name && schema.is_none_or(|schema| *schema == object.schema)
}

fn of_type(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let mut users = types::users(catalog, name);
    let is_it = |what: &What| match what {
        What::Type(schema, written) | What::Label(schema, written, _) => {
            is_called(schema.as_ref(), written, name)
        }
        What::Relation(..)
        | What::Qualifier(_)
        | What::Column(..)
        | What::Star(_)
        | What::Function(..)
        | What::Regclass(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => false,
    };
    let sought = Sought {
        name: &name.name,
        star_of: None,
        is_it: &is_it,
    };
    users.extend(expressions::users(catalog, sought));
    users.extend(known_users(catalog, &|object| {
        *object == ObjectRef::Type(name.clone())
    }));
    users
}

/// Views and routines that are known to use an object.
fn known_users(catalog: &Catalog, is_it: &dyn Fn(&ObjectRef) -> bool) -> Vec<ObjectRef> {
    let views = catalog
        .views
        .iter()
        .filter(|(_, view)| view.depends_on.iter().any(is_it));
    let mut users: Vec<ObjectRef> = views
        .map(|(name, _)| ObjectRef::View(name.clone()))
        .collect();
    let routines = catalog.routines.iter();
    let routines = routines.filter(|(_, routine)| routine.depends_on.iter().any(is_it));
    users.extend(routines.map(|(id, _)| ObjectRef::Routine(id.clone())));
    users
}

/// Queries and other expressions that read a relation, or name it as a `regclass`.
fn of_relation(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let is_it = |what: &What| match what {
        What::Relation(relation, _) => relation == name,
        What::Regclass(schema, written) => is_called(schema.as_ref(), written, name),
        What::Qualifier(_)
        | What::Column(..)
        | What::Star(_)
        | What::Function(..)
        | What::Type(..)
        | What::Label(..)
        | What::ColumnLabel(..)
        | What::Text(_)
        | What::Unsure(_) => false,
    };
    let sought = Sought {
        name: &name.name,
        star_of: None,
        is_it: &is_it,
    };
    let mut users = expressions::users(catalog, sought);
    users.extend(known_users(catalog, &|object| match object {
        ObjectRef::Table(of) | ObjectRef::View(of) | ObjectRef::Sequence(of) => of == name,
        ObjectRef::Column(of, _) => of == name,
        ObjectRef::Schema(_)
        | ObjectRef::Extension(_)
        | ObjectRef::Type(_)
        | ObjectRef::DomainConstraint(..)
        | ObjectRef::Default(..)
        | ObjectRef::Constraint(..)
        | ObjectRef::Index(_)
        | ObjectRef::Routine(_)
        | ObjectRef::Trigger(..)
        | ObjectRef::Rule(..)
        | ObjectRef::Policy(..)
        | ObjectRef::Statistics(_)
        | ObjectRef::Publication(_)
        | ObjectRef::Published(..)
        | ObjectRef::DefaultPrivileges(_)
        | ObjectRef::Opaque(_) => false,
    }));
    users
}

/// Views, foreign keys from elsewhere, generated columns, policies, triggers and published columns. What only belongs to
/// the table (checks, indexes) goes silently.
fn of_column(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let mut users = foreign_keys(catalog, of, |key| key.referenced_columns.contains(name));
    let sought = Sought {
        name,
        star_of: Some(of),
        is_it: &|what| expressions::is_column(what, of, name),
    };
    let by_name = expressions::users(catalog, sought);
    users.extend(by_name.into_iter().filter(|user| match user {
        ObjectRef::View(view) => !is_known_not_to_use(catalog, view, of, name),
        _ => true,
    }));
    let column = ObjectRef::Column(of.clone(), name.clone());
    users.extend(known_users(catalog, &|object| *object == column));
    if let Some(table) = catalog.tables.get(of) {
        let triggers = table.triggers.iter();
        let of_it = triggers.filter(|(_, trigger)| trigger.events.update_of.contains(name));
        users.extend(of_it.map(|(name, _)| ObjectRef::Trigger(of.clone(), name.clone())));
    }
    for (publication, published) in &catalog.publications {
        let columns = published.tables.get(of).map(|table| &table.columns);
        if columns.is_some_and(|columns| columns.contains(name)) {
            users.push(ObjectRef::Published(publication.clone(), of.clone()));
        }
    }
    users
}

/// Whether it is known which columns of a relation a view uses, and this is none of them.
fn is_known_not_to_use(catalog: &Catalog, view: &QName, of: &QName, name: &Name) -> bool {
    let Some(view) = catalog.views.get(view) else {
        return false;
    };
    let mut columns = view.depends_on.iter().filter_map(|object| match object {
        ObjectRef::Column(relation, column) if relation == of => Some(column),
        _ => None,
    });
    let mut known = false;
    !columns.any(|column| {
        known = true;
        column == name
    }) && known
}

/// Of what the model does not know the parts of: foreign tables of a server, functions of a language, columns with a
/// collation.
fn of_opaque(catalog: &Catalog, kind: &str, identity: &str) -> Vec<ObjectRef> {
    match kind {
        "server" | "foreign server" => types::on_server(catalog, identity),
        "language" => of_language(catalog, identity),
        "collation" => types::with_collation(catalog, identity),
        _ => Vec::new(),
    }
}
