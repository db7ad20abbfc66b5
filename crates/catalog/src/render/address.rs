//! What an object is called in `COMMENT ON`, `ALTER … OWNER TO`, `GRANT … ON`.

use super::routine::aggregate_arguments;
use crate::{
    Catalog, ObjectRef, RoutineId,
    model::{RoutineKind, TableKind},
};

/// An object as `COMMENT ON` names it: `TABLE app.users`, `CONSTRAINT users_pkey ON app.users`.
pub fn address(catalog: &Catalog, object: &ObjectRef) -> String {
    match object {
        ObjectRef::Schema(name) => format!("SCHEMA {name}"),
        ObjectRef::Extension(name) => format!("EXTENSION {name}"),
        ObjectRef::Publication(name) | ObjectRef::Published(name, _) => {
            format!("PUBLICATION {name}")
        }
        ObjectRef::Type(name) => {
            let of = catalog.types.get(name).map(|of| &of.kind);
            let domain = matches!(of, Some(crate::model::TypeKind::Domain(_)));
            format!("{} {name}", if domain { "DOMAIN" } else { "TYPE" })
        }
        ObjectRef::Sequence(name) => format!("SEQUENCE {name}"),
        ObjectRef::Table(name) => {
            let of = catalog.tables.get(name).map(|of| &of.kind);
            let foreign = matches!(of, Some(TableKind::Foreign(_)));
            format!("{} {name}", if foreign { "FOREIGN TABLE" } else { "TABLE" })
        }
        ObjectRef::Index(name) => format!("INDEX {name}"),
        ObjectRef::View(name) => {
            let materialized = catalog
                .views
                .get(name)
                .is_some_and(|view| view.is_materialized());
            let kind = if materialized {
                "MATERIALIZED VIEW"
            } else {
                "VIEW"
            };
            format!("{kind} {name}")
        }
        ObjectRef::Statistics(name) => format!("STATISTICS {name}"),
        ObjectRef::Column(of, name) | ObjectRef::Default(of, name) => {
            format!("COLUMN {of}.{name}")
        }
        ObjectRef::DomainConstraint(of, name) => format!("CONSTRAINT {name} ON DOMAIN {of}"),
        ObjectRef::Constraint(of, name) => format!("CONSTRAINT {name} ON {of}"),
        ObjectRef::Trigger(of, name) => format!("TRIGGER {name} ON {of}"),
        ObjectRef::Rule(of, name) => format!("RULE {name} ON {of}"),
        ObjectRef::Policy(of, name) => format!("POLICY {name} ON {of}"),
        ObjectRef::Routine(id) => routine(catalog, id),
        ObjectRef::DefaultPrivileges(whose) => format!("DEFAULT PRIVILEGES {whose}"),
        ObjectRef::Opaque(id) => format!("{} {}", id.kind.to_uppercase(), id.identity),
    }
}

fn routine(catalog: &Catalog, id: &RoutineId) -> String {
    match catalog
        .routines
        .get(id)
        .map(|routine| (routine, &routine.kind))
    {
        Some((_, RoutineKind::Procedure)) => format!("PROCEDURE {id}"),
        Some((
            routine,
            RoutineKind::Aggregate {
                direct_arguments, ..
            },
        )) => {
            let arguments = aggregate_arguments(routine, *direct_arguments);
            format!("AGGREGATE {}({arguments})", id.name)
        }
        _ => format!("FUNCTION {id}"),
    }
}
