//! `DROP COLUMN`: first the new app may leave it out; it goes once the old app is gone.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange, dependents,
    model::{Column, Table},
    render,
};
use segue_sql::Problem;

use super::{Recipe, rows::kept_filled};
use crate::{
    Moment, Phase, Undo,
    planner::{DIRECT, Draft, Planning, PutOff, Stop, bare},
    writing::{in_bodies, look_for},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_column",
    title: "a column may be left out first, and goes once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    // of a table with partitions or children it goes from all of them: the one above is meant
    let is_own = |table: &QName, name: &Name| {
        let known = moment.before().tables.get(table);
        let column = known.and_then(|table| table.column(name));
        column.is_some_and(|column| column.inherited == 0)
    };
    let all = || moment.changes().iter().filter_map(dropped_column);
    let dropped = all()
        .find(|(table, name, _)| is_own(table, name))
        .or_else(|| all().next());
    let Some((table, name, cascade)) = dropped else {
        return Ok(false);
    };
    let object = ObjectRef::Column(table.clone(), name.clone());
    if kept_filled::dropped(moment, planning, table, name)? {
        return Ok(true);
    }
    let known = moment.before().tables.get(table);
    let Some(known) = known.filter(|_| !moment.is_new(&object)) else {
        return Ok(false);
    };
    let fills = planning.loses_what_fills(table, Some(name));
    // what is not found there is looked for before contract
    let looked_up = planning.looked_up_by(table, name);
    let read = || planning.loses_what_was_read(table, Some(name));
    if let Some(stop) = fills.or_else(|| looked_up.is_empty().then(read).flatten()) {
        return Err(stop);
    }
    if !planning.is_deferring() {
        let_be_left_out(moment, planning, known, table, name)?;
    }
    let once = planning.goes_once_read(table, Some(name));
    let once = once.filter(|_| looked_up.is_empty());
    for filled in looked_up {
        keeps_its_value(planning, table, name, &filled)?;
    }
    let mut draft =
        Draft::transaction(format!("drop {name} of {table}"), [moment.text()]).in_contract();
    if let Some(along) = moment.goes_along(std::slice::from_ref(&object)) {
        draft = draft.hazard(Some("drop-column"), along);
    }
    draft = draft.notices(moment.binds_meanwhile());
    draft = draft.notices(in_bodies(planning, table, name));
    draft = draft.notices(once);
    planning.step(draft)?;
    planning.put_off(PutOff::Going(object.clone()));
    for gone in moment.gone() {
        planning.put_off(PutOff::Going(gone));
    }
    still_free(planning, &object, cascade)?;
    Ok(true)
}

fn dropped_column(change: &Change) -> Option<(&QName, &Name, bool)> {
    match change {
        Change::Table {
            table,
            change: TableChange::DropColumn { name, cascade },
        } => Some((table, name, *cascade)),
        _ => None,
    }
}

/// Before the column goes: no row has a value in it that was not found where the deploy has brought all values that there were.
fn keeps_its_value(
    planning: &mut Planning<'_>,
    table: &QName,
    name: &Name,
    filled: &Name,
) -> Result<(), Stop> {
    let title = format!("{filled} is set where {name} is, in every row");
    let wrong = format!(
        "whose value of {name} an app has written since the deploy brought those that there were: {filled} was not found by it, and contract would take it away (insert the value where {filled} is looked up, then UPDATE {table} SET {name} = {name} for these rows; or set {name} to NULL)"
    );
    let is_lost = format!("{name} IS NOT NULL AND {filled} IS NULL");
    look_for(
        planning,
        Phase::Contract,
        table,
        (&title, Some(&wrong)),
        &is_lost,
    )
}

/// The new app does not know the column: its rows are to be taken without it.
pub(super) fn let_be_left_out(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    known: &Table,
    table: &QName,
    name: &Name,
) -> Result<(), Stop> {
    let Some(column) = known.column(name) else {
        return Ok(());
    };
    let has_value =
        column.default.is_some() || column.identity.is_some() || column.generated.is_some();
    if column.not_null.is_none() || has_value {
        return Ok(());
    }
    if known.primary_key().contains(name) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "{name} is in the primary key of {table} and has no default: the new app, which leaves it out, could write no row before contract"
            ))
            .help(format!("give {name} a DEFAULT in a migration before this one, or deploy while no app is running: --strategy direct")),
        ));
    }
    let drop = render::alter(table, &format!("ALTER COLUMN {name} DROP NOT NULL"));
    let set = render::alter(table, &set_not_null(table, name, column));
    let mut draft = Draft::transaction(format!("{name} of {table} may be left out"), [drop])
        .hazard(
            Some("drop-column"),
            format!(
                "the old app may read NULL from {name} of {table} in rows that the new app writes"
            ),
        );
    draft = match &column.not_null {
        // nothing forbade it before the deploy
        _ if !planning.was_not_null(table, name) => draft.undo(Undo::Nothing),
        Some(_) if moment.is_heavy(table) => draft.undo(back(table, name, &set)),
        _ => draft.undone_by([set]),
    };
    Ok(planning.step(draft)?)
}

/// The action by which a column is NOT NULL again, under the name that its constraint had (PostgreSQL 18).
fn set_not_null(table: &QName, name: &Name, column: &Column) -> String {
    let usual = format!("{}_{}_not_null", table.name.as_str(), name.as_str());
    let named = column.not_null.as_ref().and_then(|own| own.name.as_ref());
    match named.filter(|named| named.as_str() != usual) {
        Some(named) => format!("ADD CONSTRAINT {named} NOT NULL {name}"),
        None => format!("ALTER COLUMN {name} SET NOT NULL"),
    }
}

/// NOT NULL again, proved by a check.
fn back(table: &QName, name: &Name, set: &str) -> Undo {
    let check = Name::quoted(&format!("segue_{}_is_set", name.as_str()));
    let steps = [
        vec![render::alter(
            table,
            &format!("ADD CONSTRAINT {check} CHECK ({name} IS NOT NULL) NOT VALID"),
        )],
        vec![render::alter(
            table,
            &format!("VALIDATE CONSTRAINT {check}"),
        )],
        vec![
            set.to_owned(),
            render::alter(table, &format!("DROP CONSTRAINT {check}")),
        ],
    ];
    let action = |statements: Vec<String>| {
        crate::Action::Transaction(statements.iter().map(|text| bare(text)).collect())
    };
    Undo::Actions(steps.into_iter().map(action).collect())
}

/// Nothing that the deploy has made so far may stand in the way of contract.
fn still_free(planning: &Planning<'_>, object: &ObjectRef, cascade: bool) -> Result<(), Stop> {
    if cascade || planning.is_deferring() {
        return Ok(());
    }
    let users = dependents(planning.schema(), object);
    let Some(user) = users.iter().find(|user| !planning.is_going(user)) else {
        return Ok(());
    };
    Err(Stop::Refused(
        Problem::new(format!("{user} uses {object}, which is to go"))
            .note("the server would refuse the DROP in contract")
            .help(DIRECT),
    ))
}
