//! Schemas, extensions, sequences, statistics, publications, default privileges, and what is opaque.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use super::{
    columns, indexes, majors,
    report::{Report, grantee, is_temporary},
};
use crate::{
    DefaultPrivilegesKey, Grantee, Map, Name, ObjectRef, OpaqueId, Privileges, QName,
    model::{
        Extension, IndexTerm, Opaque, Publication, PublishedTable, Schema, Sequence, Statistics,
    },
    normal::About,
};

/// Schemas by name.
pub(super) fn schemas(
    report: &mut Report<'_>,
    first: &Map<Name, Arc<Schema>>,
    second: &Map<Name, Arc<Schema>>,
) {
    let (own, other) = (report.first.major, report.second.major);
    report.each(
        first,
        second,
        |name| ObjectRef::Schema(name.clone()),
        |report, name, first, second| {
            let second = majors::aligned(name, second, other, first, own);
            let Schema {
                owner,
                privileges,
                comment,
            } = &**first;
            let mut schema = report.of(ObjectRef::Schema(name.clone()));
            schema.owner(owner, &second.owner);
            schema.privileges(privileges, &second.privileges);
            schema.comment(comment, &second.comment);
        },
    );
}

/// Extensions by name.
pub(super) fn extensions(
    report: &mut Report<'_>,
    first: &Map<Name, Arc<Extension>>,
    second: &Map<Name, Arc<Extension>>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Extension(name.clone()),
        |report, name, first, second| {
            let Extension {
                schema,
                version,
                comment,
                types: _, // follows from the version
            } = &**first;
            let mut extension = report.of(ObjectRef::Extension(name.clone()));
            extension.value("schema", schema, &second.schema);
            extension.where_known("version", version, &second.version);
            // the one of the control file is not kept, and only its server knows it
            extension.where_known("comment", comment, &second.comment);
        },
    );
}

/// Sequences by name; those of identity columns are with their columns.
pub(super) fn sequences(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<Sequence>>,
    second: &Map<QName, Arc<Sequence>>,
) {
    let lasting = |sequences: &Map<QName, Arc<Sequence>>| -> Map<QName, Arc<Sequence>> {
        let lasting = sequences.iter().filter(|(name, _)| !is_temporary(name));
        lasting
            .map(|(name, one)| (name.clone(), Arc::clone(one)))
            .collect()
    };
    report.each(
        &lasting(first),
        &lasting(second),
        |name| ObjectRef::Sequence(name.clone()),
        |report, name, first, second| {
            let Sequence {
                options,
                owned_by,
                persistence,
                owner,
                privileges,
                comment,
            } = &**first;
            let address = ObjectRef::Sequence(name.clone());
            columns::sequence_options(report, address.clone(), options, &second.options);
            let has_persistence = majors::have_sequence_persistence(report.older_major());
            let mut sequence = report.of(address);
            sequence.value("owned by", owned_by, &second.owned_by);
            if has_persistence {
                sequence.value("persistence", persistence, &second.persistence);
            }
            sequence.owner(owner, &second.owner);
            sequence.privileges(privileges, &second.privileges);
            sequence.comment(comment, &second.comment);
        },
    );
}

/// Extended statistics by name.
pub(super) fn statistics(
    report: &mut Report<'_>,
    first: &Map<QName, Arc<Statistics>>,
    second: &Map<QName, Arc<Statistics>>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Statistics(name.clone()),
        |report, name, first, second| {
            let Statistics {
                table,
                kinds,
                terms,
                target,
                owner,
                comment,
            } = &**first;
            let address = ObjectRef::Statistics(name.clone());
            let mut this = report.of(address.clone());
            this.value("table", table, &second.table);
            this.value("kinds", kinds, &second.kinds);
            this.value("target", target, &second.target);
            this.owner(owner, &second.owner);
            this.comment(comment, &second.comment);
            if terms.len() == second.terms.len() {
                let (terms, others) = (in_order(terms), in_order(&second.terms));
                for (first, second) in terms.into_iter().zip(others) {
                    indexes::term(report, &address, table, first, second);
                }
            } else {
                this.value("terms", terms, &second.terms);
            }
        },
    );
}

/// Columns by name, since they have the table's order whatever was written, and then expressions.
fn in_order(terms: &[IndexTerm]) -> Vec<&IndexTerm> {
    let mut terms: Vec<&IndexTerm> = terms.iter().collect();
    terms.sort_by(|first, second| match (first, second) {
        (IndexTerm::Column(first), IndexTerm::Column(second)) => first.cmp(second),
        (IndexTerm::Column(_), IndexTerm::Expression(_)) => Ordering::Less,
        (IndexTerm::Expression(_), IndexTerm::Column(_)) => Ordering::Greater,
        (IndexTerm::Expression(_), IndexTerm::Expression(_)) => Ordering::Equal,
    });
    terms
}

