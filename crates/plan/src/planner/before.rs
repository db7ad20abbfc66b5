//! What was there before the deploy, under the names that there are until contract.

use segue_catalog::{Name, QName};

use super::planning::Planning;

impl Planning<'_> {
    /// Whether a trigger of a table was there before the deploy.
    pub(crate) fn is_of_before(&self, table: &QName, trigger: &Name) -> bool {
        let known = self.known.tables.get(table);
        known.is_some_and(|known| known.triggers.contains_key(trigger))
    }

    /// Whether a column of a table, as it is called until contract, was there before the deploy.
    pub(crate) fn has_before(&self, table: &QName, column: &Name) -> bool {
        let known = self.known.tables.get(table);
        known.is_some_and(|known| known.column(column).is_some())
    }

    /// Whether a column took no NULL before the deploy.
    pub(crate) fn was_not_null(&self, table: &QName, column: &Name) -> bool {
        let known = self.known.tables.get(table);
        let column = known.and_then(|known| known.column(column));
        column.is_some_and(|column| column.not_null.is_some())
    }
}
