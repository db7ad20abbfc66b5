//! Columns that are kept filled: by triggers, until contract.

use segue_catalog::{Change, Expr, Name, ObjectRef, QName, TableChange};
use segue_sql::Problem;

use super::{
    super::NO_NAME_AROUND,
    behind::{behind_others, has_one_behind},
    filling::{Filling, Value, assigned_type},
};
use crate::{
    Moment, Undo, effect,
    planner::{DIRECT, Draft, Filled, Planning, PutOff, Stop},
    writing::{holders_and_to_come, of_fired_triggers, refuse_without_identity, seeing_all},
};

/// Fills columns, and keeps them filled; `nullable`: where an app may write NULL to them.
pub(in crate::recipes) fn keep_filled(
    planning: &mut Planning<'_>,
    table: &QName,
    filling: &Filling,
    nullable: bool,
) -> Result<(), Stop> {
    let kept = kept_by_triggers(planning, table, filling, nullable, None)?;
    let columns = filling.names();
    for held in holders_and_to_come(planning, table)? {
        refuse_without_identity(planning, &held.table)?;
        let title = format!("fill {columns} of {}", held.told());
        let batches = filling.batches(planning, table, held);
        let of = batches.table.clone();
        let draft = Draft::batches(title, batches).undo(Undo::Nothing);
        let draft = draft.notices(of_fired_triggers(planning.schema(), table, true));
        let draft = seeing_all(planning.schema(), &of, draft);
        planning.step(draft)?;
    }
    until_contract(planning, kept)
}

/// Keeps columns filled that have their values by now, from the moment on at which a statement stops whatever else does it.
pub(in crate::recipes) fn kept_filled_from(
    statement: &str,
    planning: &mut Planning<'_>,
    table: &QName,
    filling: &Filling,
    nullable: bool,
) -> Result<(), Stop> {
    let kept = kept_by_triggers(planning, table, filling, nullable, Some(statement))?;
    until_contract(planning, kept)
}

/// The step that makes the triggers, in one transaction with a statement.
fn kept_by_triggers(
    planning: &mut Planning<'_>,
    table: &QName,
    filling: &Filling,
    nullable: bool,
    along: Option<&str>,
) -> Result<Vec<Filled>, Stop> {
    if has_one_behind(planning, table) {
        let columns = filling.names();
        let what = format!("{columns} of {table} cannot be kept filled while others go on");
        return Err(Stop::Refused(
            Problem::new(what).note(NO_NAME_AROUND).help(DIRECT),
        ));
    }
    let mut put: Vec<String> = along.map(str::to_owned).into_iter().collect();
    put.push(filling.asked(table));
    let mut kept = Vec::new();
    let mut again = Vec::new();
    for value in &filling.columns {
        let mut trigger = filling.kept(planning, table, value);
        let mut looked_up = false;
        // what an earlier statement gives goes before what this one gives where there is no value yet
        if let Some(earlier) = planning.take_filled(table, &value.column) {
            let remove = earlier.trigger.remove(&earlier.function);
            planning.cancel(&remove);
            put.extend(remove);
            again.extend(earlier.trigger.put(&earlier.function));
            let of = assigned_type(planning, table, &value.column);
            trigger.comes_behind(&earlier.trigger, of.as_ref());
            looked_up = earlier.looks_up;
        }
        let function = behind_others(planning, table, &value.column)?;
        put.extend(trigger.put(&function));
        kept.push(Filled {
            table: table.clone(),
            column: value.column.clone(),
            trigger,
            function,
            served: planning.served(),
            recipe: planning.recipe,
            looks_up: filling.others.is_some() || looked_up,
            default: None,
        });
    }
    let removals = kept.iter().rev();
    let remove: Vec<String> = removals
        .flat_map(|filled| filled.trigger.remove(&filled.function))
        .chain(again)
        .collect();
    let columns = filling.names();
    let (are, them) = match filling.columns.len() {
        1 => ("is", "it"),
        _ => ("are", "them"),
    };
    let title = format!("{columns} of {table} {are} filled where an app leaves {them} out");
    let notice =
        format!("a NULL that an app writes to {columns} of {table} is filled too, until contract");
    let draft = Draft::transaction(title, put);
    // what goes along is taken back with the triggers, as far as there is a way
    let draft = match along {
        Some(_) => draft,
        None => draft.undone_by(&remove),
    };
    planning.step(draft.notices(nullable.then_some(notice)))?;
    Ok(kept)
}

