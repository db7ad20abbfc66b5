//! Names for what is there between expand and contract only: none that is taken, and none that the server would cut.

use segue_catalog::{Catalog, LONGEST_NAME, Name, QName};

/// A name for a relation in the schema of another one.
pub(crate) fn free_relation(
    catalog: &Catalog,
    beside: &QName,
    parts: &[&str],
    taken: &[&QName],
) -> QName {
    let name = free(parts, |name| {
        let name = beside.sibling(name.clone());
        catalog.relation(&name).is_some() || taken.contains(&&name)
    });
    beside.sibling(name)
}

/// A name in schema `segue` for what a migration's statement changes, which none of these has.
pub(crate) fn free_kept(migration: &str, statement: usize, taken: &[QName]) -> QName {
    let (front, number) = (format!("kept_{migration}"), (statement + 1).to_string());
    let of = |name: Name| QName::new(Name::stored("segue"), name);
    of(free(&[&front, &number], |name| {
        taken.contains(&of(name.clone()))
    }))
}

/// A name for a function in the schema of a relation; one character is left for a sign in front of it.
pub(crate) fn free_function(catalog: &Catalog, beside: &QName, parts: &[&str]) -> QName {
    let is_taken = |name: &Name| {
        let name = beside.sibling(name.clone());
        catalog.routines.keys().any(|id| id.name == name)
    };
    beside.sibling(free_within(parts, LONGEST_NAME - 1, is_taken))
}

/// A name for a constraint of a table.
pub(crate) fn free_constraint(
    catalog: &Catalog,
    table: &QName,
    parts: &[&str],
    taken: &[Name],
) -> Name {
    let table = catalog.tables.get(table);
    free(parts, |name| {
        taken.contains(name) || table.is_some_and(|table| table.constraints.contains_key(name))
    })
}

/// A name for a column of a table.
pub(crate) fn free_column(catalog: &Catalog, table: &QName, parts: &[&str]) -> Name {
    let table = catalog.tables.get(table);
    free(parts, |name| {
        table.is_some_and(|table| table.column(name).is_some())
    })
}

/// The parts, joined; the first of them is cut where all together are too long, and a number makes it one that is free.
fn free(parts: &[&str], is_taken: impl Fn(&Name) -> bool) -> Name {
    free_within(parts, LONGEST_NAME, is_taken)
}

/// The same, of so many bytes at most.
fn free_within(parts: &[&str], longest: usize, is_taken: impl Fn(&Name) -> bool) -> Name {
    let plain = std::iter::once(joined(parts, "", longest));
    let numbered = (2_u32..).map(|number| joined(parts, &number.to_string(), longest));
    let mut names = plain.chain(numbered);
    names
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| joined(parts, "", longest))
}

/// Behind the first part, which is cut, as many of the rest's first bytes stay as there is room for.
fn joined(parts: &[&str], number: &str, longest: usize) -> Name {
    let Some((first, rest)) = parts.split_first() else {
        return Name::stored(number);
    };
    let mut behind: String = rest.iter().map(|part| format!("_{part}")).collect();
    // a number tells names apart, and must not be what is cut
    behind.truncate(floor(&behind, longest.saturating_sub(number.len())));
    behind.push_str(number);
    let end = floor(first, longest.saturating_sub(behind.len()));
    Name::quoted(&format!("{}{behind}", &first[..end]))
}

/// The last place up to there at which a text can be cut.
fn floor(text: &str, most: usize) -> usize {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_in_front() {
        let long = "x".repeat(70);
        let name = free(&[&long, "segue"], |_| false);
        assert_eq!(name.as_str().len(), LONGEST_NAME);
        assert!(name.as_str().ends_with("_segue"));
        let taken = name.clone();
        let other = free(&[&long, "segue"], |name| *name == taken);
        assert!(other.as_str().ends_with("_segue2"));
        let parts = ["segue_sync", &long, "column"];
        let one = free_within(&parts, LONGEST_NAME - 1, |_| false);
        let other = free_within(&parts, LONGEST_NAME - 1, |name| *name == one);
        assert_eq!(other.as_str().len(), LONGEST_NAME - 1);
        assert_ne!(one, other);
    }
}
