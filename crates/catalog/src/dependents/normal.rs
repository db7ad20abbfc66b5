//! Users of an object: what a DROP of it is refused for, or takes by CASCADE (normal dependencies). Checked against
//! PostgreSQL 15 (`DETAIL` of 2BP01).

use super::{expressions, silent, types};
use crate::{
    Catalog, Name, ObjectRef, QName, RoutineId,
    apply::rename::takes,
    model::{Constraint, ConstraintKind, ForeignKey, IndexTerm, RoutineKind, TypeKind},
    rewrite::{What, qualified},
};

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
            let children = catalog.tables.iter();
            let children = children.filter(|(_, table)| table.inherits.contains(name));
            users.extend(children.map(|(child, _)| ObjectRef::Table(child.clone())));
            users.retain(|user| *user != *object && silent::within(user) != Some(name));
            users
        }
        ObjectRef::Column(of, name) => of_column(catalog, of, name),
        ObjectRef::Constraint(of, name) => of_constraint(catalog, of, name),
        ObjectRef::Index(name) => of_index(catalog, name),
        ObjectRef::Routine(id) => of_routine(catalog, id),
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
    let inside = |name: &&QName| name.schema == *schema;
    users.extend(
        catalog
            .tables
            .keys()
            .filter(inside)
            .cloned()
            .map(ObjectRef::Table),
    );
    users.extend(
        catalog
            .views
            .keys()
            .filter(inside)
            .cloned()
            .map(ObjectRef::View),
    );
    users.extend(
        catalog
            .sequences
            .keys()
            .filter(inside)
            .cloned()
            .map(ObjectRef::Sequence),
    );
    users.extend(
        catalog
            .types
            .keys()
            .filter(inside)
            .cloned()
            .map(ObjectRef::Type),
    );
    users.extend(
        catalog
            .statistics
            .keys()
            .filter(inside)
            .cloned()
            .map(ObjectRef::Statistics),
    );
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
    users.extend(expressions::users(catalog, &name.name, &is_it));
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
    let mut users = expressions::users(catalog, &name.name, &is_it);
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

/// Foreign keys that refer to a table, those of the table itself too.
fn foreign_keys(
    catalog: &Catalog,
    to: &QName,
    which: impl Fn(&ForeignKey) -> bool,
) -> Vec<ObjectRef> {
    let mut users = Vec::new();
    for (of, table) in &catalog.tables {
        for (name, constraint) in &table.constraints {
            if let ConstraintKind::ForeignKey(key) = &constraint.kind
                && key.references == *to
                && which(key)
            {
                users.push(ObjectRef::Constraint(of.clone(), name.clone()));
            }
        }
    }
    users
}

/// Views, foreign keys from elsewhere, generated columns, policies, triggers and published columns. What only belongs to
/// the table (checks, indexes) goes silently.
fn of_column(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let mut users = foreign_keys(catalog, of, |key| key.referenced_columns.contains(name));
    let by_name = expressions::users(catalog, name, &|what| {
        expressions::is_column(what, of, name)
    });
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

/// Foreign keys that need the index of a key, and queries that group by it.
fn of_constraint(catalog: &Catalog, of: &QName, name: &Name) -> Vec<ObjectRef> {
    let Some(constraint) = catalog
        .tables
        .get(of)
        .and_then(|table| table.constraints.get(name))
    else {
        return Vec::new();
    };
    let itself = ObjectRef::Constraint(of.clone(), name.clone());
    let mut users = known_users(catalog, &|object| *object == itself);
    match &constraint.kind {
        ConstraintKind::PrimaryKey(index) => {
            users.extend(foreign_keys(catalog, of, |key| {
                same_set(&key.referenced_columns, &index.columns)
            }));
        }
        ConstraintKind::Unique(index) => {
            users.extend(foreign_keys(catalog, of, |key| {
                same_set(&key.referenced_columns, &index.columns)
                    && !other_key(catalog, of, &index.columns, name)
            }));
        }
        ConstraintKind::Check { .. }
        | ConstraintKind::Exclude(_)
        | ConstraintKind::ForeignKey(_) => {}
    }
    users
}

fn same_set(first: &[Name], second: &[Name]) -> bool {
    first.len() == second.len() && first.iter().all(|name| second.contains(name))
}

/// Whether a table has another key or unique index over the same columns, which a foreign key can be bound to as well.
/// Which of several it is depends on their age, which the model does not keep.
fn other_key(catalog: &Catalog, of: &QName, columns: &[Name], but: &Name) -> bool {
    let table = catalog.tables.get(of);
    let mut constraints = table.into_iter().flat_map(|table| &table.constraints);
    let is_key = |constraint: &Constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            same_set(&index.columns, columns)
        }
        ConstraintKind::Check { .. }
        | ConstraintKind::Exclude(_)
        | ConstraintKind::ForeignKey(_) => false,
    };
    constraints.any(|(name, constraint)| name != but && is_key(constraint))
        || catalog.indexes.iter().any(|(name, index)| {
            name.name != *but
                && index.table == *of
                && unique_columns(index).is_some_and(|unique| same_set(&unique, columns))
        })
}

/// The columns of an index that a foreign key can be bound to.
fn unique_columns(index: &crate::model::Index) -> Option<Vec<Name>> {
    if !index.unique || index.predicate.is_some() {
        return None;
    }
    let columns = index.keys.iter().map(|key| match &key.term {
        IndexTerm::Column(name) => Some(name.clone()),
        IndexTerm::Expression(_) => None,
    });
    columns.collect()
}

fn of_index(catalog: &Catalog, name: &QName) -> Vec<ObjectRef> {
    let Some(index) = catalog.indexes.get(name) else {
        return Vec::new();
    };
    let Some(columns) = unique_columns(index) else {
        return Vec::new();
    };
    foreign_keys(catalog, &index.table, |key| {
        same_set(&key.referenced_columns, &columns)
            && !other_key(catalog, &index.table, &columns, &name.name)
    })
}

/// Triggers, aggregates, ranges, and every expression that calls it. A call that several functions of the name could
/// be is taken for none of them.
fn of_routine(catalog: &Catalog, id: &RoutineId) -> Vec<ObjectRef> {
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
    let mut users = expressions::users(catalog, &id.name.name, &is_it);
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
