//! What could not be read of a server, and what can therefore not be said: nothing of that is called missing, changed
//! or unexpected.

use segue_catalog::{Difference, Disparity};
use segue_db::Unread;

/// What everything else refers to: without it nothing can be compared.
const FOUNDATIONS: [&str; 11] = [
    "access methods",
    "collations",
    "columns",
    "extensions",
    "objects of extensions",
    "operator classes",
    "relations",
    "roles",
    "schemas",
    "tablespaces",
    "types in use",
];

/// The kinds of objects that are not whole without what could not be read, beyond those that its name says.
const HIDDEN: [(&str, &[&str]); 10] = [
    ("aggregates", &["routine"]),
    ("bounds of partitions", &["table", "constraint", "index"]),
    ("constraints", &["constraint", "domain constraint", "index"]),
    ("dependencies of views and routines", &["view", "routine"]),
    ("foreign tables", &["table", "column"]),
    ("indexes", &["index", "constraint"]),
    (
        "inheritance",
        &["table", "column", "constraint", "index", "trigger"],
    ),
    ("partition keys", &["table", "constraint", "index"]),
    ("routines", &["routine", "trigger"]),
    ("values of enums", &["type"]),
];

/// What a column is called in the names of parts is not always a column.
const NAMES_ONLY: &str = "columns of indexes";

/// Whether a difference may only seem to be one, because of what could not be read.
pub(crate) fn is_hidden(difference: &Difference, unread: &[Unread]) -> bool {
    let of_kind = hides(unread, difference.object.kind());
    match &difference.disparity {
        Disparity::Changed { property, .. } => of_kind || is_named(unread, property),
        Disparity::Missing | Disparity::Extra => of_kind,
    }
}

/// Whether something of objects of this kind could not be read.
pub(crate) fn hides(unread: &[Unread], kind: &str) -> bool {
    let hidden = |unread: &Unread| {
        let what = unread.what.as_str();
        let beyond = HIDDEN.iter().find(|(part, _)| *part == what);
        FOUNDATIONS.contains(&what) || beyond.is_some_and(|(_, kinds)| kinds.contains(&kind))
    };
    unread.iter().any(hidden) || is_named(unread, kind)
}

/// Whether what could not be read is called like this: `policy` and `policies`, `not null` and `constraints`.
fn is_named(unread: &[Unread], word: &str) -> bool {
    let stem = match word {
        // a constraint from PostgreSQL 18 on
        "not null" => "constraint",
        "generated" | "default of column" => "default",
        "identity" => "sequence",
        _ => word.trim_end_matches(['x', 'y', 's']),
    };
    let mut others = unread.iter().filter(|unread| unread.what != NAMES_ONLY);
    others.any(|unread| unread.what.contains(stem))
}
