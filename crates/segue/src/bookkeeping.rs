//! What a deploy keeps in a database: the history, and segue's own tables. No migration made them, and no
//! comparison tells of them.

use std::sync::Arc;

use segue_catalog::{Catalog, Grantee, Name, QName, model::Sequence, sqlite};
use segue_db::history::Table as HistoryTable;
use segue_engine::replay::Bookkeeping;
pub(crate) use segue_engine::replay::forget_own_schema;

/// Leaves out the history, and segue's own schema.
pub(crate) fn forget(catalog: &mut Catalog, history: &HistoryTable) {
    forget_own_schema(catalog);
    let history = QName::new(history.schema.as_str(), history.name.as_str());
    catalog.tables.retain(|name, _| *name != history);
    catalog.indexes.retain(|_, index| index.table != history);
    catalog
        .sequences
        .retain(|_, sequence| !is_owned_by(sequence, &history));
}

fn is_owned_by(sequence: &Sequence, table: &QName) -> bool {
    sequence
        .owned_by
        .as_ref()
        .is_some_and(|(owner, _)| owner == table)
}

/// Leaves out the schema that a tool has made for its history alone, as Drizzle does, unless the other side of the
/// comparison has it too.
pub(crate) fn forget_schema_of(live: &mut Catalog, other: &Catalog, history: &HistoryTable) {
    let schema = Name::stored(&history.schema);
    if !other.schemas.contains_key(&schema) && live.tables_of(&schema).next().is_none() {
        live.schemas.remove(&schema);
    }
}

/// Leaves out what the deploying role was granted on schema `public`, unless the other side of the comparison has it too: it
/// has to be there before the first migration, and no migration makes it. `roles` are those that deploys act as.
pub(crate) fn forget_way_in(live: &mut Catalog, other: &Catalog, roles: &[Name]) {
    let public = Name::stored("public");
    let other = other.schemas.get(&public);
    if let Some(schema) = live.schemas.get_mut(&public) {
        let granted = &mut Arc::make_mut(schema).privileges.granted;
        granted.retain(|grant| {
            let is_own = matches!(&grant.grantee, Grantee::Role(role) if roles.contains(role));
            !is_own || other.is_some_and(|other| other.privileges.granted.contains(grant))
        });
    }
}

/// Leaves out what was made before the first migration: the history, and its schema if nothing else is in it.
pub(crate) fn forget_made(catalog: &mut Catalog, history: &Bookkeeping) {
    let table = history.table();
    forget(catalog, table);
    let schema = Name::stored(&table.schema);
    if history.makes_schema() && is_empty(catalog, &schema) {
        catalog.schemas.remove(&schema);
    }
}

fn is_empty(catalog: &Catalog, schema: &Name) -> bool {
    let within = |name: &QName| name.schema == *schema;
    !(catalog.tables.keys().any(within)
        || catalog.views.keys().any(within)
        || catalog.sequences.keys().any(within)
        || catalog.types.keys().any(within)
        || catalog.routines.keys().any(|id| within(&id.name)))
}

/// Leaves out the history and segue's own tables.
pub(crate) fn forget_in_sqlite(catalog: &mut sqlite::Catalog, history: &HistoryTable) {
    let is_ours = |name: &sqlite::Name| {
        name.as_str().eq_ignore_ascii_case(&history.name)
            || ["_segue_settings", "_segue_progress", "_segue_backups"].contains(&name.as_str())
    };
    catalog.tables.retain(|name, _| !is_ours(name));
    catalog.indexes.retain(|_, index| !is_ours(&index.table));
    catalog
        .triggers
        .retain(|_, trigger| !is_ours(&trigger.table));
    let (indexes, triggers) = (&catalog.indexes, &catalog.triggers);
    catalog
        .statements
        .retain(|statement| match &statement.object {
            sqlite::Object::Table(name) => !is_ours(name),
            sqlite::Object::Index(name) => indexes.contains_key(name),
            sqlite::Object::Trigger(name) => triggers.contains_key(name),
            sqlite::Object::View(_) | sqlite::Object::Column(..) => true,
        });
}
