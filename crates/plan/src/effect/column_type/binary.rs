//! Types whose values are stored alike: casts that do nothing (`pg_cast.castmethod` is `b`; the same in PostgreSQL 14 to 18).

use segue_catalog::DataType;

/// Types that hold the number of an object, and are stored as that.
const OBJECT_NUMBERS: &[&str] = &[
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
];

/// Casts of the server's own that do nothing, from and to.
const SAME: &[(&str, &str)] = &[
    ("bit varying", "bit"),
    ("bit", "bit varying"),
    ("character varying", "character"),
    ("character varying", "text"),
    ("cidr", "inet"),
    ("integer", "oid"),
    ("oid", "integer"),
    ("pg_dependencies", "bytea"),
    ("pg_mcv_list", "bytea"),
    ("pg_ndistinct", "bytea"),
    ("pg_node_tree", "text"),
    ("regoper", "regoperator"),
    ("regoperator", "regoper"),
    ("regproc", "regprocedure"),
    ("regprocedure", "regproc"),
    ("text", "character"),
    ("text", "character varying"),
    ("xml", "character"),
    ("xml", "character varying"),
    ("xml", "text"),
];

/// Casts of the extensions citext and isn that do nothing.
const EXTENSIONS: &[(&str, &str)] = &[
    ("character varying", "citext"),
    ("text", "citext"),
    ("citext", "character"),
    ("citext", "character varying"),
    ("citext", "text"),
    ("isbn13", "ean13"),
    ("isbn13", "isbn"),
    ("isbn", "ean13"),
    ("isbn", "isbn13"),
    ("ismn13", "ean13"),
    ("ismn13", "ismn"),
    ("ismn", "ean13"),
    ("ismn", "ismn13"),
    ("issn13", "ean13"),
    ("issn13", "issn"),
    ("issn", "ean13"),
    ("issn", "issn13"),
    ("upc", "ean13"),
];

/// Whether a value of the one is stored as one of the other.
pub(super) fn same(from: &DataType, to: &DataType) -> bool {
    let pair = (from.name.name.as_str(), to.name.name.as_str());
    let of_server = from.is_builtin() && to.is_builtin();
    if of_server {
        let number = |name| OBJECT_NUMBERS.contains(&name) || name == "oid" || name == "integer";
        let one_is_plain = [pair.0, pair.1]
            .iter()
            .any(|name| matches!(*name, "oid" | "integer"));
        return SAME.contains(&pair) || (one_is_plain && number(pair.0) && number(pair.1));
    }
    EXTENSIONS.contains(&pair)
}

/// What the operators of a type's own class are for: types of one class can share an index.
pub(super) fn operator_class(of: &DataType) -> &str {
    let name = of.name.name.as_str();
    match name {
        "character varying" if of.is_builtin() => "text",
        "cidr" if of.is_builtin() => "inet",
        _ if of.is_builtin() && OBJECT_NUMBERS.contains(&name) => "oid",
        _ => name,
    }
}
