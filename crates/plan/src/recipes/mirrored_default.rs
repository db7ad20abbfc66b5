//! `SET DEFAULT` of a column that has a mirror: the mirror gets it too, and the trigger decides by it which of the two an INSERT
//! has left out.

use segue_catalog::{Expr, Name, QName, render};

use super::{
    Recipe, drop_default,
    rename_column::{constant, null_becomes_default, runs},
};
use crate::{
    Moment,
    planner::{Draft, Mirrored, Planning, Stop},
    writing::Sync,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "mirrored_default",
    title: "a column that has two names gets its default under both",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, column, Some(default))) = drop_default::of_one(moment) else {
        return Ok(false);
    };
    let mut mirrored = planning.mirrored.iter();
    let is_it = |one: &Mirrored| one.sync.table == *table && one.sync.original == *column;
    let at = mirrored
        .position(is_it)
        .filter(|_| !planning.is_deferring());
    let known = moment.before().tables.get(table);
    let known = known.and_then(|known| known.column(column));
    let (Some(at), Some(known)) = (at, known) else {
        return Ok(false);
    };
    let Mirrored { sync, function } = planning.mirrored[at].clone();
    let new = Sync {
        default: constant(moment, &known.data_type, Some(default)),
        runs: runs(planning, Some(default)),
        ..sync.clone()
    };
    let mut statements = vec![moment.text().to_owned()];
    statements.extend(decided(&new, &function, Some(default)));
    let before = planning.default_for_now(table, column);
    let mut back = vec![set(table, column, before.as_ref())];
    back.extend(decided(&sync, &function, before.as_ref()));
    let title = format!("{} of {table} has its default too", sync.mirror);
    let mut draft = Draft::transaction(title, statements).undone_by(back);
    if new.default.is_none() {
        draft = draft.hazard(None, null_becomes_default(column, &new.mirror));
    }
    planning.step(draft)?;
    planning.mirrored[at].sync = new;
    Ok(true)
}

/// The mirror has a default where the trigger can know it, and decides by that.
fn decided(sync: &Sync, function: &QName, default: Option<&Expr>) -> [String; 2] {
    let of_mirror = sync.default.as_ref().and(default);
    [
        set(&sync.table, &sync.mirror, of_mirror),
        sync.decide_anew(function),
    ]
}

fn set(table: &QName, column: &Name, default: Option<&Expr>) -> String {
    let change = match default {
        Some(default) => format!("SET DEFAULT {default}"),
        None => "DROP DEFAULT".to_owned(),
    };
    render::alter(table, &format!("ALTER COLUMN {column} {change}"))
}
