//! `CREATE TABLE … (LIKE other)`: where the other one is not yet, or not only, as the file says, the new one is made column by
//! column. It would have what stands beside for a while.

use segue_catalog::{Catalog, Change, Object, QName, diff};
use squawk_syntax::ast;

use super::Recipe;
use crate::{
    Moment,
    planner::{Draft, Planning, Stop, between, run_on_model},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "create_like",
    title: "a table that is like one which changes is made as that one will be",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some(name) = created(moment).filter(|_| moment.first::<ast::LikeClause>().is_some()) else {
        return Ok(false);
    };
    let (before, after, session) = (moment.before(), moment.after(), &moment.line().session);
    let mut now = planning.schema().clone();
    let runs = run_on_model(moment.text(), &mut now, session);
    if planning.is_deferring() || runs.is_ok() && is_same(&now, after, name) {
        return Ok(false);
    }
    let Ok(Some(statements)) = between(before, after, &diff::Options::default(), Some(session))
    else {
        return Ok(false);
    };
    let title = format!("{name}, as the table that it is like will be");
    planning.step(Draft::transaction(title, statements))?;
    Ok(true)
}

fn created<'m>(moment: &'m Moment<'_>) -> Option<&'m QName> {
    moment.changes().iter().find_map(|change| match change {
        Change::Create(object) => match &**object {
            Object::Table(name, _) if name.schema != "pg_temp" => Some(name),
            _ => None,
        },
        _ => None,
    })
}

/// Whether a table is the same in both, with its indexes.
fn is_same(one: &Catalog, other: &Catalog, name: &QName) -> bool {
    one.tables.get(name) == other.tables.get(name)
        && one.indexes_of(name).eq(other.indexes_of(name))
}
