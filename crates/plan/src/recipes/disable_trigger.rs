//! `DISABLE TRIGGER`: once the old app is gone, which may rely on what the trigger does, as with one that is dropped; at once where it
//! is for a while only. `ALL` and `USER` leave alone the triggers that keep two shapes the same.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{ConstraintKind, Enabled, Table},
    render,
};
use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::Recipe;
use crate::{
    Moment, Undo,
    planner::{Draft, Planning, PutOff, Stop},
    writing::is_of_segue,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "disable_trigger",
    title: "a trigger is disabled once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let switched: Option<Vec<_>> = moment.changes().iter().map(switched).collect();
    let Some([(table, trigger, enabled), ..]) = switched.as_deref() else {
        return Ok(false);
    };
    let known = moment.before().tables.get(*table);
    let Some(known) = known.filter(|_| !moment.is_new_relation(table)) else {
        return Ok(false);
    };
    let firing = fire(known, table, *trigger);
    let is_new = trigger.is_some() && firing.iter().all(|object| moment.is_new(object));
    let waits = stops(*enabled) && !is_new && !are_enabled_again(planning, table, &firing);
    let tables: Vec<&QName> = switched.iter().flatten().map(|(of, ..)| *of).collect();
    // segue's may be there only later
    let named = match trigger {
        None if waits || has_own(planning, &tables) => named(moment, planning, &tables, *enabled)?,
        _ => None,
    };
    if !waits {
        return by_names(planning, (table, *enabled), named);
    }
    let title = match trigger {
        Some(trigger) => format!("trigger {trigger} of {table} does not fire any more"),
        None => format!("the triggers of {table} do not fire any more"),
    };
    let texts = named.unwrap_or_else(|| vec![moment.text().to_owned()]);
    if !texts.is_empty() {
        planning.step(Draft::transaction(title, texts).in_contract())?;
    }
    for object in firing {
        planning.put_off(PutOff::Going(object));
    }
    Ok(true)
}

/// Whether an app's rows do not fire a trigger (sql-altertable.html).
fn stops(enabled: Enabled) -> bool {
    matches!(enabled, Enabled::Disabled | Enabled::Replica)
}

/// Enables or disables triggers at once, by their names where segue's are not meant. What fired before and fires again is left alone by a
/// rollback.
fn by_names(
    planning: &mut Planning<'_>,
    (table, enabled): (&QName, Enabled),
    named: Option<Vec<String>>,
) -> Result<bool, Stop> {
    let Some(named) = named else {
        return Ok(false);
    };
    let known = planning.known.tables.get(table);
    let fired = known.map(|known| fire(known, table, None).len());
    let mut draft = Draft::transaction("as written, by their names", &named);
    if !stops(enabled) && fired == Some(named.len()) {
        draft = draft.undo(Undo::Nothing);
    }
    if !named.is_empty() {
        planning.step(draft)?;
    }
    Ok(true)
}

/// The table and the trigger that a change enables or disables; none: all that it has.
fn switched(change: &Change) -> Option<(&QName, Option<&Name>, Enabled)> {
    match change {
        Change::Table {
            table,
            change: TableChange::EnableTrigger { trigger, enabled },
        } => Some((table, trigger.as_ref(), *enabled)),
        _ => None,
    }
}

/// The trigger of this name, or all triggers, as far as they fire.
fn fire(known: &Table, table: &QName, name: Option<&Name>) -> Vec<ObjectRef> {
    let triggers = known
        .triggers
        .iter()
        .filter(|(own, trigger)| name.is_none_or(|name| name == *own) && !stops(trigger.enabled));
    let objects = triggers.map(|(name, _)| ObjectRef::Trigger(table.clone(), name.clone()));
    objects.collect()
}

/// Whether triggers of segue's are on a table for now.
fn has_own(planning: &Planning<'_>, tables: &[&QName]) -> bool {
    let now = &planning.schema().tables;
    let there = tables.iter().filter_map(|table| now.get(*table));
    let mut there = there.flat_map(|now| now.triggers.keys());
    there.any(is_of_segue)
}

