//! Rows of a table that several others become one in, and that are of none of those: only the new app knows them, and going back
//! would lose them with the table.

use std::collections::BTreeSet;

use segue_catalog::QName;

use super::{hindrance, planning::Planning};
use crate::{Hindrance, Served};

impl Planning<'_> {
    /// What keeps such tables from going, each with the last statement that brings rows to it.
    pub(super) fn unpaired(&self) -> Vec<(Served, Hindrance)> {
        let whole = self.synced.iter().filter(|synced| synced.is_whole);
        let tables: BTreeSet<_> = whole.clone().map(|synced| &synced.table).collect();
        let of_table = |table: &QName| {
            let brought = whole.clone().filter(|synced| synced.table == *table);
            let last = brought.clone().next_back()?.served;
            let marks: Option<Vec<String>> = brought
                .map(|synced| Some(format!("({}) IS NOT TRUE", synced.marks.as_ref()?)))
                .collect();
            let what =
                format!("a row of {table} is of none of the tables that it comes in the place of");
            let rows = hindrance::rows(&self.now, table, &marks?.join(" AND "));
            Some((last, Hindrance::new(what, rows)))
        };
        tables.into_iter().filter_map(of_table).collect()
    }
}
