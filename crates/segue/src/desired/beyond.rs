//! What the language of another tool cannot say: its absence from a schema of that tool's means nothing, so it is kept
//! as it is, as the tool itself does.
//!
//! Prisma's language has tables, columns, enums, keys, foreign keys and plain indexes
//! (prisma.io/docs/orm/prisma-schema/data-model/unsupported-database-features). Drizzle's has views, policies, checks,
//! sequences and indexes of every form as well (orm.drizzle.team/docs/overview, "Schema").

use std::sync::Arc;

use segue_catalog::{
    Catalog, Map, Name, QName,
    model::{ConstraintKind, Index, IndexTerm, Table, TypeKind},
};

/// Takes over from the schema that there is what the tool's language cannot say.
pub(crate) fn keep_beyond(tool: &str, desired: &mut Catalog, current: &Catalog) {
    let is_prisma = tool == "prisma";
    desired.routines.clone_from(&current.routines);
    desired.statistics.clone_from(&current.statistics);
    desired.publications.clone_from(&current.publications);
    desired
        .default_privileges
        .clone_from(&current.default_privileges);
    desired.opaque.clone_from(&current.opaque);
    add_missing(&mut desired.extensions, &current.extensions);
    add_missing(&mut desired.schemas, &current.schemas);
    for (name, found) in &current.types {
        if !matches!(found.kind, TypeKind::Enum(_)) {
            desired.types.insert(name.clone(), Arc::clone(found));
        }
    }
    for (name, found) in desired.types.iter_mut() {
        if let Some(now) = current.types.get(name) {
            let found = Arc::make_mut(found);
            found.comment.clone_from(&now.comment);
            found.privileges.clone_from(&now.privileges);
        }
    }
    if is_prisma {
        desired.views.clone_from(&current.views);
        for (name, found) in &current.sequences {
            if found.owned_by.is_none() {
                desired.sequences.insert(name.clone(), Arc::clone(found));
            }
        }
        indexes(desired, current);
    }
    for (name, table) in desired.tables.iter_mut() {
        if let Some(now) = current.tables.get(name) {
            of_table(Arc::make_mut(table), now, is_prisma);
        }
    }
}

fn add_missing<V: Clone>(desired: &mut Map<Name, V>, current: &Map<Name, V>) {
    for (name, found) in current {
        if !desired.contains_key(name) {
            desired.insert(name.clone(), found.clone());
        }
    }
}

fn of_table(table: &mut Table, now: &Table, is_prisma: bool) {
    table.triggers.clone_from(&now.triggers);
    table.rules.clone_from(&now.rules);
    table.privileges.clone_from(&now.privileges);
    table.comment.clone_from(&now.comment);
    table.parameters.clone_from(&now.parameters);
    table.replica_identity = now.replica_identity.clone();
    table.cluster_on.clone_from(&now.cluster_on);
    table.persistence = now.persistence;
    for column in &mut table.columns {
        let Some(now) = now.column(&column.name) else {
            continue;
        };
        column.comment.clone_from(&now.comment);
        column.privileges.clone_from(&now.privileges);
        column.storage.clone_from(&now.storage);
        column.compression.clone_from(&now.compression);
        column.statistics = now.statistics;
        column.options.clone_from(&now.options);
    }
    for (name, constraint) in &mut table.constraints {
        if let Some(now) = now.constraints.get(name) {
            constraint.comment.clone_from(&now.comment);
        }
    }
    if is_prisma {
        table.policies.clone_from(&now.policies);
        table.row_security = now.row_security;
    }
    let gone: Vec<&Name> = now
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| table.column(name).is_none())
        .collect();
    for (name, constraint) in &now.constraints {
        let is_beyond = match &constraint.kind {
            ConstraintKind::Exclude(_) => true,
            ConstraintKind::Check { expression, .. } => {
                is_prisma && !gone.iter().any(|name| mentions(&expression.text, name))
            }
            _ => false,
        };
        if is_beyond {
            table.constraints.insert(name.clone(), constraint.clone());
        }
    }
}

/// Indexes over expressions, and those of some rows only, where their tables and columns stay.
fn indexes(desired: &mut Catalog, current: &Catalog) {
    for (name, index) in &current.indexes {
        if is_beyond_prisma(index) && stays(desired, current, &index.table, index) {
            desired.indexes.insert(name.clone(), Arc::clone(index));
        }
    }
}

fn is_beyond_prisma(index: &Index) -> bool {
    let is_expression = |term: &IndexTerm| matches!(term, IndexTerm::Expression(_));
    index.predicate.is_some()
        || !index.include.is_empty()
        || index.keys.iter().any(|key| is_expression(&key.term))
}

fn stays(desired: &Catalog, current: &Catalog, table: &QName, index: &Index) -> bool {
    let (Some(now), Some(table)) = (current.tables.get(table), desired.tables.get(table)) else {
        return false;
    };
    let gone = |name: &Name| table.column(name).is_none();
    let predicate = index.predicate.iter();
    let texts: Vec<&str> = index
        .keys
        .iter()
        .filter_map(|key| match &key.term {
            IndexTerm::Expression(expression) => Some(expression),
            IndexTerm::Column(_) => None,
        })
        .chain(predicate)
        .map(|expression| &*expression.text)
        .collect();
    let is_plain_gone = index.keys.iter().any(|key| match &key.term {
        IndexTerm::Column(name) => gone(name),
        IndexTerm::Expression(_) => false,
    });
    let mut lost = now
        .columns
        .iter()
        .map(|column| &column.name)
        .filter(|name| gone(name));
    !is_plain_gone && !lost.any(|name| texts.iter().any(|text| mentions(text, name)))
}

/// Whether a word of the text is this name.
fn mentions(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}
