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

fn own<K: Ord + Clone, V>(map: &Map<K, Arc<V>>, other: &Map<K, Arc<V>>) -> Map<K, Arc<V>> {
    if map.is_shared_with(other) {
        return Map::new();
    }
    let mut own = Map::new();
    for (key, value) in map.iter() {
        let shared = other.get(key);
        if !shared.is_some_and(|shared| Arc::ptr_eq(shared, value)) {
            own.insert(key.clone(), Arc::clone(value));
        }
    }
    own
}
