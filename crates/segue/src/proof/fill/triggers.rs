//! Triggers of the user's, off while rows come and as they were afterwards. It takes the rights of the owner, and no more:
//! those of foreign keys, which are the server's own, stay on.

use segue_catalog::{
    Catalog,
    model::{Enabled, Table, TableKind},
};

fn with_triggers(catalog: &Catalog) -> impl Iterator<Item = (&segue_catalog::QName, &Table)> {
    let tables = catalog
        .tables
        .iter()
        .map(|(name, table)| (name, table.as_ref()));
    tables.filter(|(_, table)| {
        !matches!(table.kind, TableKind::Foreign(_)) && !table.triggers.is_empty()
    })
}

/// Statements that turn them off.
pub(super) fn off(catalog: &Catalog) -> Vec<String> {
    let tables = with_triggers(catalog);
    tables
        .map(|(name, _)| format!("ALTER TABLE {name} DISABLE TRIGGER USER"))
        .collect()
}

/// Statements that bring each back into the mode that it had. What is said of a partitioned table is said of its partitions
/// too, which therefore come behind it.
pub(super) fn on(catalog: &Catalog) -> Vec<String> {
    let mut tables: Vec<_> = with_triggers(catalog).collect();
    tables.sort_by_key(|(name, _)| depth(catalog, name));
    let mut statements = Vec::new();
    for (name, table) in tables {
        for (trigger, own) in &table.triggers {
            let mode = match own.enabled {
                Enabled::Origin => "ENABLE",
                Enabled::Always => "ENABLE ALWAYS",
                Enabled::Replica => "ENABLE REPLICA",
                Enabled::Disabled => "DISABLE",
            };
            statements.push(format!("ALTER TABLE {name} {mode} TRIGGER {trigger}"));
        }
    }
    statements
}

/// How many tables a partition is within.
fn depth(catalog: &Catalog, name: &segue_catalog::QName) -> usize {
    let parent = catalog
        .tables
        .get(name)
        .and_then(|table| table.partition_of.as_ref());
    parent.map_or(0, |partition| 1 + depth(catalog, &partition.parent))
}
