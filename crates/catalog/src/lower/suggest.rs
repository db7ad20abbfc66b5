//! Which name may have been meant by one that is not there.

use super::{Context, names::Written};
use crate::QName;

/// The name of these that is closest to the one written, if it is close enough to be a slip.
pub(crate) fn closest<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (written.chars().count() / 3).clamp(1, 3);
    names
        .map(|name| (distance(written, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// The relation that may have been meant: one of the same name elsewhere, or one with nearly the same name.
pub(super) fn relation(context: &Context<'_>, written: &Written) -> Option<String> {
    let catalog = &context.catalog;
    let names = || {
        let tables = catalog.tables.keys().chain(catalog.views.keys());
        tables
            .chain(catalog.indexes.keys())
            .chain(catalog.sequences.keys())
    };
    choose(written, names)
}

/// The type that may have been meant.
pub(super) fn type_name(context: &Context<'_>, written: &Written) -> Option<String> {
    let catalog = &context.catalog;
    choose(written, || catalog.types.keys()).or_else(|| {
        let builtin = super::builtin_types::names();
        closest(&written.name, builtin).map(str::to_owned)
    })
}

fn choose<'a, I: Iterator<Item = &'a QName>>(
    written: &Written,
    names: impl Fn() -> I,
) -> Option<String> {
    if let Some(elsewhere) = names().find(|name| name.name == written.name) {
        return Some(elsewhere.to_string());
    }
    let in_scope = names().filter(|name| {
        written
            .schema
            .as_ref()
            .is_none_or(|schema| *schema == name.schema)
    });
    let meant = closest(&written.name, in_scope.map(|name| name.name.as_str()))?.to_owned();
    let found = names().find(|name| name.name == *meant)?;
    Some(found.to_string())
}

/// Levenshtein's distance.
fn distance(first: &str, second: &str) -> usize {
    let second: Vec<char> = second.chars().collect();
    let mut row: Vec<usize> = (0..=second.len()).collect();
    for (line, one) in first.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in second.iter().enumerate() {
            let substituted = diagonal + usize::from(one != *other);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[second.len()]
}
