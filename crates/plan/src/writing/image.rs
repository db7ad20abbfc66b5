//! Whether two values are the same to the last bit: `IS DISTINCT FROM` takes 1.0 and 1.000 for the same, has no operator for
//! `json`, and is looked for along the search_path (functions-comparisons.html, "Composite Type Comparison").

/// A condition that holds where two expressions are not the same to the last bit.
pub(crate) fn differ(one: &str, other: &str) -> String {
    format!("pg_catalog.record_image_ne(ROW({one}), ROW({other}))")
}
