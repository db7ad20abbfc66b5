//! What the app that runs now knows of the schema, and what of that is there when the statement's transaction has ended.

use segue_catalog::{Catalog, Name, QName, model::TypeKind};

use crate::{Line, Moment, Weight};

/// What has become of a relation that the running app knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stand {
    /// A table or view of its name has all its columns.
    Whole,
    /// A table or view of its name lacks some.
    Without(Vec<Name>),
    /// Nothing has its name.
    Gone,
}

impl<'a> Moment<'a> {
    /// The schema that the app that runs now knows: the one before the first script.
    pub fn known(&self) -> &'a Catalog {
        let mut lines = self.scripts.iter().flat_map(|script| &script.lines);
        lines.next().map_or(&self.line.before, |line| &line.before)
    }

    /// The schema when the statement's transaction has ended; behind the statement where it is in none.
    pub fn settled(&self) -> &'a Catalog {
        let last: Option<&Line> = self.later_in_transaction().last();
        last.map_or(self.after(), |line| &line.after)
    }

    /// The schema behind the statement's script.
    pub fn in_the_end(&self) -> &'a Catalog {
        self.later().last().map_or(self.after(), |line| &line.after)
    }

    /// Whether nothing is known to read or write a table, and its size says nothing else.
    pub(crate) fn seems_unused(&self, table: &QName) -> bool {
        matches!(self.weight(table), Weight::Empty | Weight::Light)
            && !self
                .facts
                .tables
                .get(table)
                .is_some_and(|facts| facts.reads.unwrap_or(0) > 0 || facts.writes.unwrap_or(0) > 0)
    }

    /// What will have become of a table or view that the running app knows; none where it knows no such.
    pub(crate) fn stand(&self, name: &QName, then: &Catalog) -> Option<Stand> {
        let known = columns(self.known(), name)?;
        let now = columns(self.before(), name)?;
        let Some(left) = columns(then, name) else {
            return Some(Stand::Gone);
        };
        let is_lost = |column: &Name| now.contains(column) && !left.contains(column);
        let lost: Vec<Name> = match left.as_slice() {
            [] => Vec::new(),
            _ => known.into_iter().filter(is_lost).collect(),
        };
        Some(if lost.is_empty() {
            Stand::Whole
        } else {
            Stand::Without(lost)
        })
    }
}

/// The columns of a table, view or composite type; an empty list where nobody knows them.
pub(crate) fn columns(catalog: &Catalog, name: &QName) -> Option<Vec<Name>> {
    if let Some(table) = catalog.tables.get(name) {
        let columns = table.columns.iter();
        return Some(columns.map(|column| column.name.clone()).collect());
    }
    if let Some(view) = catalog.views.get(name) {
        return Some(super::view_columns::of(catalog, view));
    }
    match &catalog.types.get(name)?.kind {
        TypeKind::Composite(composite) => {
            let attributes = composite.attributes.iter();
            Some(attributes.map(|attribute| attribute.name.clone()).collect())
        }
        _ => None,
    }
}
