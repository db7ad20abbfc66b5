//! `CREATE INDEX`: built while others go on writing; of a partitioned table, one partition after the other.

use segue_catalog::{
    Change, Object, ObjectRef, QName, dependents,
    model::{Index, TableKind},
    reached,
    render::{self, IndexBuild},
};

use super::Recipe;
use crate::{
    Moment,
    planner::{Draft, Planning, Stop},
    writing::{built_alone, built_beside, free_relation, is_partitioned},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "create_index",
    title: "an index is built while others go on writing",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let built: Vec<(&QName, &Index)> = moment.changes().iter().filter_map(created).collect();
    let Some((name, index)) = built.first() else {
        return Ok(false);
    };
    // the table may come with it (LIKE … INCLUDING INDEXES)
    let is_there = moment.before().relation(&index.table).is_some();
    if !is_there || moment.is_unused(&index.table) || !is_heavy(moment, &built) {
        return Ok(false);
    }
    let before = moment.before();
    if !is_partitioned(before, &index.table) {
        build(planning, name, index)?;
        return Ok(true);
    }
    // ON ONLY, for the files to attach the others
    if !index.valid {
        planning.step(built_alone(name, index))?;
        return Ok(true);
    }
    let of_rows = built
        .iter()
        .filter(|(_, index)| !is_partitioned(before, &index.table));
    for (name, index) in of_rows {
        build(planning, name, index)?;
    }
    // it takes those of the partitions that are there, and gives one to a partition that somebody has made since (sql-createindex.html)
    let title = format!("{} of {} and its partitions", name.name, index.table);
    let whole = render::create_index(name, index, IndexBuild::default());
    let draft = Draft::transaction(title, [whole]);
    planning.step(draft.undone_by([format!("DROP INDEX IF EXISTS {name}")]))?;
    Ok(true)
}

/// An index in the place of one of the same name that goes in contract: it is built under another name, and gets its own when
/// that one is gone.
pub(super) fn in_place_of(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let built: Vec<(&QName, &Index)> = moment.changes().iter().filter_map(created).collect();
    let [(name, index)] = built.as_slice() else {
        return Ok(false);
    };
    let is_there = planning.schema().indexes.contains_key(*name);
    let table = planning.schema().tables.get(&index.table);
    if !is_there || table.is_none_or(|table| table.kind != TableKind::Plain) {
        return Ok(false);
    }
    let of_index = ObjectRef::Index((*name).clone());
    // what is built now would be over a function that is made again in contract
    let mut routines = planning.schema().routines.keys();
    if routines.any(|routine| {
        let routine = ObjectRef::Routine(routine.clone());
        planning.is_going(&routine) && dependents(moment.after(), &routine).contains(&of_index)
    }) {
        return Ok(false);
    }
    // over the columns that stay, whatever they are called for now: those of the new types
    let retyped = planning.retyped_columns();
    let retyped = retyped.filter(|column| reached(moment.after(), column).contains(&of_index));
    let retyped: Vec<ObjectRef> = retyped.collect();
    if retyped.iter().any(|column| !planning.stands_beside(column)) {
        return Ok(false);
    }
    let for_now = match !retyped.is_empty() {
        true => planning.named_beside(moment.after()),
        false => planning.named_for_now(moment.after()),
    };
    let index = for_now.indexes.get(*name).map_or(*index, |index| index);
    let stand_in = free_relation(planning.schema(), name, &[name.name.as_str(), "segue"], &[]);
    build(planning, &stand_in, index)?;
    super::indexed(moment, planning)?;
    let title = format!("{} is called {} from here on", stand_in.name, name.name);
    let rename = format!("ALTER INDEX {stand_in} RENAME TO {}", name.name);
    planning.step(Draft::transaction(title, [rename]).in_contract())?;
    Ok(true)
}

fn is_heavy(moment: &Moment<'_>, built: &[(&QName, &Index)]) -> bool {
    built.iter().any(|(_, index)| moment.is_heavy(&index.table))
}

fn build(planning: &mut Planning<'_>, name: &QName, index: &Index) -> Result<(), Stop> {
    let title = format!("build index {} of {}", name.name, index.table);
    let mut draft = built_beside(title, name, index);
    if index.unique {
        draft = draft.hazard(
            Some("unique-on-duplicate-data"),
            format!(
                "rows of {} that are the same in its keys stop the build, and an app that writes such rows is refused from then on",
                index.table
            ),
        );
    }
    Ok(planning.step(draft)?)
}

fn created(change: &Change) -> Option<(&QName, &Index)> {
    match change {
        Change::Create(object) => match &**object {
            Object::Index(name, index) => Some((name, index)),
            _ => None,
        },
        _ => None,
    }
}