/// Publications by name.
pub(super) fn publications(
    report: &mut Report<'_>,
    first: &Map<Name, Arc<Publication>>,
    second: &Map<Name, Arc<Publication>>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Publication(name.clone()),
        |report, name, first, second| {
            let Publication {
                all_tables,
                schemas,
                tables,
                parameters,
                owner,
                comment,
            } = &**first;
            let mut this = report.of(ObjectRef::Publication(name.clone()));
            this.value("all tables", all_tables, &second.all_tables);
            this.value("schemas", schemas, &second.schemas);
            this.value("parameters", parameters, &second.parameters);
            this.owner(owner, &second.owner);
            this.comment(comment, &second.comment);
            published(report, name, tables, &second.tables);
        },
    );
}

/// The tables of a publication: which ones, then what of each.
fn published(
    report: &mut Report<'_>,
    name: &Name,
    first: &BTreeMap<QName, PublishedTable>,
    second: &BTreeMap<QName, PublishedTable>,
) {
    let names = |tables: &BTreeMap<QName, PublishedTable>| -> Vec<QName> {
        tables.keys().cloned().collect()
    };
    let mut this = report.of(ObjectRef::Publication(name.clone()));
    this.value("tables", &names(first), &names(second));
    for (table, first) in first {
        let Some(second) = second.get(table) else {
            continue;
        };
        let PublishedTable { columns, rows } = first;
        this.value("published columns", columns, &second.columns);
        this.optional_expression(
            "published rows",
            rows.as_ref(),
            second.rows.as_ref(),
            About::condition(Some(table)),
        );
    }
}

/// Default privileges; a side that has no line for a key has the defaults there.
pub(super) fn default_privileges(
    report: &mut Report<'_>,
    first: &Map<DefaultPrivilegesKey, Privileges>,
    second: &Map<DefaultPrivilegesKey, Privileges>,
) {
    let nothing = Privileges::default();
    let keys: std::collections::BTreeSet<_> = first.keys().chain(second.keys()).collect();
    for key in keys {
        let unnamed = DefaultPrivilegesKey {
            role: None,
            ..key.clone()
        };
        let stands_in = |of, other| named(of, other, &unnamed) == Some(key);
        if stands_in(first, second) || stands_in(second, first) {
            continue;
        }
        let line = |of: &'_ Map<_, Privileges>, other| {
            let named = named(of, other, key).and_then(|named| of.get(named));
            of.get(key).or(named).unwrap_or(&nothing).clone()
        };
        let address = ObjectRef::DefaultPrivileges(whose(key));
        let (first, second) = (line(first, second), line(second, first));
        report.of(address).privileges(&first, &second);
    }
}

/// The role that deploys has a name where a server was asked: where only one side has a line without a role, the only
/// line of a role that the other side alone has is the same.
fn named<'a>(
    of: &'a Map<DefaultPrivilegesKey, Privileges>,
    other: &Map<DefaultPrivilegesKey, Privileges>,
    key: &DefaultPrivilegesKey,
) -> Option<&'a DefaultPrivilegesKey> {
    if key.role.is_some() || of.contains_key(key) || !other.contains_key(key) {
        return None;
    }
    let mut alike = of.keys().filter(|one| {
        one.role.is_some()
            && one.schema == key.schema
            && one.objects == key.objects
            && !other.contains_key(*one)
    });
    let found = alike.next()?;
    alike.next().is_none().then_some(found)
}

/// Whose new objects, where: `tables of app_owner in app`.
fn whose(key: &DefaultPrivilegesKey) -> String {
    let DefaultPrivilegesKey {
        role,
        schema,
        objects,
    } = key;
    let role = role
        .clone()
        .map_or("the role that deploys".to_owned(), |role| {
            grantee(&Grantee::Role(role))
        });
    let objects = match serde_json::to_value(objects) {
        Ok(serde_json::Value::String(text)) => text.replace('_', " "),
        _ => format!("{objects:?}"),
    };
    match schema {
        Some(schema) => format!("{objects} of {role} in {schema}"),
        None => format!("{objects} of {role}"),
    }
}

/// Opaque objects; their definitions only where a server was asked on both sides.
pub(super) fn opaque(
    report: &mut Report<'_>,
    first: &Map<OpaqueId, Arc<Opaque>>,
    second: &Map<OpaqueId, Arc<Opaque>>,
) {
    report.each(
        first,
        second,
        |id| ObjectRef::Opaque(id.clone()),
        |report, id, first, second| {
            let Opaque {
                definition,
                comment,
            } = &**first;
            let mut this = report.of(ObjectRef::Opaque(id.clone()));
            if !definition.is_empty() && !second.definition.is_empty() {
                this.value("definition", definition, &second.definition);
            }
            this.comment(comment, &second.comment);
        },
    );
}
