//! `DROP INDEX`: in contract, since the old app's queries may need it, and while others go on.

use segue_catalog::{Change, ObjectRef, model::TableKind};
use segue_sql::Kind;

use super::Recipe;
use crate::{
    Moment,
    planner::{Draft, Planning, PutOff, Stop},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_index",
    title: "an index goes once the old app is gone, while others go on",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let dropped = moment.changes().iter().find_map(|change| match change {
        Change::Drop {
            object: ObjectRef::Index(name),
            cascade,
        } => Some((name, *cascade)),
        _ => None,
    });
    let Some((name, cascade)) = dropped else {
        return Ok(false);
    };
    if moment.is_new_relation(name) {
        return Ok(false);
    }
    let index = moment.before().indexes.get(name);
    let table = index.and_then(|index| moment.before().tables.get(&index.table));
    let plain = table.is_some_and(|table| table.kind == TableKind::Plain)
        && index.is_some_and(|index| index.attached_to.is_none());
    let title = format!("drop index {name}");
    let written_so = matches!(moment.line().kind, Kind::OutsideTransaction(_));
    let draft = if written_so {
        Draft::alone(title, moment.text())
    } else if plain && !cascade {
        Draft::alone(title, format!("DROP INDEX CONCURRENTLY {name}"))
    } else {
        Draft::transaction(title, [moment.text()])
    };
    let unique = index.filter(|index| index.unique);
    let notice = unique.map(|index| {
        let table = &index.table;
        format!("until contract rows of {table} that are the same by {name} are refused, what the new app writes too")
    });
    planning.step(draft.in_contract().notices(notice))?;
    planning.put_off(PutOff::Going(ObjectRef::Index(name.clone())));
    Ok(true)
}
