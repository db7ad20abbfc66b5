//! Which tables are below which: partitions and inheritance children.

use rustc_hash::FxHashMap;
use segue_catalog::{Catalog, QName};

/// The children of every table.
pub(super) struct Children<'a>(FxHashMap<&'a QName, Vec<&'a QName>>);

impl<'a> Children<'a> {
    /// Those of all tables of a schema.
    pub(super) fn of_all(catalog: &'a Catalog) -> Self {
        let mut all: FxHashMap<&QName, Vec<&QName>> = FxHashMap::default();
        for (name, table) in &catalog.tables {
            let parent = table.partition_of.as_ref().map(|own| &own.parent);
            for parent in table.inherits.iter().chain(parent) {
                all.entry(parent).or_default().push(name);
            }
        }
        Self(all)
    }

    /// The children of a table.
    pub(super) fn of(&self, table: &QName) -> &[&'a QName] {
        self.0.get(table).map(Vec::as_slice).unwrap_or_default()
    }

    /// The children of a table, theirs, and so on; each once.
    pub(super) fn descendants(&self, table: &QName) -> Vec<QName> {
        let mut found: Vec<QName> = Vec::new();
        let mut waiting = vec![table];
        while let Some(next) = waiting.pop() {
            for child in self.of(next) {
                if !found.contains(child) {
                    found.push((*child).clone());
                    waiting.push(child);
                }
            }
        }
        found
    }
}
