//! What else has to do with a column that has a counterpart for a while: subscribers, triggers of the user's, and functions
//! whose bodies are only texts to the server.

use segue_catalog::{
    Catalog, Name, ObjectRef, QName, RoutineId,
    model::{Body, ConstraintKind, Enabled, Table, TriggerTiming},
};

use super::publications;
use crate::{effect, planner::Planning};

/// What is to be known before a table gets a column for a while.
pub(crate) fn of_another_column(catalog: &Catalog, table: &QName) -> Vec<String> {
    let publishing = publications(catalog, table).filter(|(_, publication)| {
        let listed = publication.tables.get(table);
        publication.all_tables
            || publication.schemas.contains(&table.schema)
            || listed.is_none_or(|listed| listed.columns.is_empty())
    });
    let told = publishing.map(|(name, _)| {
        format!("a subscriber of publication {name} stops at the first row of {table} until its table has the new column too")
    });
    told.collect()
}

/// What is to be known before a column gets another name.
pub(crate) fn of_another_name(
    planning: &Planning<'_>,
    name: &QName,
    table: &Table,
    column: &Name,
) -> Vec<String> {
    let triggers = table.triggers.iter();
    let fired = triggers.filter(|(_, trigger)| trigger.events.update_of.contains(column));
    let mut told: Vec<String> = fired
        .map(|(trigger, _)| {
            format!("trigger {trigger} is for updates of {column}: it does not fire for what the new app writes before contract")
        })
        .collect();
    told.extend(in_bodies(planning, name, column));
    told
}

/// Functions in whose texts a column and its table are named, and that stay.
pub(crate) fn in_bodies(planning: &Planning<'_>, table: &QName, column: &Name) -> Vec<String> {
    let routines = planning.schema().routines.iter();
    let routines = routines.filter(|(id, _)| {
        let goes = planning.is_going(&ObjectRef::Routine((*id).clone()));
        !goes && !planning.is_filler(&id.name)
    });
    let known = planning.schema().tables.get(table);
    // its row has no name in the text but NEW and OLD
    let fires = |id: &RoutineId| {
        let mut triggers = known.into_iter().flat_map(|known| known.triggers.values());
        triggers.any(|trigger| trigger.function == id.name)
    };
    let named = routines.filter(|(id, routine)| match &routine.body {
        Body::Text(text) => {
            text.contains(column.as_str())
                && effect::mentions(text, column)
                && (fires(id) || effect::mentions(text, &table.name))
        }
        _ => false,
    });
    named
        .map(|(id, _)| {
            format!("function {id} names {column} in its text, and fails when that is gone: replace it in the same migration")
        })
        .collect()
}

/// The functions of a table's own triggers that name a column of it and may change rows as they are written.
pub(crate) fn functions_of_triggers(
    planning: &Planning<'_>,
    table: &Table,
    column: &Name,
) -> Vec<RoutineId> {
    let routines = planning.schema().routines.iter();
    let called = routines.filter(|(id, routine)| {
        let mut triggers = table.triggers.values();
        let mut fires = triggers
            .by_ref()
            .filter(|trigger| trigger.for_each_row && trigger.timing == TriggerTiming::Before);
        fires.any(|trigger| trigger.function == id.name)
            && matches!(&routine.body, Body::Text(text) if effect::mentions(text, column))
    });
    called.map(|(id, _)| id.clone()).collect()
}

/// Whether a trigger is called as segue calls its own, with a sign that sorts around those of the user's.
pub(crate) fn is_of_segue(trigger: &Name) -> bool {
    trigger.as_str().starts_with(['!', '#', '%', '~'])
}

/// The user's own triggers that fire for rows which only a step of ours writes.
pub(crate) fn of_fired_triggers(catalog: &Catalog, table: &QName, stays: bool) -> Vec<String> {
    let known = catalog.tables.get(table);
    let triggers = known.into_iter().flat_map(|known| &known.triggers);
    let fired = triggers.filter(|(name, trigger)| {
        !is_of_segue(name)
            && trigger.for_each_row
            && trigger.events.update
            && trigger.events.update_of.is_empty()
            && trigger.enabled != Enabled::Disabled
    });
    let names: Vec<String> = fired.map(|(name, _)| name.to_string()).collect();
    match names.is_empty() {
        true => Vec::new(),
        false => vec![format!(
            "this writes every row of {table}, and each fires its triggers as any UPDATE does: {}{}",
            names.join(", "),
            match stays {
                true => "",
                false => "; what they make of the row itself is not kept",
            }
        )],
    }
}

/// Checks that are NOT VALID: a row that breaks one cannot be written, whatever is set (sql-altertable.html).
pub(crate) fn of_unproved_checks(catalog: &Catalog, table: &QName) -> Vec<String> {
    let known = catalog.tables.get(table);
    let constraints = known.into_iter().flat_map(|own| &own.constraints);
    let unproved = constraints.filter(|(_, constraint)| {
        matches!(constraint.kind, ConstraintKind::Check { .. }) && !constraint.validated
    });
    unproved
        .map(|(name, _)| {
            format!("{name} of {table} is NOT VALID: where a row breaks it, it cannot be written, and this stops at that row")
        })
        .collect()
}
