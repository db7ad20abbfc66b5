//! What the model has no parts for: each object with a text that changes when the object does. Numbers do not occur in
//! it, as they differ from database to database. Owners are left out.

use std::{fmt::Write, sync::Arc};

use segue_catalog::{Grantee, OpaqueId, Privileges, model::Opaque};

use super::{
    Unread,
    fields::{Fields, Oid},
    part::Part,
    reading::Reading,
};

mod foreign;
mod labels;
mod operators;
mod programs;
mod text_search;

/// All of them, some kinds to a query.
pub(super) fn parts(major: u16) -> Vec<Part> {
    vec![
        operators::operators(),
        operators::families(),
        operators::classes(),
        operators::casts(),
        programs::types(),
        programs::languages(),
        programs::event_triggers(),
        text_search::text_search(),
        text_search::collations(),
        foreign::wrappers(),
        foreign::user_mappings(),
        foreign::subscriptions(major),
        labels::part(),
    ]
}

/// A query for one kind: the catalog with a short name for its rows, and the definition. Objects of extensions and the
/// server's own are left out; `pg_identify_object` names the others.
fn query(kind: &str, catalog: &str, definition: &str) -> String {
    format!(
        "SELECT '{catalog}'::regclass::oid, o.oid, '{kind}', \
         (pg_identify_object('{catalog}'::regclass, o.oid, 0)).identity, {definition} FROM {catalog} o \
         WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '{catalog}'::regclass \
         AND e.objid = o.oid AND e.deptype IN ('e', 'i'))"
    )
}

/// A part of several such queries.
fn part(what: &'static str, queries: &[String]) -> Part {
    Part::new(what, queries.join(" UNION ALL "), read)
}

fn read(reading: &mut Reading, row: &mut Fields<'_>) -> Option<()> {
    let (catalog, oid) = (row.oid(), row.oid());
    let id = OpaqueId {
        kind: kind(row.text())?,
        identity: row.text().to_owned(),
    };
    let definition = row.text().to_owned();
    note(reading, (catalog, oid), id, definition);
    Some(())
}

/// Notes an object with its privileges and comment.
fn note(reading: &mut Reading, (catalog, oid): (Oid, Oid), id: OpaqueId, mut definition: String) {
    write_privileges(&mut definition, &reading.privileges_of(catalog, oid));
    let opaque = Opaque {
        definition,
        comment: reading.comment(catalog, oid),
    };
    reading.catalog.opaque.insert(id, Arc::new(opaque));
}

fn write_privileges(definition: &mut String, privileges: &Privileges) {
    for (verb, grants) in [
        ("grant", &privileges.granted),
        ("revoke", &privileges.revoked),
    ] {
        for grant in grants {
            let grantee = match &grant.grantee {
                Grantee::Owner => "owner".to_owned(),
                Grantee::Public => "public".to_owned(),
                Grantee::Role(name) => name.to_string(),
            };
            let option = if grant.grantable {
                " with grant option"
            } else {
                ""
            };
            // Writing to a String cannot fail.
            let _ = write!(definition, "; {verb} {} {grantee}{option}", grant.privilege);
        }
    }
}

/// As `COMMENT ON` calls them.
fn kind(name: &str) -> Option<&'static str> {
    const ALL: [&str; 18] = [
        "operator",
        "operator family",
        "operator class",
        "cast",
        "conversion",
        "collation",
        "type",
        "language",
        "transform",
        "access method",
        "event trigger",
        "text search parser",
        "text search template",
        "text search dictionary",
        "text search configuration",
        "foreign data wrapper",
        "server",
        "security label",
    ];
    ALL.into_iter().find(|known| *known == name)
}

/// Notes that something is kept from this role, or from all.
fn unread(reading: &mut Reading, what: String, reason: &str) {
    let new = Unread {
        what,
        reason: reason.to_owned(),
    };
    if !reading.unread.contains(&new) {
        reading.unread.push(new);
    }
}
