//! The server's functions whose arguments leave no choice: which casts it adds to what they are given, and what they
//! give (`pg_proc.dat`). Only those are here of which no other of the same name takes as many arguments of a
//! different kind.

use super::{
    casts,
    context::Side,
    inference,
    tree::{Head, Tree},
};
use crate::DataType;

/// Name, types of the arguments (`*`: whatever it is), type of the result (empty: that of the argument).
type Signature = (&'static str, &'static [&'static str], &'static str);

const TEXT: &str = "text";

/// A text where the argument is one; functions of the same name take what is no text.
const MAYBE_TEXT: &str = "~text";

const SIGNATURES: &[Signature] = &[
    ("lower", &[TEXT], TEXT),
    ("upper", &[TEXT], TEXT),
    ("length", &[MAYBE_TEXT], "integer"),
    ("octet_length", &[MAYBE_TEXT], "integer"),
    ("md5", &[MAYBE_TEXT], TEXT),
    ("position", &[MAYBE_TEXT, MAYBE_TEXT], "integer"),
    ("substring", &[MAYBE_TEXT, "integer"], MAYBE_TEXT),
    ("substring", &[MAYBE_TEXT, "integer", "integer"], MAYBE_TEXT),
    ("substr", &[MAYBE_TEXT, "integer"], MAYBE_TEXT),
    ("substr", &[MAYBE_TEXT, "integer", "integer"], MAYBE_TEXT),
    ("overlay", &[MAYBE_TEXT, MAYBE_TEXT, "integer"], MAYBE_TEXT),
    (
        "overlay",
        &[MAYBE_TEXT, MAYBE_TEXT, "integer", "integer"],
        MAYBE_TEXT,
    ),
    ("like_escape", &[TEXT, TEXT], TEXT),
    ("similar_to_escape", &[TEXT], TEXT),
    ("similar_to_escape", &[TEXT, TEXT], TEXT),
    ("initcap", &[TEXT], TEXT),
    ("char_length", &[TEXT], "integer"),
    ("character_length", &[TEXT], "integer"),
    ("btrim", &[TEXT], TEXT),
    ("btrim", &[TEXT, TEXT], TEXT),
    ("ltrim", &[TEXT], TEXT),
    ("ltrim", &[TEXT, TEXT], TEXT),
    ("rtrim", &[TEXT], TEXT),
    ("rtrim", &[TEXT, TEXT], TEXT),
    ("replace", &[TEXT, TEXT, TEXT], TEXT),
    ("split_part", &[TEXT, TEXT, "integer"], TEXT),
    ("strpos", &[TEXT, TEXT], "integer"),
    ("starts_with", &[TEXT, TEXT], "boolean"),
    ("left", &[TEXT, "integer"], TEXT),
    ("right", &[TEXT, "integer"], TEXT),
    ("repeat", &[TEXT, "integer"], TEXT),
    ("reverse", &[TEXT], TEXT),
    ("translate", &[TEXT, TEXT, TEXT], TEXT),
    ("ascii", &[TEXT], "integer"),
    ("regexp_replace", &[TEXT, TEXT, TEXT], TEXT),
    ("to_tsvector", &["regconfig", "*"], "tsvector"),
    ("to_tsquery", &["regconfig", TEXT], "tsquery"),
    ("plainto_tsquery", &["regconfig", TEXT], "tsquery"),
    ("nextval", &["regclass"], "bigint"),
    ("currval", &["regclass"], "bigint"),
    ("date_trunc", &[TEXT, "*"], ""),
    ("date_part", &[TEXT, "*"], "double precision"),
    ("extract", &[TEXT, "*"], "numeric"),
    ("timezone", &["*", "*"], ""),
    ("at time zone", &["*", "*"], ""),
    ("current_setting", &[TEXT], TEXT),
    ("current_setting", &[TEXT, "boolean"], TEXT),
    ("jsonb_typeof", &["jsonb"], TEXT),
    ("json_typeof", &["json"], TEXT),
    ("jsonb_array_length", &["jsonb"], "integer"),
    ("array_length", &["*", "integer"], "integer"),
    ("cardinality", &["*"], "integer"),
    ("now", &[], "timestamp with time zone"),
    ("statement_timestamp", &[], "timestamp with time zone"),
    ("transaction_timestamp", &[], "timestamp with time zone"),
    ("clock_timestamp", &[], "timestamp with time zone"),
    ("timeofday", &[], TEXT),
    ("gen_random_uuid", &[], "uuid"),
    ("random", &[], "double precision"),
];

/// Functions of a document and any number of texts, its path.
pub(super) const SPREAD: &[&str] = &[
    "json_extract_path",
    "json_extract_path_text",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
];

/// Calls that the grammar makes itself, whose arguments become of one type.
const OF_ONE_TYPE: &[&str] = &["coalesce", "greatest", "least"];

fn signature(tree: &Tree) -> Option<&'static Signature> {
    let name = tree.called()?;
    SIGNATURES
        .iter()
        .find(|(called, arguments, _)| *called == name && arguments.len() == tree.parts.len())
}

/// The type that a call gives.
pub(super) fn result(tree: &Tree, side: &Side<'_>) -> Option<DataType> {
    let name = tree.called()?;
    if OF_ONE_TYPE.contains(&name) {
        return inference::common(tree.parts.iter(), side);
    }
    if name == "nullif" {
        return inference::type_of(tree.parts.first()?, side);
    }
    if name == "concat" || name == "concat_ws" {
        return (!is_shadowed(name, side)).then(|| DataType::builtin(TEXT));
    }
    if is_shadowed(name, side) {
        return None;
    }
    if SPREAD.contains(&name) && name.ends_with("_text") {
        return Some(DataType::builtin(TEXT));
    }
    let (_, _, result) = signature(tree)?;
    if *result == MAYBE_TEXT {
        let first = tree.parts.first()?;
        let given = inference::type_of(first, side);
        let is_text = given.map_or(first.is_open(), |given| {
            given.is(TEXT) || given.is("character varying")
        });
        return is_text.then(|| DataType::builtin(TEXT));
    }
    (!result.is_empty()).then(|| DataType::builtin(result))
}

/// Whether the user has a function of this name, which may be the one that is meant.
fn is_shadowed(name: &str, side: &Side<'_>) -> bool {
    let mut ids = side.catalog.routines.keys();
    ids.any(|id| id.name.name == *name)
}

/// Casts arguments as the server does.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    let Head::Call(_) = &tree.head else { return };
    let Some(name) = tree.called().map(str::to_owned) else {
        return;
    };
    if OF_ONE_TYPE.contains(&name.as_str()) {
        casts::alike(&mut tree.parts, side);
    } else if name == "nullif" {
        casts::compared(&mut tree.parts, side);
    } else if matches!(&*name, "timezone" | "at time zone") && tree.parts.len() == 2 {
        // the zone is a text or an interval; an open one is a text
        casts::open_to(&mut tree.parts[0], TEXT);
    } else if SPREAD.contains(&name.as_str()) && !is_shadowed(&name, side) {
        for argument in tree.parts.iter_mut().skip(1) {
            casts::argument(argument, TEXT, side);
        }
    } else if !is_shadowed(&name, side)
        && let Some((_, types, _)) = signature(tree)
    {
        for (argument, wanted) in tree.parts.iter_mut().zip(*types) {
            if *wanted != "*" {
                casts::argument(argument, wanted, side);
            }
        }
    }
}

/// Whether a function of the server's is known to have this name.
pub(super) fn is_servers(name: &str) -> bool {
    SIGNATURES.iter().any(|(called, ..)| *called == name) || OF_ONE_TYPE.contains(&name)
}