/// The statement with the names of the user's triggers in the place of `ALL` and `USER`; of a partitioned table also those of its
/// partitions. None where it means triggers of foreign keys, and no others of segue's.
fn named(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    tables: &[&QName],
    enabled: Enabled,
) -> Result<Option<Vec<String>>, Stop> {
    let keys = tables.iter().find(|table| has_keys(moment, table));
    if let Some(table) = keys.filter(|_| means_all(moment)) {
        if !has_own(planning, tables) && !changes_later(planning, table) {
            return Ok(None);
        }
        let why = format!(
            "until contract triggers keep two shapes of {table} the same, and ALL means those too (USER does not, nor the name of a trigger)"
        );
        return Err(match planning.first_of_columns(table) {
            Some(first) => Stop::Barrier { first, why },
            None => Stop::Refused(Problem::new(why)),
        });
    }
    let how = match enabled {
        Enabled::Disabled => "DISABLE TRIGGER",
        _ => "ENABLE TRIGGER",
    };
    let mut all = Vec::new();
    for table in tables {
        let known = moment.before().tables.get(*table);
        let own = known.into_iter().flat_map(|known| known.triggers.keys());
        let own = own.filter(|name| !is_of_segue(name));
        all.extend(own.map(|name| render::alter(table, &format!("{how} {name}"))));
    }
    Ok(Some(all))
}

/// Whether a table has a foreign key, or one refers to it: their triggers have names that only the server knows.
fn has_keys(moment: &Moment<'_>, table: &QName) -> bool {
    let keys = |own: &Table, to: Option<&QName>| {
        let mut constraints = own.constraints.values();
        constraints.any(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => to.is_none_or(|to| key.references == *to),
            _ => false,
        })
    };
    let tables = &moment.before().tables;
    let own = tables.get(table).is_some_and(|own| keys(own, None));
    own || tables.values().any(|other| keys(other, Some(table)))
}

/// Whether a statement is about the triggers of foreign keys too.
fn means_all(moment: &Moment<'_>) -> bool {
    let tree = moment
        .statement()
        .map(|statement| statement.syntax().clone());
    let mut nodes = tree.into_iter().flat_map(|tree| tree.descendants());
    nodes.any(|node| {
        matches!(
            ast::TriggerTarget::cast(node),
            Some(ast::TriggerTarget::All(_))
        )
    })
}

/// Whether a later statement changes a column of a table, for which triggers of segue's may come.
fn changes_later(planning: &Planning<'_>, of: &QName) -> bool {
    let mut later = planning.later().flat_map(|(line, _)| &line.changes);
    later.any(|change| match change {
        Change::Rename { object, .. } => object.part_of() == Some(of),
        Change::Table { table, change } => {
            table == of && !matches!(change, TableChange::EnableTrigger { .. })
        }
        Change::Data { table, .. } => table.as_ref() == Some(of),
        _ => false,
    })
}

/// Whether later statements enable all of these again, which asks for nothing but a while without them. Those of foreign keys, which have
/// no names here, are enabled with all of a table.
fn are_enabled_again(planning: &Planning<'_>, of: &QName, triggers: &[ObjectRef]) -> bool {
    let enables = |object: Option<&ObjectRef>| {
        let mut later = planning.later().flat_map(|(line, _)| &line.changes);
        later.any(|change| match (switched(change), object) {
            (Some((table, None, enabled)), _) => table == of && !stops(enabled),
            (Some((table, Some(trigger), enabled)), Some(ObjectRef::Trigger(_, name))) => {
                table == of && trigger == name && !stops(enabled)
            }
            _ => false,
        })
    };
    match triggers {
        [] => enables(None),
        all => all.iter().all(|trigger| enables(Some(trigger))),
    }
}
