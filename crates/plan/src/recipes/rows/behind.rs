//! In what order the triggers that fill columns fire, among those that are there: by their names. What they do is in `filling.rs`.

use segue_catalog::{LONGEST_NAME, Name, QName};
use segue_sql::Problem;

use super::super::rows_triggers;
use crate::{
    planner::{Planning, Stop},
    writing::{free_function, sync_trigger, with_partitions},
};

/// A name for the function of a trigger which fires behind all of ours that are there: it may read what those write. Triggers fire
/// in the order of their names, so what it begins with is never cut.
pub(super) fn behind_others(
    planning: &Planning<'_>,
    table: &QName,
    column: &Name,
) -> Result<QName, Stop> {
    const MOST: usize = 8;
    let schema = planning.schema();
    let known = schema.tables.get(table);
    let triggers = known.into_iter().flat_map(|known| rows_triggers(known));
    let ours = triggers.filter(|(name, _)| !planning.is_of_before(table, name));
    let last = ours.map(|(name, _)| name).max();
    let firsts = (0..MOST).map(|times| format!("segue_{}fill", "then_".repeat(times)));
    let mut functions = firsts.map(|first| {
        let room = (LONGEST_NAME - 2).saturating_sub(first.len() + 2) / 2;
        let cut = |name: &Name| -> String {
            let mut end = name.as_str().len().min(room);
            while !name.as_str().is_char_boundary(end) {
                end -= 1;
            }
            name.as_str()[..end].to_owned()
        };
        let (of, own) = (cut(&table.name), cut(column));
        free_function(schema, table, &[&first, &of, &own])
    });
    let found = functions.find(|function| last.is_none_or(|last| *last < sync_trigger(function)));
    found.ok_or_else(|| {
        let what = format!("{column} of {table} would be filled behind too many others");
        Stop::Refused(
            Problem::new(what).help(
                "fill it in a migration of its own, once the others are through their contract",
            ),
        )
    })
}

/// Whether a trigger of the user's changes rows behind every one that ours could be.
pub(super) fn has_one_behind(planning: &Planning<'_>, table: &QName) -> bool {
    let schema = planning.schema();
    let tables = with_partitions(schema, table);
    tables.iter().any(|of| {
        let known = schema.tables.get(of);
        let mut triggers = known.into_iter().flat_map(|known| rows_triggers(known));
        triggers.any(|(name, _)| name.as_str() >= "~" && planning.is_of_before(of, name))
    })
}
