//! `DROP DEFAULT`: in contract, since the old app may leave the column out.

use segue_catalog::{Change, Expr, Name, ObjectRef, QName, TableChange};

use super::{Recipe, add_column::has_its_values, mirrored_default, rows::kept_filled};
use crate::{
    Moment,
    planner::{Draft, Planning, PutOff, Stop},
    writing::with_partitions,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_default",
    title: "a default goes once nobody relies on it",
    follow,
};

/// How the step is called that drops a default.
pub(super) fn title(table: &QName, column: &Name) -> String {
    format!("{column} of {table} has no default any more")
}

/// The table, the column and its default, where a statement sets nothing else; partitions have it from their table.
pub(super) fn of_one<'m>(moment: &Moment<'m>) -> Option<(&'m QName, &'m Name, Option<&'m Expr>)> {
    let (first, rest) = moment.changes().split_first()?;
    let (table, column, default) = set(first)?;
    let follows = |change: &Change| {
        set(change).is_some_and(|(of, own, given)| {
            own == column
                && given == default
                && with_partitions(moment.before(), table).contains(of)
        })
    };
    (rest.iter().all(follows)).then_some((table, column, default))
}

fn set(change: &Change) -> Option<(&QName, &Name, Option<&Expr>)> {
    match change {
        Change::Table {
            table,
            change: TableChange::SetDefault { column, default },
        } => Some((table, column, default.as_ref())),
        _ => None,
    }
}

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, column, default)) = of_one(moment) else {
        return Ok(false);
    };
    let title = title(table, column);
    let of_column = ObjectRef::Default(table.clone(), column.clone());
    if let Some(default) = default {
        if kept_filled::gets_default(moment, planning, (table, column), default)? {
            return Ok(true);
        }
        if planning.is_deferring() || !planning.loses_default(&of_column) {
            return Ok(false);
        }
        planning.gets_default_again(&of_column, &title);
        planning.recipe = mirrored_default::RECIPE.name;
        if !(mirrored_default::RECIPE.follow)(moment, planning)? {
            planning.recipe = "as_written";
            super::as_written(moment, planning)?;
        }
        return Ok(true);
    }
    let own = moment.before().tables.get(table);
    let own = own.and_then(|table| table.column(column));
    if let Some(own) = own
        && has_its_values(planning, table, own)?
    {
        return Ok(true);
    }
    let has_default = own.is_some_and(|own| own.default.is_some());
    let object = ObjectRef::Column(table.clone(), column.clone());
    // the old app leaves a new column out for ever, which has to have a value
    let may_be_null = own.is_some_and(|own| own.not_null.is_none());
    if !has_default || moment.is_new_relation(table) || (moment.is_new(&object) && may_be_null) {
        return Ok(false);
    }
    let draft = Draft::transaction(title, [moment.text()]);
    planning.step(draft.in_contract())?;
    planning.put_off(PutOff::Strictness(of_column));
    Ok(true)
}
