//! Statements about what is put off to contract. They are written under the names that there are for now, or wait for
//! contract too; where neither will do, the deploy has to end before them.

mod carried;
mod constrained;
mod feeding;
mod made_here;
mod made_of_values;
mod mirrored;
mod named;
mod needed;
mod of_columns;
mod rights;
mod rows;
mod synced;
mod translated;
mod values;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange, reached};
use segue_sql::Problem;
use squawk_syntax::ast;

pub(super) use self::rows::selects_all;
pub(crate) use self::{feeding::set_by_update, named::named_by};
use self::{
    of_columns::{comes_instead, is_renamed, is_type_of_another, leaves_values, takes_away},
    translated::translated,
    words::{calls, mentions, words},
};
use super::{DIRECT, Stop, follow, pending::PutOff, planning::Planning, replaced};
use crate::{Moment, Served};

/// What a statement is about that is put off.
pub(super) struct Conflict {
    /// The statement that put off the first of it.
    first: Served,
    /// What, for people.
    about: String,
    /// Whether nothing but names is put off.
    is_of_names: bool,
    /// Whether nothing but new types of columns is put off.
    is_of_types: bool,
    /// Whether the first of it is a type.
    is_type: bool,
    /// Why it can neither be done now nor in contract; none: it can.
    barred: Option<String>,
}

