//! Columns that triggers fill where an app does not, until contract.

use segue_catalog::{Catalog, Change, Name, QName, TableChange, model::Enabled};

use super::{Stop, planning::Planning, standing::Filled};
use crate::{Action, Hazard, Served, effect};

impl Planning<'_> {
    /// The statement at hand.
    pub(crate) fn served(&self) -> Served {
        self.served
    }

    /// Notes that a trigger fills a column where an app does not.
    pub(crate) fn fills(&mut self, filled: Filled) {
        self.filled.push(filled);
    }

    /// Whether a trigger fills a column where an app does not.
    pub(crate) fn is_filled(&self, table: &QName, column: &Name) -> bool {
        self.filled.iter().any(|it| it.is(table, column))
    }

    /// Why a table, or a column of it, cannot go in the deploy in which a column of another table is filled from it: only what is
    /// written to that other one fires the trigger that fills.
    pub(crate) fn loses_what_fills(&self, table: &QName, column: Option<&Name>) -> Option<Stop> {
        let reads = |filled: &&Filled| {
            let forth = &filled.trigger.forth;
            let names_it = |name: &Name| effect::mentions(forth, name);
            filled.table != *table && names_it(&table.name) && column.is_none_or(names_it)
        };
        let filled = self.filled.iter().find(reads)?;
        let what = column.map_or_else(|| table.to_string(), |name| format!("{name} of {table}"));
        Some(Stop::Barrier {
            first: filled.served,
            why: format!(
                "what the old app writes to {what} until contract does not come to {} of {}, which is filled from it, and would go with it; `-- segue: sync` before the UPDATE keeps both the same",
                filled.column, filled.table
            ),
        })
    }

    /// Whether a trigger makes a column of others of the same row, as that is written.
    pub(crate) fn is_made_within(&self, table: &QName, column: &Name) -> bool {
        let mut synced = self.synced.iter();
        synced.any(|it| it.is_within && it.table == *table && it.columns.contains(column))
    }

    /// Whether it is the function of such a trigger, which goes before anything that it names.
    pub(crate) fn is_filler(&self, function: &QName) -> bool {
        self.filled.iter().any(|it| it.function == *function)
    }

    /// The trigger that fills a column, which is not known any more from here on.
    pub(crate) fn take_filled(&mut self, table: &QName, column: &Name) -> Option<Filled> {
        let at = self.filled.iter().position(|it| it.is(table, column))?;
        Some(self.filled.remove(at))
    }

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

    /// A trigger of a table that an earlier statement of the deploy has disabled, for people.
    pub(crate) fn disables_trigger(&self, now: &Catalog, table: &QName) -> Option<String> {
        let mut off = None;
        for (line, _) in self.earlier() {
            for change in &line.changes {
                if let Change::Table {
                    table: of,
                    change: TableChange::EnableTrigger { trigger, enabled },
                } = change
                    && of == table
                {
                    off = (*enabled == Enabled::Disabled).then(|| trigger.clone());
                }
            }
        }
        let own = |name: &Name| {
            let known = now.tables.get(table)?;
            let trigger = known.triggers.get(name)?;
            (trigger.enabled == Enabled::Disabled).then(|| format!("trigger {name}"))
        };
        match off? {
            Some(name) => own(&name),
            None => Some("every trigger".to_owned()),
        }
    }

    /// Says of the last step that writes rows what the apps may notice.
    pub(crate) fn remark_on_rows(&mut self, message: String) {
        let mut steps = self.expand.iter_mut().rev();
        if let Some(step) = steps.find(|step| matches!(step.action, Action::Batches(_))) {
            step.hazards.push(Hazard {
                rule: None,
                message,
            });
        }
    }

    /// Whether a trigger fills a column of a table from this one.
    pub(crate) fn feeds(&self, table: &QName, column: &Name) -> bool {
        self.filled.iter().any(|it| it.reads(table, column))
    }
}
