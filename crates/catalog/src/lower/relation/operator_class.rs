//! Which operator class is the default of a type for an index method (`pg_opclass.dat`): a class that is the
//! default says nothing, and the server does not print it either.

use super::super::{Context, names::Written};
use crate::{DataType, Name, QName, model::TypeKind};

/// Types and the stem of their class: `int4` + `_ops`.
const STEMS: &[(&str, &str)] = &[
    ("\"char\"", "char"),
    ("bigint", "int8"),
    ("bit", "bit"),
    ("bit varying", "varbit"),
    ("boolean", "bool"),
    ("bpchar", "bpchar"),
    ("bytea", "bytea"),
    ("char", "char"),
    ("character", "bpchar"),
    ("character varying", "text"),
    ("cidr", "inet"),
    ("date", "date"),
    ("double precision", "float8"),
    ("inet", "inet"),
    ("integer", "int4"),
    ("interval", "interval"),
    ("jsonb", "jsonb"),
    ("macaddr", "macaddr"),
    ("macaddr8", "macaddr8"),
    ("money", "money"),
    ("name", "name"),
    ("numeric", "numeric"),
    ("oid", "oid"),
    ("pg_lsn", "pg_lsn"),
    ("real", "float4"),
    ("smallint", "int2"),
    ("text", "text"),
    ("time with time zone", "timetz"),
    ("time without time zone", "time"),
    ("timestamp with time zone", "timestamptz"),
    ("timestamp without time zone", "timestamp"),
    ("tsquery", "tsquery"),
    ("tsvector", "tsvector"),
    ("uuid", "uuid"),
    ("xid8", "xid8"),
];

/// Geometric types and their classes.
const GEOMETRIC: &[(&str, &str, &str)] = &[
    ("gist", "point", "point_ops"),
    ("gist", "box", "box_ops"),
    ("gist", "polygon", "poly_ops"),
    ("gist", "circle", "circle_ops"),
    ("spgist", "point", "quad_point_ops"),
    ("spgist", "box", "box_ops"),
    ("spgist", "polygon", "poly_ops"),
    ("brin", "box", "box_inclusion_ops"),
];

/// Classes that are the default of a type of an extension.
const OF_EXTENSIONS: &[(&str, &str, &str)] = &[
    ("btree", "citext", "citext_ops"),
    ("hash", "citext", "citext_ops"),
    ("btree", "ltree", "ltree_ops"),
    ("hash", "ltree", "hash_ltree_ops"),
    ("gist", "ltree", "gist_ltree_ops"),
    ("btree", "hstore", "btree_hstore_ops"),
    ("hash", "hstore", "hash_hstore_ops"),
    ("gist", "hstore", "gist_hstore_ops"),
    ("gin", "hstore", "gin_hstore_ops"),
    ("btree", "cube", "cube_ops"),
    ("gist", "cube", "gist_cube_ops"),
    ("btree", "vector", "vector_ops"),
    ("ivfflat", "vector", "vector_l2_ops"),
    ("btree", "halfvec", "halfvec_ops"),
    ("btree", "sparsevec", "sparsevec_ops"),
    ("btree", "geometry", "btree_geometry_ops"),
    ("hash", "geometry", "hash_geometry_ops"),
    ("gist", "geometry", "gist_geometry_ops_2d"),
    ("spgist", "geometry", "spgist_geometry_ops_2d"),
    ("brin", "geometry", "brin_geometry_inclusion_ops_2d"),
    ("btree", "geography", "btree_geography_ops"),
    ("gist", "geography", "gist_geography_ops"),
    ("brin", "geography", "brin_geography_inclusion_ops"),
];

/// Whether the class is the default of the type. Of a type that is not known it is taken for one.
pub(super) fn is_default(
    context: &Context<'_>,
    method: &Name,
    data_type: &DataType,
    class: &Name,
) -> bool {
    if data_type.is("unknown") {
        return is_default_of_some_type(class);
    }
    let data_type = base_of(context, data_type);
    default(context, method, &data_type).is_some_and(|name| name == class.as_str())
}

/// Whether the class is the default of some type, which is all that can be told of an expression.
pub(super) fn is_default_of_some_type(class: &Name) -> bool {
    let stems = || STEMS.iter().map(|(_, stem)| *stem);
    stems().any(|stem| {
        let prefix = class.strip_suffix("_ops");
        let minmax = class.strip_suffix("_minmax_ops");
        prefix == Some(stem) || minmax == Some(stem)
    }) || [
        "array_ops",
        "enum_ops",
        "range_ops",
        "multirange_ops",
        "record_ops",
    ]
    .iter()
    .any(|one| *class == *one)
}