/// What a statement is about that is put off; none of it in most.
pub(super) fn of(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Conflict> {
    if let Some(feeding) = feeding::feeding(moment, planning) {
        return Some(feeding);
    }
    let changing = synced::changing(moment, planning);
    if let Some(found) = changing.or_else(|| mirrored::met_by_trigger(moment, planning)) {
        return Some(found);
    }
    if planning.pending.is_empty() {
        return None;
    }
    let named = footprint(moment);
    let mut found: Option<Conflict> = None;
    let mut enums = BTreeMap::new();
    for pending in &planning.pending {
        // who does not say the name of a value has nothing to do with that
        let of_values = match &pending.what {
            PutOff::Coming(ObjectRef::Type(name)) => *enums
                .entry(name)
                .or_insert_with(|| values::are_met(moment, planning, name)),
            _ => None,
        };
        let rows = match of_values {
            Some(false) => continue,
            Some(true) => pending.objects.first().cloned(),
            None => met_otherwise(moment, planning, &pending.what),
        };
        // the number of the identity that comes in the place of a default
        let sequence = match &pending.what {
            PutOff::Strictness(object @ ObjectRef::Default(table, column))
                if replaced::sets_number(moment.text(), table, column) =>
            {
                Some(object)
            }
            _ => None,
        };
        let of_column = is_type_of_another(moment, &pending.what).then_some(1);
        let mut objects = pending.objects.iter().take(of_column.unwrap_or(usize::MAX));
        let touched =
            objects.find(|object| touches(moment, planning, (&named, object), &pending.what));
        let Some(touched) = touched.or(rows.as_ref()).or(sequence) else {
            continue;
        };
        let is_name = matches!(
            pending.what,
            PutOff::ColumnName { .. } | PutOff::TableName { .. }
        );
        let found = found.get_or_insert_with(|| Conflict {
            first: pending.served,
            about: touched.to_string(),
            is_of_names: true,
            is_of_types: true,
            is_type: matches!(touched, ObjectRef::Type(_)),
            barred: None,
        });
        found.is_of_names &= is_name;
        found.is_of_types &= leaves_values(moment, planning, &pending.what);
    }
    found.or_else(|| carried::carrying(moment, planning))
}

/// What of it a statement is about without naming it among what it makes, alters or drops.
fn met_otherwise(moment: &Moment<'_>, planning: &Planning<'_>, what: &PutOff) -> Option<ObjectRef> {
    match what {
        PutOff::Rows { table, columns } => {
            rows_matter(moment, table, columns.as_deref()).then(|| ObjectRef::Table(table.clone()))
        }
        // a view has nothing to build anew
        PutOff::TableName { to, .. } if rows::are_maintained(moment) => {
            let table = ObjectRef::Table(to.clone());
            mentions(moment, &table, false).then_some(table)
        }
        // the type of its rows goes with the view
        PutOff::TableName { to, .. }
            if !rows::may_write(moment) && words::has_as_type(moment, to) =>
        {
            Some(ObjectRef::Table(to.clone()))
        }
        // its mirror has no numbers
        PutOff::ColumnName { table, to, .. } => {
            let (of, column, _) = translated::restarted(moment)?;
            (of == *table && column == *to).then_some(ObjectRef::Column(of, column))
        }
        PutOff::Going(object @ ObjectRef::Column(table, _))
            if rows::shown_whole(moment).contains(table) =>
        {
            Some(object.clone())
        }
        PutOff::Coming(object @ ObjectRef::Routine(id))
            if !planning.now.routines.contains_key(id) && calls(moment, &id.name.name) =>
        {
            Some(object.clone())
        }
        PutOff::Coming(object @ ObjectRef::Column(of, from))
            if values::attribute_is_met(moment, planning, (of, from)) =>
        {
            Some(object.clone())
        }
        PutOff::Strictness(object) => {
            // an older column that is renamed has both names, and its default under each
            let is_bound = match object {
                ObjectRef::Default(of, column) => {
                    moment.is_new(&ObjectRef::Column(of.clone(), column.clone()))
                }
                _ => true,
            };
            let is_it = |change| {
                is_bound && takes_away(change, object)
                    || planning.loses_default(object) && comes_instead(change, object)
            };
            moment.changes().iter().any(is_it).then(|| object.clone())
        }
        _ => None,
    }
}

fn rows_matter(moment: &Moment<'_>, table: &QName, columns: Option<&[Name]>) -> bool {
    if moment.line().unknown.is_some() || rows::is_data(moment) {
        let object = ObjectRef::Table(table.clone());
        return mentions(moment, &object, false);
    }
    rows::are_needed(moment, table, columns)
}

/// The objects that a statement makes, alters or drops.
fn footprint(moment: &Moment<'_>) -> BTreeSet<ObjectRef> {
    named_by(moment.changes(), moment.after())
}

/// Whether a statement is about an object that is put off.
fn touches(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    (named, object): (&BTreeSet<ObjectRef>, &ObjectRef),
    what: &PutOff,
) -> bool {
    if rows::may_write(moment) {
        let is_bound = || constrained::bound(moment, planning, &words(moment), object);
        if !planning.said().sync && only_reads(moment, what) {
            return false;
        }
        let is_mirrored = matches!(what, PutOff::ColumnName { .. });
        return mentions(moment, object, is_mirrored)
            || (matches!(what, PutOff::Going(_)) && is_bound());
    }
    if named.contains(object) {
        return true;
    }
    // something of another kind that still has the name
    let name = named::relation(object);
    if name.is_some() && named.iter().any(|one| named::relation(one) == name) {
        return true;
    }
    // a column whose default is put off gets another name
    if let ObjectRef::Default(table, name) = object
        && is_renamed(moment, table, name)
    {
        return true;
    }
    // the default of a column whose name or type is put off
    if let ObjectRef::Column(table, name) = object
        && named.contains(&ObjectRef::Default(table.clone(), name.clone()))
    {
        return true;
    }
    let uses = |catalog| !reached(catalog, object).is_disjoint(named);
    uses(moment.after()) || uses(moment.before())
}

/// Whether a statement about rows only reads a table that has its new name as a view.
fn only_reads(moment: &Moment<'_>, what: &PutOff) -> bool {
    let PutOff::TableName { to, .. } = what else {
        return false;
    };
    let is_known = moment.line().unknown.is_none();
    is_known && (rows::is_made_of_rows(moment) || !constrained::writes(moment, to))
}

/// Whether what a statement says is so already, as NOT NULL of a table may be, or that something is gone (IF EXISTS): under the names
/// that there are for now it could not be written, and need not.
pub(super) fn is_so_already(moment: &Moment<'_>, planning: &Planning<'_>) -> bool {
    let does_nothing = |change: &Change| *change == Change::Nothing;
    !planning.pending.is_empty()
        && matches!(
            moment.statement(),
            Some(
                ast::Stmt::AlterTable(_)
                    | ast::Stmt::DropIndex(_)
                    | ast::Stmt::DropMaterializedView(_)
                    | ast::Stmt::DropSequence(_)
                    | ast::Stmt::DropTable(_)
                    | ast::Stmt::DropType(_)
                    | ast::Stmt::DropView(_)
            )
        )
        && moment.changes().iter().all(does_nothing)
        && is_known(moment)
}

/// Writes the statement under the names that there are for now, or puts it off too.
pub(super) fn settle(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    conflict: Conflict,
) -> Result<(), Stop> {
    if rights::of_both(moment, planning)? || made_here::dropped(moment, planning)? {
        return Ok(());
    }
    if let Some(text) = values::added(moment, planning) {
        let now = planning.now.clone();
        if translated::planned_as(moment, planning, now, text)? {
            return Ok(());
        }
    }
    let pending = planning.pending.clone();
    // `*` is a list by then
    let is_whole = !rows::shown_whole(moment).is_empty();
    if conflict.is_of_names && !is_whole && translated(moment, planning, &pending)? {
        return Ok(());
    }
    if let Some(why) = conflict.barred {
        let (first, about) = (conflict.first, conflict.about);
        let why = format!("{about}: {why}");
        return Err(Stop::Barrier { first, why });
    }
    if let Some(waiting) = of_columns::waits_for_others(moment, planning) {
        planning.not_beyond = Some(planning.served().migration + 1);
        return Err(Stop::Refused(waiting));
    }
    if crate::recipes::behind_new_type(moment, planning)? {
        return Ok(());
    }
    if conflict.is_of_types
        && of_columns::checks_rows(moment)
        && translated(moment, planning, &planning.called_beside())?
    {
        for object in footprint(moment) {
            if !matches!(object, ObjectRef::Table(_) | ObjectRef::Column(..)) {
                planning.put_off(PutOff::Coming(object));
            }
        }
        of_columns::index_is_beside(moment, planning)?;
        return Ok(());
    }
    let mark = planning.mark();
    if crate::recipes::in_place_of(moment, planning)? {
        return of_columns::names_its_columns(moment, planning);
    }
    planning.back_to(mark);
    if let Some(stop) = cannot_wait(moment, planning, &conflict) {
        return Err(stop);
    }
    put_off(moment, planning)
}

/// Why a statement can be done neither now nor in contract.
fn cannot_wait(moment: &Moment<'_>, planning: &Planning<'_>, conflict: &Conflict) -> Option<Stop> {
    let about = &conflict.about;
    let why = if let Some(table) = rows::grows_meanwhile(moment, planning) {
        format!("and so is a view of all columns of {table}, which gets another one meanwhile")
    } else if needed::at_once(moment, planning) {
        String::new()
    } else if rows::are_missed(moment) {
        "and rows that are written only there are missed by the new app until then, or written over what it has written".to_owned()
    } else if let Some(table) = rows::are_of_new_table(moment, planning) {
        format!("and {table} is there before, without these rows")
    } else if crate::recipes::rewrites(moment) {
        if conflict.is_type && !values::are_renamed_of_retyped(moment, planning) {
            return Some(Stop::Refused(by_the_names_of_types(about)));
        }
        "and there all rows would be written anew while others wait".to_owned()
    } else {
        return None;
    };
    let comma = if why.is_empty() { "" } else { ", " };
    Some(Stop::Barrier {
        first: conflict.first,
        why: format!("{about} is put off to contract{comma}{why}"),
    })
}

/// A column cannot have a type yet that gets its name in contract.
fn by_the_names_of_types(about: &str) -> Problem {
    Problem::new(format!(
        "{about} is put off to contract, and there all rows would be written anew while others wait"
    ))
    .help(format!(
        "make the new type under another name, give it to the column, and rename both types behind that; or {DIRECT}"
    ))
}

/// Whether anything is known of what a statement does.
pub(super) fn is_known(moment: &Moment<'_>) -> bool {
    moment.line().unknown.is_none()
}

/// Plans the statement in contract.
pub(super) fn put_off(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<(), Stop> {
    planning.deferred(|planning| follow(moment, planning))?;
    // what comes behind it has nothing to do with it
    if moment.changes().iter().all(leaves_shape) {
        return Ok(());
    }
    for object in footprint(moment) {
        if !matches!(object, ObjectRef::Table(_)) || is_of_tables(moment) {
            planning.put_off(PutOff::Coming(object));
        }
    }
    for table in rows::written(moment) {
        let set = feeding::set_by_update(moment, &table);
        let columns = (!set.is_empty()).then_some(set);
        planning.put_off(PutOff::Rows { table, columns });
    }
    Ok(())
}

/// Whether a change leaves an object what it is to all statements behind it.
fn leaves_shape(change: &Change) -> bool {
    match change {
        Change::Comment { .. } | Change::Privileges { .. } | Change::SetOwner { .. } => true,
        Change::Table { change, .. } => matches!(
            change,
            TableChange::SetStorage { .. }
                | TableChange::SetCompression { .. }
                | TableChange::SetStatistics { .. }
                | TableChange::SetColumnOptions { .. }
        ),
        _ => false,
    }
}

/// Whether a statement makes, drops or renames tables as a whole.
fn is_of_tables(moment: &Moment<'_>) -> bool {
    let is_table = |object: &ObjectRef| matches!(object, ObjectRef::Table(_));
    moment.changes().iter().any(|change| match change {
        Change::Create(object) => is_table(&object.reference()),
        Change::Drop { object, .. }
        | Change::Rename { object, .. }
        | Change::SetSchema { object, .. } => is_table(object),
        _ => false,
    })
}
