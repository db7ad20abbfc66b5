//! `UPDATE` and `DELETE` over a large table: batch by batch.
//!
//! - What fills a new column is a backfill: a trigger keeps it filled while the old app, which does not know it, goes on
//!   writing (`rows/filling.rs`, `rows/kept_filled.rs`).
//! - What gives the same when it is run twice is run until nothing is left to do.
//! - Anything else is done once for each row, which a column for the purpose remembers (`rows/once.rs`).

use segue_catalog::{
    Change, Name, ObjectRef, QName,
    model::{Enabled, TriggerTiming},
};
use segue_sql::Problem;
use squawk_syntax::ast;

use super::Recipe;
use crate::{
    Moment,
    bounded::{RowWrite, WriteKind},
    effect,
    planner::{DIRECT, Planning, Stop, set_by_update},
    writing::{
        COPIED_WHOLE, Ends, are_copied_whole, check_key, differ, holders, in_batches,
        is_partition_key, refuse_without_identity, with_partitions,
    },
};

mod behind;
pub(super) mod filling;
pub(super) mod keeping;
pub(super) mod kept_filled;
mod merged;
mod once;
mod reached;
mod whole;
mod written;

use merged::Merged;
pub(super) use written::{Written, tells_the_time};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rows",
    title: "rows of a large table are written in batches",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let is_planned = plan_rows(moment, planning)?;
    if !planning.is_deferring() {
        planning.fills_once(moment);
    }
    Ok(is_planned)
}

fn plan_rows(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let writes = moment.row_writes();
    let through = writes.iter().filter(|write| !write.few);
    let mut through =
        through.filter_map(|write| Some((&write.table, behind_view(moment, &write.table)?)));
    if let Some((view, table)) = through.next()
        && !planning.said().allowed
    {
        return Err(Stop::Refused(uncut(
            &table,
            &format!("it does so through the view {view}; write {table} itself"),
        )));
    }
    if fills_a_small_table(moment, planning, &writes)? {
        return Ok(true);
    }
    // one that the same run has made may have many rows, and nobody waits for them
    let in_use = writes
        .iter()
        .find(|write| !write.few && moment.is_in_use(&write.table));
    let Some(write) = in_use else {
        return Ok(false);
    };
    let table = write.table.clone();
    if !moment.before().tables.contains_key(&table) {
        return Ok(false);
    }
    let written = match moment.statement() {
        Some(ast::Stmt::Update(update)) if write.kind == WriteKind::Update => {
            Written::update(moment.before(), update, &table)
        }
        Some(ast::Stmt::Delete(delete)) if write.kind == WriteKind::Delete => {
            Written::delete(delete, &table)
        }
        _ => None,
    };
    let Some(written) = written else {
        if planning.said().allowed {
            return Ok(false);
        }
        return Err(Stop::Refused(refused(&table)));
    };
    if let Some(column) = moves(moment, &table, &written) {
        if planning.said().allowed {
            return Ok(false);
        }
        return Err(Stop::Refused(moved(&table, column)));
    }
    if let Some(why) = whole::needs_to_be(moment, &table, &written)
        && !planning.said().allowed
    {
        return Err(Stop::Refused(uncut(&table, &why)));
    }
    if let Some(trigger) = planning.disables_trigger(moment.before(), &table)
        && !planning.said().allowed
    {
        return Err(Stop::Refused(uncut(
            &table,
            &format!("{trigger} is disabled meanwhile, for what apps write too"),
        )));
    }
    let merged = merged::with_those_behind(moment, planning, &table, written.clone());
    if filling::of_rows(moment, planning, &table, &merged)? {
        return Ok(true);
    }
    if let Some(key) = planning.key_to_keep() {
        check_key(planning.schema(), &table, key)?;
    }
    // a trigger of the user's is to see every row, also one whose values stay as they are
    let seen = !written.set.is_empty() && is_seen(moment, &table);
    if written.is_same_twice(moment) && !seen {
        again_and_again(moment, planning, &table, &written)?;
    } else {
        let known = moment.before().tables.get(&table);
        if known.is_some_and(|known| are_copied_whole(moment.before(), known)) {
            let why = format!(
                "it is not the same twice, so that a column has to tell which rows are done, and {COPIED_WHOLE}"
            );
            return Err(Stop::Refused(uncut(&table, &why)));
        }
        once::follow(moment, planning, &table, &written)?;
    }
    if !planning.is_deferring()
        && let Some(notice) = not_kept_filled(moment, &table)
    {
        planning.remark_on_rows(notice);
    }
    Ok(true)
}

/// What is to be known of new columns that are filled once.
fn not_kept_filled(moment: &Moment<'_>, table: &QName) -> Option<String> {
    let mut new = set_by_update(moment, table);
    new.retain(|column| moment.is_new(&ObjectRef::Column(table.clone(), column.clone())));
    let new: Vec<&str> = new.iter().map(Name::as_str).collect();
    let (names, is) = match new.as_slice() {
        [] => return None,
        [one] => ((*one).to_owned(), "is"),
        several => (several.join(", "), "are"),
    };
    let it = if new.len() == 1 { "it" } else { "them" };
    Some(format!(
        "{names} of {table} {is} not kept filled: what the old app writes from here on until contract is not in {it}"
    ))
}

