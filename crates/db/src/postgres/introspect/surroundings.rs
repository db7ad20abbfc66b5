//! What objects refer to: roles, schemas, tablespaces, access methods, collations, operator classes.

use std::sync::Arc;

use segue_catalog::model::Schema;

use super::{
    part::Part,
    reading::{KnownOperatorClass, class},
};

/// Roles. `pg_authid` is for superusers only, `pg_roles` for all.
pub(super) fn roles() -> Part {
    Part::new(
        "roles",
        "SELECT oid, rolname FROM pg_roles",
        |reading, row| {
            let (oid, name) = (row.oid(), row.text());
            reading.roles.insert(oid, reading.names.of(name));
            Some(())
        },
    )
}

/// Schemas, those of the server too, for their names.
pub(super) fn schemas() -> Part {
    Part::new(
        "schemas",
        "SELECT oid, nspname, nspowner FROM pg_namespace",
        |reading, row| {
            let (oid, name, owner) = (row.oid(), reading.names.of(row.text()), row.oid());
            reading.schemas.insert(oid, name);
            let name = reading.own_schema(oid)?;
            if reading.members.contains(&(class::SCHEMA, oid)) {
                return None;
            }
            let schema = Schema {
                owner: reading.role(owner),
                privileges: reading.privileges_of(class::SCHEMA, oid),
                comment: reading.comment(class::SCHEMA, oid),
            };
            reading.catalog.schemas.insert(name, Arc::new(schema));
            Some(())
        },
    )
}

/// Tablespaces.
pub(super) fn tablespaces() -> Part {
    Part::new(
        "tablespaces",
        "SELECT oid, spcname FROM pg_tablespace",
        |reading, row| {
            let (oid, name) = (row.oid(), row.text());
            reading.tablespaces.insert(oid, reading.names.of(name));
            Some(())
        },
    )
}

/// Access methods of tables and indexes.
pub(super) fn access_methods() -> Part {
    Part::new(
        "access methods",
        "SELECT oid, amname FROM pg_am",
        |reading, row| {
            let (oid, name) = (row.oid(), row.text());
            reading.access_methods.insert(oid, reading.names.of(name));
            Some(())
        },
    )
}

/// Collations.
pub(super) fn collations() -> Part {
    Part::new(
        "collations",
        "SELECT c.oid, n.nspname, c.collname FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace",
        |reading, row| {
            let (oid, schema, name) = (row.oid(), row.text(), row.text());
            let name = reading.names.qualified(schema, name);
            reading.collations.insert(oid, name);
            Some(())
        },
    )
}

/// Operator classes.
pub(super) fn operator_classes() -> Part {
    Part::new(
        "operator classes",
        "SELECT c.oid, n.nspname, c.opcname, c.opcmethod, c.opcintype, c.opcdefault FROM pg_opclass c \
         JOIN pg_namespace n ON n.oid = c.opcnamespace",
        |reading, row| {
            let (oid, schema, name) = (row.oid(), row.text(), row.text());
            let known = KnownOperatorClass {
                name: reading.names.qualified(schema, name),
                method: row.oid(),
                of: row.oid(),
                default: row.flag(),
            };
            if known.default {
                reading.with_default_class.insert((known.method, known.of));
            }
            reading.operator_classes.insert(oid, known);
            Some(())
        },
    )
}
