//! The server's own types: `pg_type.typname` to what `format_type` prints (`format_type.c`).

/// Types that `format_type` prints under another name than their own.
const RENAMED: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("time", "time without time zone"),
    ("timestamp", "timestamp without time zone"),
    ("timestamptz", "timestamp with time zone"),
    ("timetz", "time with time zone"),
    ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

/// Words that the grammar takes for types wherever they stand unquoted and without a schema (`gram.y`, `Numeric`).
const KEYWORDS: &[(&str, &str)] = &[
    ("bigint", "bigint"),
    ("boolean", "boolean"),
    ("dec", "numeric"),
    ("decimal", "numeric"),
    ("float", "double precision"),
    ("int", "integer"),
    ("integer", "integer"),
    ("json", "json"),
    ("numeric", "numeric"),
    ("real", "real"),
    ("smallint", "smallint"),
];

/// All others, pseudo-types included.
const PLAIN: &[&str] = &[
    "aclitem",
    "any",
    "anyarray",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblemultirange",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anyelement",
    "anyenum",
    "anymultirange",
    "anynonarray",
    "anyrange",
    "bit",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "fdw_handler",
    "gtsvector",
    "index_am_handler",
    "inet",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "language_handler",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_ddl_command",
    "pg_dependencies",
    "pg_lsn",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "table_am_handler",
    "text",
    "tid",
    "trigger",
    "tsm_handler",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// The type that the grammar itself makes of an unquoted word.
pub(crate) fn keyword(word: &str) -> Option<&'static str> {
    KEYWORDS
        .iter()
        .find(|(written, _)| *written == word)
        .map(|(_, printed)| *printed)
}

/// The name that `format_type` prints for one in `pg_type`.
pub(crate) fn printed(typname: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().find(|(stored, _)| *stored == typname);
    let plain = || PLAIN.iter().find(|name| **name == typname).copied();
    renamed.map(|(_, printed)| *printed).or_else(plain)
}

/// All names that a column's type can be written with.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let keywords = KEYWORDS.iter().map(|(written, _)| *written);
    let renamed = RENAMED.iter().map(|(written, _)| *written);
    keywords.chain(renamed).chain(PLAIN.iter().copied())
}
