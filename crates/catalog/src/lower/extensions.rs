//! What well-known extensions bring that statements name: types and relations. Their objects are not part of the
//! model, and a statement that uses them has to be understood all the same.

use super::names::Written;
use crate::{Catalog, Name, QName, model::Extension};

/// Types of extensions.
const TYPES: &[(&str, &[&str])] = &[
    ("address_standardizer", &["stdaddr"]),
    ("citext", &["citext"]),
    ("cube", &["cube"]),
    ("earthdistance", &["earth"]),
    ("h3", &["h3index"]),
    ("hll", &["hll", "hll_hashval"]),
    ("hstore", &["hstore", "ghstore"]),
    ("intarray", &["query_int"]),
    (
        "ip4r",
        &["ip4", "ip4r", "ip6", "ip6r", "ipaddress", "iprange"],
    ),
    (
        "isn",
        &[
            "ean13", "isbn13", "ismn13", "issn13", "isbn", "ismn", "issn", "upc",
        ],
    ),
    ("lo", &["lo"]),
    ("ltree", &["ltree", "lquery", "ltxtquery"]),
    ("pg_bigm", &[]),
    ("pg_trgm", &["gtrgm"]),
    ("pgcrypto", &[]),
    ("pgroonga", &[]),
    (
        "postgis",
        &[
            "geometry",
            "geography",
            "box2d",
            "box2df",
            "box3d",
            "gidx",
            "spheroid",
            "geometry_dump",
            "valid_detail",
        ],
    ),
    (
        "postgis_raster",
        &["raster", "rastbandarg", "reclassarg", "summarystats"],
    ),
    ("postgis_topology", &["topogeometry", "topoelement"]),
    ("prefix", &["prefix_range"]),
    ("seg", &["seg"]),
    ("semver", &["semver"]),
    (
        "tablefunc",
        &[
            "tablefunc_crosstab_2",
            "tablefunc_crosstab_3",
            "tablefunc_crosstab_4",
        ],
    ),
    ("timescaledb", &[]),
    ("timescaledb_toolkit", &[]),
    ("unit", &["unit"]),
    ("uint", &["int1", "uint1", "uint2", "uint4", "uint8"]),
    ("uuid-ossp", &[]),
    ("vector", &["vector", "halfvec", "sparsevec"]),
    ("btree_gin", &[]),
    ("btree_gist", &[]),
    ("pg_stat_statements", &[]),
    ("plpgsql", &[]),
    ("unaccent", &[]),
    ("fuzzystrmatch", &[]),
];

/// Tables and views of extensions.
const RELATIONS: &[(&str, &[&str])] = &[
    (
        "postgis",
        &["spatial_ref_sys", "geometry_columns", "geography_columns"],
    ),
    ("postgis_raster", &["raster_columns", "raster_overviews"]),
    (
        "pg_stat_statements",
        &["pg_stat_statements", "pg_stat_statements_info"],
    ),
    ("pg_cron", &["job", "job_run_details"]),
    ("pg_buffercache", &["pg_buffercache"]),
];

/// The types that an extension is known to bring; `None`: nothing is known of it.
fn types_of(extension: &str) -> Option<&'static [&'static str]> {
    TYPES
        .iter()
        .find(|(name, _)| *name == extension)
        .map(|(_, types)| *types)
}

/// Whether an extension has brought this type. Of an extension that nothing is known of, it may have.
pub(super) fn has_type(catalog: &Catalog, name: &QName) -> bool {
    catalog
        .extensions
        .iter()
        .filter(|(_, extension)| extension.schema == name.schema)
        .any(|(of, extension)| brings(of, extension, &name.name))
}

fn brings(of: &Name, extension: &Extension, name: &Name) -> bool {
    extension.types.contains(name)
        || types_of(of).is_some_and(|types| types.iter().any(|one| *name == *one))
}

/// The schema of an extension that nothing is known of: a type that is nowhere else may be one of its own.
pub(super) fn unknown_source(catalog: &Catalog) -> Option<&Name> {
    catalog
        .extensions
        .iter()
        .find(|(name, extension)| extension.types.is_empty() && types_of(name).is_none())
        .map(|(_, extension)| &extension.schema)
}

/// Whether an extension that is there brings this table or view, or may bring it.
pub(super) fn has_relation(catalog: &Catalog, written: &Written) -> bool {
    let known = RELATIONS.iter().any(|(extension, relations)| {
        catalog.extensions.contains_key(*extension)
            && relations.iter().any(|one| written.name == *one)
    });
    known || unknown_source(catalog).is_some_and(|schema| written.schema.as_ref() == Some(schema))
}
