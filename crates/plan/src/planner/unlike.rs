//! What two schemas do not share: most steps change little of a large schema.

use segue_catalog::Catalog;

/// A schema without the objects that another one shares with it, since they are the same.
pub(super) fn unlike(catalog: &Catalog, other: &Catalog) -> Catalog {
    Catalog {
        major: catalog.major,
        schemas: catalog.schemas.unlike(&other.schemas),
        extensions: catalog.extensions.unlike(&other.extensions),
        types: catalog.types.unlike(&other.types),
        sequences: catalog.sequences.unlike(&other.sequences),
        tables: catalog.tables.unlike(&other.tables).into(),
        indexes: catalog.indexes.unlike(&other.indexes),
        views: catalog.views.unlike(&other.views),
        routines: catalog.routines.unlike(&other.routines),
        statistics: catalog.statistics.unlike(&other.statistics),
        publications: catalog.publications.unlike(&other.publications),
        default_privileges: catalog.default_privileges.clone(),
        opaque: catalog.opaque.unlike(&other.opaque),
    }
}