/// A domain's indexes are those of what it restricts.
fn base_of(context: &Context<'_>, data_type: &DataType) -> DataType {
    let found = context.catalog.types.get(&data_type.name);
    match found.map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) if !data_type.array => base_of(context, &domain.base),
        _ => data_type.clone(),
    }
}

fn default(context: &Context<'_>, method: &Name, data_type: &DataType) -> Option<String> {
    let method = method.as_str();
    if data_type.array {
        return matches!(method, "btree" | "hash" | "gin").then(|| "array_ops".to_owned());
    }
    if !data_type.is_builtin() {
        return of_user_type(context, method, &data_type.name);
    }
    let name = data_type.name.name.as_str();
    if name.ends_with("multirange") {
        return matches!(method, "btree" | "hash" | "gist").then(|| "multirange_ops".to_owned());
    }
    if name.ends_with("range") {
        return Some(
            if method == "brin" {
                "range_inclusion_ops"
            } else {
                "range_ops"
            }
            .to_owned(),
        );
    }
    if let Some((.., class)) = GEOMETRIC
        .iter()
        .find(|(of, ty, _)| *of == method && *ty == name)
    {
        return Some((*class).to_owned());
    }
    let (_, stem) = STEMS.iter().find(|(ty, _)| *ty == name)?;
    match method {
        "btree" | "hash" => Some(format!("{stem}_ops")),
        "brin" if *stem == "inet" => Some("inet_inclusion_ops".to_owned()),
        "brin" => Some(format!("{stem}_minmax_ops")),
        "gin" => match name {
            "jsonb" | "tsvector" => Some(format!("{stem}_ops")),
            // btree_gin
            _ => Some(format!("{stem}_ops")),
        },
        "gist" => match name {
            "tsvector" | "tsquery" => Some(format!("{stem}_ops")),
            // btree_gist
            _ => Some(format!("gist_{stem}_ops")),
        },
        "spgist" => matches!(*stem, "text" | "inet").then(|| format!("{stem}_ops")),
        _ => None,
    }
}

fn of_user_type(context: &Context<'_>, method: &str, name: &QName) -> Option<String> {
    let plain = matches!(method, "btree" | "hash");
    match context.catalog.types.get(name).map(|found| &found.kind) {
        Some(TypeKind::Enum(_)) if plain => Some("enum_ops".to_owned()),
        Some(TypeKind::Enum(_)) if method == "gin" => Some("enum_ops".to_owned()),
        Some(TypeKind::Enum(_)) if method == "gist" => Some("gist_enum_ops".to_owned()),
        Some(TypeKind::Range(_)) => Some("range_ops".to_owned()),
        Some(TypeKind::Composite(_)) if plain => Some("record_ops".to_owned()),
        _ => OF_EXTENSIONS
            .iter()
            .find(|(of, ty, _)| *of == method && name.name == *ty)
            .map(|(.., class)| (*class).to_owned()),
    }
}

/// The schema of a class: the one that is written, `pg_catalog` for the server's own, else that of the extension
/// which brings it.
pub(super) fn resolve(context: &Context<'_>, written: &Written) -> QName {
    if let Some(schema) = &written.schema {
        return QName::new(schema.clone(), written.name.clone());
    }
    let of_extension = |extension: &str| {
        let found = context.catalog.extensions.get(extension);
        found.map(|extension| extension.schema.clone())
    };
    let class = written.name.as_str();
    let extension = match class {
        "gin_trgm_ops" | "gist_trgm_ops" => "pg_trgm",
        "gin_hstore_ops" | "gist_hstore_ops" | "btree_hstore_ops" | "hash_hstore_ops" => "hstore",
        "gist__int_ops" | "gist__intbig_ops" | "gin__int_ops" => "intarray",
        _ if class.contains("ltree") => "ltree",
        _ if class.contains("geometry") || class.contains("geography") => "postgis",
        _ if class.starts_with("vector_")
            || class.starts_with("halfvec_")
            || class.starts_with("sparsevec_") =>
        {
            "vector"
        }
        _ => "",
    };
    let schema = of_extension(extension).or_else(|| user_made(context, class));
    QName::new(
        schema.unwrap_or_else(|| Name::stored("pg_catalog")),
        written.name.clone(),
    )
}

/// The schema of a class that the user has made.
fn user_made(context: &Context<'_>, class: &str) -> Option<Name> {
    let path = context.search_path();
    path.into_iter().find(|schema| {
        let start = format!("{}.{} ", schema, Name::stored(class));
        let mut opaque = context.catalog.opaque.keys();
        opaque.any(|id| id.kind == "operator class" && id.identity.starts_with(&start))
    })
}
