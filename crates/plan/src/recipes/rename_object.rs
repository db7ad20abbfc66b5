//! Other things that an app may know by name: views, types, functions, schemas, values of enums. They cannot have two names:
//! they are renamed once the old app is gone, and until then the new app has to know them as they were.

use segue_catalog::{Change, ObjectRef, QName, TypeChange};
use segue_sql::Problem;

use super::Recipe;
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, PutOff, Stop},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "rename_object",
    title: "what cannot have two names is renamed once the old app is gone",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((object, what)) = moment.changes().iter().find_map(known_by_name) else {
        return Ok(false);
    };
    let tables = &planning.schema().tables;
    let has_a_recipe = match &object {
        // else it is one of a view, or of a composite type
        ObjectRef::Column(of, _) => tables.contains_key(of),
        object => matches!(object, ObjectRef::Table(_)),
    };
    let is_new = match &object {
        ObjectRef::Column(of, _) => moment.is_new_relation(of),
        object => moment.is_new(object),
    };
    let waits = has_a_recipe && planning.is_deferring();
    if !waits && (has_a_recipe || is_new) {
        return Ok(false);
    }
    if let Some(refused) = gets_name_of_another(moment, planning) {
        return Err(Stop::Refused(refused));
    }
    if let Some(refused) = is_made_again(planning, &object) {
        return Err(Stop::Refused(refused));
    }
    let draft = Draft::transaction(format!("{object}: {what}"), [moment.text()]).hazard(
        None,
        format!("until contract the new app meets {object} as it was ({what} in contract)"),
    );
    planning.step(draft.in_contract())?;
    planning.put_off(PutOff::Coming(object));
    // a column can be of a type, a value be made by a function, rights be given, only under the name that this has
    let named = moment.changes().iter().filter_map(|change| match change {
        Change::Rename { object, to } => Some(object.renamed(to)),
        Change::SetSchema {
            object: ObjectRef::Type(name),
            schema,
        } => Some(ObjectRef::Type(QName::new(
            schema.clone(),
            name.name.clone(),
        ))),
        _ => None,
    });
    let is_used = |named: &ObjectRef| {
        matches!(
            named,
            ObjectRef::Type(_) | ObjectRef::Routine(_) | ObjectRef::View(_) | ObjectRef::Schema(_)
        )
    };
    for named in named.filter(is_used) {
        planning.put_off(PutOff::Coming(named));
    }
    Ok(true)
}

/// Why a column cannot wait for its new name: what the new app writes would go to another column that has it until contract.
fn gets_name_of_another(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Problem> {
    moment.changes().iter().find_map(|change| {
        let Change::Rename {
            object: ObjectRef::Column(table, from),
            to,
        } = change
        else {
            return None;
        };
        let before = planning.table_for_now(table);
        planning.has_before(&before, to).then(|| {
            Problem::new(format!(
                "{from} of {table} cannot be called {to} yet: another column has the name until contract, and what the new app writes would go there"
            ))
            .help(DIRECT)
        })
    })
}

/// Why a column of a view cannot wait for its new name: a later statement drops the view, and what waits would meet another one.
fn is_made_again(planning: &Planning<'_>, object: &ObjectRef) -> Option<Problem> {
    let ObjectRef::Column(view, column) = object else {
        return None;
    };
    let drops = |change: &Change| match change {
        Change::Drop { object, .. } => *object == ObjectRef::View(view.clone()),
        _ => false,
    };
    let mut later = planning.later();
    let (_, at) = later.find(|(line, _)| line.changes.iter().any(drops))?;
    Some(
        Problem::new(format!(
            "{column} of the view {view} gets its new name in contract, and the view is dropped before: `{}`",
            planning.text(at).trim()
        ))
        .help(format!(
            "leave out the new name, and make {view} again with its columns as they are to be; or {DIRECT}"
        )),
    )
}

/// What an app may know, and what happens to it.
fn known_by_name(change: &Change) -> Option<(ObjectRef, &'static str)> {
    match change {
        Change::Rename { object, .. } => matches!(
            object,
            ObjectRef::View(_)
                | ObjectRef::Type(_)
                | ObjectRef::Routine(_)
                | ObjectRef::Schema(_)
                | ObjectRef::Column(..)
                | ObjectRef::Table(_)
        )
        .then(|| (object.clone(), "it is renamed")),
        Change::SetSchema { object, .. } => matches!(
            object,
            ObjectRef::View(_) | ObjectRef::Type(_) | ObjectRef::Routine(_) | ObjectRef::Table(_)
        )
        .then(|| (object.clone(), "it moves")),
        Change::Type {
            name,
            change: TypeChange::RenameValue { .. },
        } => Some((ObjectRef::Type(name.clone()), "a value is renamed")),
        Change::Type {
            name,
            change: TypeChange::DropAttribute(_) | TypeChange::SetAttributeType { .. },
        } => Some((ObjectRef::Type(name.clone()), "an attribute changes")),
        _ => None,
    }
}
