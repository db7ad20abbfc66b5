//! The recipes: how a change is made while the app runs. One per file, each listed here once, in the order in which they
//! are asked.

use segue_catalog::{
    Change, Name, QName, TableChange,
    model::{Constraint, Enabled, Table, Trigger, TriggerTiming},
};

use crate::{
    Moment,
    planner::{Planning, Stop},
    writing::is_of_segue,
};

mod as_written;

pub(crate) use as_written::{follow as as_written, with as as_written_with};
pub(crate) use change_type::{NewType, behind_new_type};
pub(crate) use rename_column::indexed;
pub(crate) use rename_table::grown;
use sync_tables::left_behind;

/// How a change is made while the app runs.
pub struct Recipe {
    /// The name of its file.
    pub name: &'static str,
    /// What it is for, in one line.
    pub title: &'static str,
    /// Follows it, if the statement is one that it is for.
    pub(crate) follow: fn(&Moment<'_>, &mut Planning<'_>) -> Result<bool, Stop>,
}

/// Lists the files, each of which has its `RECIPE`.
macro_rules! recipes {
    ($($file:ident),* $(,)?) => {
        $(mod $file;)*

        /// All recipes, in the order in which they are asked.
        pub static RECIPES: &[&Recipe] = &[$(&$file::RECIPE),*];

        /// The names of the files that are listed.
        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),*];
    };
}

recipes![
    sync_tables,
    copy_rows,
    create_like,
    rows,
    create_index,
    drop_index,
    add_column,
    drop_column,
    rename_column,
    rename_table,
    set_not_null,
    drop_default,
    identity,
    drop_expression,
    mirrored_default,
    add_check_or_foreign_key,
    add_unique,
    drop_constraint,
    change_type,
    disable_trigger,
    drop_object,
    rename_object,
    partitions,
    maintenance,
];

/// Whether a new type, as it is written, writes all rows of a table in use anew, and fails where one does not fit.
pub(crate) fn rewrites(moment: &Moment<'_>) -> bool {
    let changes_type = |(table, change): (&QName, &TableChange)| {
        matches!(change, TableChange::SetType { .. }) && moment.is_heavy(table)
    };
    moment.table_changes().any(changes_type) && change_type::needs_a_column(moment.effect())
}

/// Builds beforehand what comes in the place of something of the same name that is to go in contract.
pub(crate) fn in_place_of(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    planning.recipe = create_index::RECIPE.name;
    if create_index::in_place_of(moment, planning)? {
        return Ok(true);
    }
    planning.recipe = add_unique::RECIPE.name;
    add_unique::in_place_of(moment, planning)
}

/// The constraint that a change adds to a table, not one that an index of the user's becomes.
pub(crate) fn added_constraint(change: &Change) -> Option<(&QName, &Name, &Constraint)> {
    match change {
        Change::Table {
            table,
            change:
                TableChange::AddConstraint {
                    name,
                    constraint,
                    using_index: None,
                },
        } => Some((table, name, constraint)),
        _ => None,
    }
}

/// The constraint of a table that a change drops.
pub(crate) fn dropped_constraint(change: &Change) -> Option<(&QName, &Name)> {
    match change {
        Change::Table {
            table,
            change: TableChange::DropConstraint { name, .. },
        } => Some((table, name)),
        _ => None,
    }
}

/// A table as the statements leave it, with the user's triggers that they have dropped or disabled, and that fire until contract.
fn with_triggers_for_now(planning: &Planning<'_>, name: &QName, said: &Table) -> Table {
    let mut table = said.clone();
    let now = planning.schema().tables.get(&planning.table_for_now(name));
    let triggers = now.into_iter().flat_map(|now| &now.triggers);
    for (name, trigger) in triggers.filter(|(name, _)| !is_of_segue(name)) {
        let there = table.triggers.entry(name.clone());
        let there = there.or_insert_with(|| trigger.clone());
        if trigger.enabled != Enabled::Disabled {
            there.enabled = trigger.enabled;
        }
    }
    table
}

/// Whether triggers of the user's change rows on their way to the table.
fn changes_rows(table: &Table) -> bool {
    rows_triggers(table).any(|(_, trigger)| trigger.events.update)
}

/// The user's triggers that may change rows as they are written.
fn rows_triggers(table: &Table) -> impl Iterator<Item = (&Name, &Trigger)> {
    table.triggers.iter().filter(|(_, trigger)| {
        trigger.for_each_row
            && trigger.timing == TriggerTiming::Before
            && (trigger.events.update || trigger.events.insert)
            && trigger.enabled != Enabled::Disabled
    })
}

/// Whether one of them fires before or behind every name that ours can have, which begin with `!` and `~`: triggers fire in
/// the order of their names, by their bytes (trigger-definition.html).
fn cannot_be_around(table: &Table) -> bool {
    rows_triggers(table).any(|(name, _)| name.as_str() < "\"" || name.as_str() >= "~")
}

/// Why nothing can be kept the same there.
const NO_NAME_AROUND: &str = "one of its triggers has a name that sorts before or behind those of the triggers that would keep both the same: give it another one (ALTER TRIGGER … RENAME TO)";

#[cfg(test)]
mod tests;