/// The same of an UPDATE that runs as it is written.
pub(super) fn fills_as_written(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<String> {
    let writes = moment.row_writes();
    let [write] = writes.as_slice() else {
        return None;
    };
    let table = &write.table;
    if write.pinned || planning.is_deferring() || !moment.is_in_use(table) {
        return None;
    }
    not_kept_filled(moment, table)
}

/// Takes an UPDATE of a small table for what fills new columns, if it is that: it is over at once, and the old app leaves them out as it
/// does in a large one. Where they cannot be kept filled it is as it is written.
fn fills_a_small_table(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    writes: &[RowWrite],
) -> Result<bool, Stop> {
    let (Some(ast::Stmt::Update(update)), [write]) = (moment.statement(), writes) else {
        return Ok(false);
    };
    let table = &write.table;
    if !write.few || !moment.is_in_use(table) || !moment.before().tables.contains_key(table) {
        return Ok(false);
    }
    let Some(written) = Written::update(moment.before(), update, table) else {
        return Ok(false);
    };
    let is_of_some = written.others.is_none()
        && written.condition.as_ref().is_some_and(|condition| {
            let mut set = written.set.iter();
            !set.any(|set| effect::demands_null(condition, &set.column))
        });
    let merged = merged::with_those_behind(moment, planning, table, written);
    // rows that are named, or of which other statements write some in another way, are those that are there
    let chooses = is_of_some && (write.pinned || is_set_elsewhere(planning, table, &merged));
    if chooses || planning.disables_trigger(moment.before(), table).is_some() {
        return Ok(false);
    }
    // as it is written it would be refused as well, by the server
    for leaf in holders(planning, table)? {
        refuse_without_identity(planning, &leaf)?;
    }
    let mut set = merged.written.set.iter();
    let waits = set.any(|set| planning.comes_empty(table, &set.column));
    match filling::of_rows(moment, planning, table, &merged) {
        Err(Stop::Refused(_)) if !waits => Ok(false),
        done => done,
    }
}

/// Whether other statements of the deploy write one of the columns too, but for those that are told with it.
fn is_set_elsewhere(planning: &Planning<'_>, table: &QName, merged: &Merged) -> bool {
    let later = (planning.later()).filter(|(_, at)| !merged.others.contains(at));
    let later = later.map(|(line, at)| (line, planning.text(at)));
    planning.earlier().chain(later).any(|(line, text)| {
        let writes = |change: &Change| {
            matches!(change, Change::Data { table: of, .. } if of.as_ref().is_none_or(|of| of == table))
        };
        let mut set = merged.written.set.iter();
        line.changes.iter().any(writes) && set.any(|set| effect::mentions(text, &set.column))
    })
}

/// The table in use whose rows are written by writing those of a view, which has no trigger that does something else instead.
fn behind_view(moment: &Moment<'_>, view: &QName) -> Option<QName> {
    let view = moment.before().views.get(view)?;
    if view
        .triggers
        .values()
        .any(|trigger| trigger.timing == TriggerTiming::InsteadOf)
    {
        return None;
    }
    view.depends_on.iter().find_map(|object| match object {
        ObjectRef::Table(table) if moment.is_in_use(table) => Some(table.clone()),
        ObjectRef::View(below) => behind_view(moment, below),
        _ => None,
    })
}

/// The column, of those that are set, by whose value rows are in one partition or another: each partition is written by itself, and
/// would have to keep the row.
fn moves<'w>(moment: &Moment<'_>, table: &QName, written: &'w Written) -> Option<&'w Name> {
    let tables = with_partitions(moment.before(), table);
    let levels: Vec<_> = (tables.iter())
        .filter_map(|of| moment.before().tables.get(of))
        .collect();
    let mut columns = written.set.iter().map(|set| &set.column);
    columns.find(|column| levels.iter().any(|one| is_partition_key(one, column)))
}

fn moved(table: &QName, column: &Name) -> Problem {
    uncut(
        table,
        &format!("{column} tells in which partition a row is"),
    )
    .help(format!(
        "move the rows by DELETE and INSERT of a few at a time in the app; or {DIRECT}"
    ))
}

fn uncut(table: &QName, why: &str) -> Problem {
    Problem::new(format!(
        "this writes many rows of {table} at once, and cannot be cut into batches: {why}"
    ))
    .note("it holds locks on all of them until it ends")
    .help(DIRECT)
}

/// Whether a trigger of the user's fires for rows that are updated.
fn is_seen(moment: &Moment<'_>, table: &QName) -> bool {
    let known = moment.before().tables.get(table);
    known.is_some_and(|table| {
        table.triggers.values().any(|trigger| {
            trigger.for_each_row && trigger.events.update && trigger.enabled != Enabled::Disabled
        })
    })
}

fn refused(table: &QName) -> Problem {
    Problem::new(format!(
        "this writes many rows of {table} at once, and cannot be cut into batches"
    ))
    .note("it holds locks on all of them until it ends")
    .help(format!(
        "write it over one table that it does not read otherwise, without WITH, RETURNING or a cursor, and give each column a value of its own; or {DIRECT}"
    ))
}

/// Until nothing is left to do.
fn again_and_again(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    written: &Written,
) -> Result<(), Stop> {
    let changed = (!written.set.is_empty()).then(|| {
        let alias = &written.alias;
        let set = written.set.iter();
        let (columns, values): (Vec<String>, Vec<&str>) = set
            .map(|set| (format!("{alias}.{}", set.column), set.typed.as_str()))
            .unzip();
        differ(&columns.join(", "), &values.join(", "))
    });
    let condition = written.condition.as_ref().map(|text| format!("({text})"));
    let open: Vec<String> = condition.into_iter().chain(changed).collect();
    let open = match open.is_empty() {
        true => "true".to_owned(),
        false => open.join(" AND "),
    };
    let title = match written.set.is_empty() {
        true => "delete rows of",
        false => "write rows of",
    };
    in_batches(
        planning,
        table,
        title,
        |planning, leaf| keeping::of_batches(moment, planning, written, (table, leaf)),
        |leaf, kept| written.batch(leaf, "", &open, kept),
        |leaf| Ends {
            done: written.none_left(leaf, &open),
            left: Some(written.left(leaf, &open)),
        },
    )
}