/// The triggers go in contract.
fn until_contract(planning: &mut Planning<'_>, kept: Vec<Filled>) -> Result<(), Stop> {
    for filled in kept {
        let title = format!(
            "{} of {} is no longer filled by a trigger",
            filled.column, filled.table
        );
        let remove = filled.trigger.remove(&filled.function);
        planning.fills(filled);
        planning.step(Draft::transaction(title, remove).in_contract())?;
    }
    Ok(())
}

/// A column that is filled so gets a default: until contract it is for what the trigger has no value for, or rows of an app that does not
/// know the column would have it instead of theirs.
pub(in crate::recipes) fn gets_default(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    (table, column): (&QName, &Name),
    default: &Expr,
) -> Result<bool, Stop> {
    if planning.is_deferring() || !planning.is_filled(table, column) {
        return Ok(false);
    }
    let taken = planning.take_filled(table, column);
    let kept = match taken {
        // its trigger goes behind the step in which the default comes
        Some(filled) if filled.default.as_deref() == Some(&default.to_string()) => {
            planning.cancel(&filled.trigger.remove(&filled.function));
            vec![filled]
        }
        other => {
            other.into_iter().for_each(|filled| planning.fills(filled));
            or_default(planning, (table, column), default)?
        }
    };
    let title = format!("{column} of {table} has a default");
    planning.step(Draft::transaction(title, [moment.text()]).in_contract())?;
    planning.put_off(PutOff::Coming(ObjectRef::Default(
        table.clone(),
        column.clone(),
    )));
    until_contract(planning, kept)?;
    Ok(true)
}

/// A column that is filled so takes no NULL from now on, and gets a default by a later statement: what the trigger has no value for has
/// that already.
pub(in crate::recipes) fn takes_default_first(
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Name,
) -> Result<(), Stop> {
    let set = |change: &Change| match change {
        Change::Table {
            table: of,
            change:
                TableChange::SetDefault {
                    column: own,
                    default,
                },
        } if of == table && own == column => default.clone(),
        _ => None,
    };
    let later = planning.later().flat_map(|(line, _)| &line.changes);
    // what it calls may be made between
    let default = later.filter_map(set).next();
    let default = default.filter(|default| !default.text.contains('('));
    match default.filter(|_| !planning.is_deferring() && planning.is_filled(table, column)) {
        Some(default) => {
            let kept = or_default(planning, (table, column), &default)?;
            until_contract(planning, kept)
        }
        None => Ok(()),
    }
}

/// The trigger that takes a default where it has no value.
fn or_default(
    planning: &mut Planning<'_>,
    (table, column): (&QName, &Name),
    default: &Expr,
) -> Result<Vec<Filled>, Stop> {
    let filling = Filling {
        columns: vec![Value {
            column: column.clone(),
            value: default.to_string(),
        }],
        alias: table.name.to_string(),
        others: None,
        condition: None,
    };
    let mut kept = kept_by_triggers(planning, table, &filling, false, None)?;
    for filled in &mut kept {
        filled.default = Some(default.to_string());
    }
    Ok(kept)
}

/// A column that is filled so is dropped: its trigger goes with it.
pub(in crate::recipes) fn dropped(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Name,
) -> Result<bool, Stop> {
    // in contract the trigger is gone already
    if planning.is_deferring() {
        return Ok(false);
    }
    let Some(filled) = planning.take_filled(table, column) else {
        return Ok(false);
    };
    let mut statements = filled.trigger.remove(&filled.function);
    planning.cancel(&statements);
    statements.push(moment.text().to_owned());
    let title = format!("drop {column} of {table}, and what fills it");
    planning.step(Draft::transaction(title, statements))?;
    Ok(true)
}

/// A column that is filled so gets another name: its trigger is made for that one.
pub(in crate::recipes) fn renamed(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    (table, from): (&QName, &Name),
    to: &Name,
) -> Result<bool, Stop> {
    if planning.is_deferring() {
        return Ok(false);
    }
    let Some(mut filled) = planning.take_filled(table, from) else {
        return Ok(false);
    };
    if effect::mentions(&filled.trigger.forth, from) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{from} of {table} is filled by its own value, and cannot be renamed meanwhile"
            ))
            .help("name the column so where it is added"),
        ));
    }
    let mut statements = filled.trigger.remove(&filled.function);
    statements.push(moment.text().to_owned());
    filled.column = to.clone();
    filled.trigger.original = to.clone();
    filled.trigger.mirror = to.clone();
    statements.extend(filled.trigger.put(&filled.function));
    let title = format!("{from} of {table} is called {to}, and filled as before");
    planning.step(Draft::transaction(title, statements))?;
    planning.fills(filled);
    Ok(true)
}
