//! `DROP` of a table, view, type, function, trigger…: once the old app is gone. What comes again in the same deploy is replaced
//! where it stands.

use segue_catalog::{
    Catalog, Change, Object, ObjectRef, QName, TableChange, dependents, model::ViewKind,
};
use segue_sql::Problem;

use super::{Recipe, change_type::is_at_once};
use crate::{
    Line, Moment, effect,
    moment::Stand,
    planner::{DIRECT, Draft, Planning, PutOff, Stop, can_be_replaced, makes},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_object",
    title: "an object goes once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let dropped: Vec<(&ObjectRef, bool)> = moment.changes().iter().filter_map(dropped).collect();
    let Some((first, cascade)) = dropped.first().copied() else {
        return Ok(false);
    };
    let is_new = dropped.iter().all(|(object, _)| moment.is_new(object));
    if is_new {
        return Ok(false);
    }
    // what uses it for now goes in contract, and so does this
    let waits = planning.is_deferring()
        || planning.goes_late(first)
        || !cascade && is_used(planning, first);
    if let Some(again) = comes_again(planning, first).filter(|_| !waits) {
        let ObjectRef::View(view) = first else {
            return Ok(false);
        };
        let lacks = lacks(moment, view, &again.after);
        let draft = Draft::transaction(format!("{view} is made again"), [moment.text()]);
        planning.step(draft.notices(lacks))?;
        return Ok(true);
    }
    if let ObjectRef::Table(table) = first
        && let Some(stop) = (planning.loses_what_fills(table, None))
            .or_else(|| planning.loses_what_was_read(table, None))
    {
        return Err(stop);
    }
    let mut draft = Draft::transaction(format!("drop {first}"), [moment.text()]).in_contract();
    let named: Vec<ObjectRef> = dropped
        .iter()
        .map(|(object, _)| (*object).clone())
        .collect();
    if let Some(along) = moment.goes_along(&named) {
        draft = draft.hazard(Some("drop-table"), along);
    }
    if let ObjectRef::Table(table) = first {
        draft = draft.notices(planning.goes_once_read(table, None));
    }
    draft = draft.notices(moment.binds_meanwhile());
    draft = draft.notices(missed_meanwhile(moment, planning, first));
    if !planning.is_deferring() && !cascade {
        still_free(planning, &named)?;
    }
    planning.step(draft)?;
    for object in named.into_iter().chain(moment.gone()) {
        planning.put_off(PutOff::Going(object));
    }
    Ok(true)
}

/// What is said of a materialized view that comes again: computing it takes too long for the transaction in which the old one goes, and
/// meanwhile there is none.
fn missed_meanwhile(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    object: &ObjectRef,
) -> Option<String> {
    let ObjectRef::View(name) = object else {
        return None;
    };
    let view = moment.before().views.get(name)?;
    let mut later = planning.later();
    let comes_again = view.is_materialized() && later.any(|(line, _)| makes(line, object));
    comes_again.then(|| {
        format!(
            "whoever reads {name} from here on fails until it is computed anew and committed, and what its indexes are for is slow until they are built"
        )
    })
}

/// Whether something that is to go, and is there for now, keeps the server from dropping an object.
fn is_used(planning: &Planning<'_>, object: &ObjectRef) -> bool {
    let users = dependents(planning.schema(), object);
    let mut users = users.iter();
    users.any(|user| {
        planning.is_going(user) || planning.loses_default(user) || is_of(user, &[], planning)
    })
}

fn dropped(change: &Change) -> Option<(&ObjectRef, bool)> {
    match change {
        Change::Drop { object, cascade } => Some((object, *cascade)),
        _ => None,
    }
}

/// What an app misses in a view that comes again in the same transaction.
fn lacks(moment: &Moment<'_>, view: &QName, then: &Catalog) -> Option<String> {
    match moment.stand(view, then)? {
        Stand::Whole => None,
        Stand::Gone => Some(format!(
            "the running app may use {view}, which comes back as something else"
        )),
        Stand::Without(lost) => {
            let lost: Vec<&str> = lost.iter().map(|name| name.as_str()).collect();
            let lost = lost.join(", ");
            Some(format!(
                "the running app may use {view}, which comes back without {lost}"
            ))
        }
    }
}

/// The later statement that makes it anew, with nothing between that takes long: both run in one transaction then
/// (`planner/replaced.rs`).
fn comes_again<'p>(planning: &'p Planning<'_>, object: &ObjectRef) -> Option<&'p Line> {
    if !can_be_replaced(object) {
        return None;
    }
    for (line, at) in planning.later() {
        if makes(line, object) {
            return Some(line);
        }
        if is_new_type_at_once(line, planning.text(at)) {
            continue;
        }
        // what changes meanwhile is what it had to go for
        let quiet = line.changes.iter().all(|change| {
            let is_quick = |made: &Object| {
                !matches!(made, Object::Index(..) | Object::Table(..))
                    && !matches!(made, Object::View(_, view) if view.kind != ViewKind::Plain)
            };
            match change {
                Change::Create(made) | Change::Replace(made) => is_quick(made),
                Change::Drop { .. } | Change::Nothing => true,
                _ => false,
            }
        });
        if !quiet {
            return None;
        }
    }
    None
}

/// Whether a statement does nothing but give a column more room, which touches no row.
fn is_new_type_at_once(line: &Line, text: &str) -> bool {
    let [
        Change::Table {
            table,
            change: TableChange::SetType {
                column, data_type, ..
            },
        },
    ] = line.changes.as_slice()
    else {
        return false;
    };
    let known = line.before.tables.get(table);
    let Some(own) = known.and_then(|known| known.column(column)) else {
        return false;
    };
    let tree = segue_catalog::parse(text).tree().stmts().next();
    is_at_once(&effect::of(line, tree.as_ref()), &own.data_type, data_type)
}

/// What the deploy has made so far may not stand in the way of contract.
fn still_free(planning: &Planning<'_>, named: &[ObjectRef]) -> Result<(), Stop> {
    for object in named {
        let users = dependents(planning.schema(), object);
        let user = users.iter().find(|user| {
            !planning.is_going(user)
                && !planning.loses_default(user)
                && !named.contains(user)
                && !is_of(user, named, planning)
        });
        if let Some(user) = user {
            return Err(Stop::Refused(
                Problem::new(format!("{user} uses {object}, which is to go"))
                    .note("the server would refuse the DROP in contract")
                    .help(DIRECT),
            ));
        }
    }
    Ok(())
}

/// Whether an object is a part of one that is to go.
fn is_of(object: &ObjectRef, named: &[ObjectRef], planning: &Planning<'_>) -> bool {
    object.part_of().is_some_and(|of| {
        let goes = |whole: ObjectRef| named.contains(&whole) || planning.is_going(&whole);
        goes(ObjectRef::Table(of.clone())) || goes(ObjectRef::View(of.clone()))
    })
}
