//! The tables that hold the rows of a table: itself, or its partitions and children.

use segue_catalog::{Catalog, QName, model::TableKind};

/// The tables that hold the rows of a table. Each is written by itself, since a place of a row is one in its own file.
pub(crate) fn leaves(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let (mut found, mut waiting) = (Vec::new(), vec![table.clone()]);
    while let Some(next) = waiting.pop() {
        let Some(own) = catalog.tables.get(&next) else {
            continue;
        };
        if own.kind == TableKind::Plain && !found.contains(&next) {
            found.push(next.clone());
        }
        waiting.extend(children(catalog, &next));
    }
    found.sort();
    found
}

/// Whether tables inherit from a table; partitions do not count.
pub(crate) fn has_children(catalog: &Catalog, table: &QName) -> bool {
    catalog
        .tables
        .values()
        .any(|other| other.inherits.contains(table))
}

fn children(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let is_below = |other: &segue_catalog::model::Table| {
        let partition = other.partition_of.as_ref();
        other.inherits.contains(table) || partition.is_some_and(|own| own.parent == *table)
    };
    let below = catalog.tables.iter().filter(|(_, other)| is_below(other));
    below.map(|(name, _)| name.clone()).collect()
}
