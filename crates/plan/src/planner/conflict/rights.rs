//! `GRANT`, `REVOKE` and `OWNER TO` of what has two forms until contract: they are of both, at once.

use segue_catalog::{Catalog, Change, ObjectRef, apply, diff, render};

use super::rows;
use crate::{
    Moment,
    planner::{Planning, Stop, pending::PutOff, running::run_on_model, undo::between},
    recipes,
};

/// Plans the statement, together with what says the same of the other forms; not where what it is about is not there yet.
pub(super) fn of_both(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let mut changes = moment.changes().iter();
    let is_it = changes.all(|change| {
        matches!(
            change,
            Change::Privileges { .. } | Change::SetOwner { .. } | Change::Nothing
        )
    });
    if !is_it || rows::are_maintained(moment) || planning.is_deferring() {
        return Ok(false);
    }
    let session = &moment.line().session;
    let mut written = planning.now.clone();
    // what has the name now may be what goes
    let is_made_again = |object: &ObjectRef| {
        planning.pending.iter().any(|pending| {
            matches!(&pending.what, PutOff::Going(it) | PutOff::Coming(it) if it == object)
        })
    };
    let mut there = moment.changes().iter().filter_map(subject);
    if there.any(|object| !is_there(&written, object) || is_made_again(object))
        || run_on_model(moment.text(), &mut written, session).is_err()
    {
        return Ok(false);
    }
    let mut both = written.clone();
    for change in moment.changes() {
        let others = subject(change).map(|object| others(planning, object));
        for other in others.into_iter().flatten() {
            apply(&mut both, &about(change, other));
        }
    }
    let also = between(&written, &both, &diff::Options::default(), Some(session));
    let Ok(Some(mut also)) = also else {
        return Ok(false);
    };
    also.extend(
        moment
            .changes()
            .iter()
            .filter_map(|change| owned(planning, change)),
    );
    recipes::as_written_with(moment, planning, also)?;
    Ok(true)
}

/// What gives the table behind a view to the same owner: comparing schemas leaves owners alone.
fn owned(planning: &Planning<'_>, change: &Change) -> Option<String> {
    let Change::SetOwner { object, owner } = change else {
        return None;
    };
    let (ObjectRef::Table(name) | ObjectRef::View(name)) = object else {
        return None;
    };
    let table = planning.table_for_now(name);
    let owner = render::owner(owner.as_ref());
    (table != *name).then(|| render::alter(&table, &format!("OWNER TO {owner}")))
}

fn subject(change: &Change) -> Option<&ObjectRef> {
    match change {
        Change::Privileges { object, .. } | Change::SetOwner { object, .. } => Some(object),
        _ => None,
    }
}

fn about(change: &Change, object: ObjectRef) -> Change {
    match change.clone() {
        Change::Privileges { change, .. } => Change::Privileges { object, change },
        Change::SetOwner { owner, .. } => Change::SetOwner { object, owner },
        other => other,
    }
}

/// Whether an object is there under this name: a table perhaps as a view, a sequence as that of an identity column.
fn is_there(now: &Catalog, object: &ObjectRef) -> bool {
    match object {
        ObjectRef::Table(name) | ObjectRef::Column(name, _) if now.views.contains_key(name) => true,
        ObjectRef::Sequence(name) => now.relation(name).is_some(),
        object => now.has(object),
    }
}

/// What else an object is until contract: the table behind the view, the column that is renamed then, or has its new type.
fn others(planning: &Planning<'_>, object: &ObjectRef) -> Vec<ObjectRef> {
    let mut others = Vec::new();
    match object {
        ObjectRef::Table(name) => others.push(ObjectRef::Table(planning.table_for_now(name))),
        ObjectRef::Column(of, name) => {
            let table = planning.table_for_now(of);
            let new = planning.new_type(of, name);
            let beside = new.and_then(|new| new.beside);
            let column = planning.column_for_now(of, name);
            others.extend(beside.map(|beside| ObjectRef::Column(table.clone(), beside)));
            others.extend((table != *of).then(|| ObjectRef::Column(table.clone(), name.clone())));
            others.push(ObjectRef::Column(table, column));
        }
        _ => {}
    }
    others.retain(|other| other != object);
    others
}
