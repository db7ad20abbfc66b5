//! Unique values that rows had before: where an app has given one to another row by now, the row stays as it is.

use segue_catalog::{Catalog, Name, QName};

use super::{KEPT, ROW, conjunction, key::unique_columns};
use crate::writing::image::differ;

/// A row that has the value by now.
const OTHER: &str = "segue_other";
/// What is kept of that row, if it was changed too: it gets its own value back.
const ALONG: &str = "segue_along";

/// That no other row has the unique values that a row gets back, for each key of which one of these columns is a part; `key` is what
/// rows are known by.
pub(super) fn still_free(
    schema: &Catalog,
    of: &QName,
    (key, columns): (&[Name], &[Name]),
    kept: &QName,
) -> Vec<String> {
    let primary = schema.tables.get(of).into_iter();
    let primary = primary.map(|own| own.primary_key().to_vec());
    let all: Vec<Vec<Name>> = primary.chain(unique_columns(schema, of)).collect();
    let number = |name: &Name| columns.iter().position(|own| own == name);
    let changed = |unique: &&Vec<Name>| unique.iter().any(|name| number(name).is_some());
    let listed = |names: &[Name], alias: &str| {
        let all: Vec<String> = names.iter().map(|own| format!("{alias}.{own}")).collect();
        all.join(", ")
    };
    let new: Vec<String> = (1..=columns.len())
        .map(|number| format!("{ALONG}.n{number}"))
        .collect();
    let places = key.iter().enumerate();
    let along = conjunction(places.map(|(at, own)| format!("{ALONG}.k{} = {OTHER}.{own}", at + 1)));
    let moves = differ(&listed(columns, OTHER), &new.join(", "));
    let goes_back = format!("EXISTS (SELECT FROM {kept} AS {ALONG} WHERE {along} AND NOT {moves})");
    let is_other = differ(&listed(key, OTHER), &listed(key, ROW));
    let free = all.iter().filter(changed).map(|unique| {
        let same = conjunction(unique.iter().map(|own| match number(own) {
            Some(at) => format!("{OTHER}.{own} = {KEPT}.o{}", at + 1),
            None => format!("{OTHER}.{own} = {ROW}.{own}"),
        }));
        format!(
            "NOT EXISTS (SELECT FROM {of} AS {OTHER} WHERE {same} AND {is_other} AND NOT {goes_back})"
        )
    });
    free.collect()
}
