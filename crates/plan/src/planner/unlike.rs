//! What two schemas do not share: most steps change little of a large schema.

use std::sync::Arc;

use segue_catalog::{Catalog, Map};

/// A schema without the objects that another one shares with it, since they are the same.
pub(super) fn unlike(catalog: &Catalog, other: &Catalog) -> Catalog {
    Catalog {
        major: catalog.major,
        schemas: own(&catalog.schemas, &other.schemas),
        extensions: own(&catalog.extensions, &other.extensions),
        types: own(&catalog.types, &other.types),
        sequences: own(&catalog.sequences, &other.sequences),
        tables: own(&catalog.tables, &other.tables).into(),
        indexes: own(&catalog.indexes, &other.indexes),
        views: own(&catalog.views, &other.views),
        routines: own(&catalog.routines, &other.routines),
        statistics: own(&catalog.statistics, &other.statistics),
        publications: own(&catalog.publications, &other.publications),
        default_privileges: catalog.default_privileges.clone(),
        opaque: own(&catalog.opaque, &other.opaque),
    }
}

/// Both are gone through side by side: schemas are large, and they differ in little.
fn own<K: Ord + Clone, V>(map: &Map<K, Arc<V>>, other: &Map<K, Arc<V>>) -> Map<K, Arc<V>> {
    if map.is_shared_with(other) {
        return Map::new();
    }
    let mut own = Map::new();
    let mut others = other.iter().peekable();
    for (key, value) in map.iter() {
        while others.next_if(|(known, _)| *known < key).is_some() {}
        let shared = others
            .peek()
            .is_some_and(|(known, same)| *known == key && Arc::ptr_eq(same, value));
        if !shared {
            own.insert(key.clone(), Arc::clone(value));
        }
    }
    own
}
