//! Whether a step is done already: a query over the server's catalogs for what its statements change.

use segue_catalog::{Change, Name, Object, ObjectRef, QName, TableChange, render::literal};

use super::conflict::renamed;
use crate::Line;

/// A query for one boolean; none where nothing of what they change can be looked for: such statements may be run again, or
/// commit together with their record.
pub(super) fn of(lines: &[Line]) -> Option<String> {
    let mut conditions: Vec<(String, Option<String>)> = Vec::new();
    let changes = lines.iter().flat_map(|line| &line.changes);
    for (about, condition) in changes.flat_map(told) {
        let known = conditions.iter_mut().find(|(known, _)| *known == about);
        match known {
            None => conditions.push((about, condition)),
            // what goes and comes again, or comes and goes, is there or not there before and behind the step
            Some((_, known)) if is_gone(known) != is_gone(&condition) => *known = None,
            Some((_, known)) => *known = condition,
        }
    }
    let conditions: Vec<String> = conditions.into_iter().filter_map(|(_, it)| it).collect();
    (!conditions.is_empty()).then(|| format!("SELECT {}", conditions.join(" AND ")))
}

fn is_gone(condition: &Option<String>) -> Option<bool> {
    condition.as_ref().map(|text| text.starts_with("NOT "))
}

/// What a change is about, each with what holds when it is done; none where that cannot be looked for.
fn told(change: &Change) -> Vec<(String, Option<String>)> {
    let one = |object: &ObjectRef, condition| vec![(key(object), condition)];
    match change {
        Change::Create(object) | Change::Replace(object) => {
            let condition = match change {
                Change::Create(_) => created(object),
                _ => None,
            };
            one(&object.reference(), condition)
        }
        Change::Drop { object, .. } => {
            one(object, there(object).map(|there| format!("NOT ({there})")))
        }
        Change::Rename { object, to } => {
            let now = renamed(object, to);
            let mut both = one(object, there(object).map(|there| format!("NOT ({there})")));
            both.extend(one(&now, there(&now)));
            both
        }
        Change::Table { table, change } => altered(table, change),
        _ => Vec::new(),
    }
}

/// What an object has in common with whatever else has its name.
fn key(object: &ObjectRef) -> String {
    match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => format!("relation {name}"),
        other => other.to_string(),
    }
}

fn altered(table: &QName, change: &TableChange) -> Vec<(String, Option<String>)> {
    let of_column = |name: &Name| key(&ObjectRef::Column(table.clone(), name.clone()));
    let of_constraint = |name: &Name| key(&ObjectRef::Constraint(table.clone(), name.clone()));
    let (about, condition) = match change {
        TableChange::AddColumn(new) => (of_column(&new.name), column(table, &new.name, "")),
        TableChange::DropColumn { name, .. } => {
            let gone = format!("NOT {}", column(table, name, ""));
            (of_column(name), gone)
        }
        TableChange::AddConstraint {
            name,
            constraint: new,
            ..
        } => {
            let valid = if new.validated {
                " AND convalidated"
            } else {
                ""
            };
            (of_constraint(name), constraint(table, name, valid))
        }
        TableChange::ValidateConstraint(name) => {
            let valid = constraint(table, name, " AND convalidated");
            (of_constraint(name), valid)
        }
        TableChange::DropConstraint { name, .. } => {
            let gone = format!("NOT {}", constraint(table, name, ""));
            (of_constraint(name), gone)
        }
        TableChange::SetNotNull { column: of, .. } => {
            let about = format!("{} not null", of_column(of));
            (about, column(table, of, " AND attnotnull"))
        }
        TableChange::DropNotNull(of) => {
            let about = format!("{} not null", of_column(of));
            (about, column(table, of, " AND NOT attnotnull"))
        }
        _ => return Vec::new(),
    };
    vec![(about, Some(condition))]
}

fn created(object: &Object) -> Option<String> {
    Some(match object {
        Object::Index(name, index) if index.valid => format!(
            "COALESCE((SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = {}), false)",
            regclass(name)
        ),
        other => return there(&other.reference()),
    })
}

/// Whether an object of this name is there.
fn there(object: &ObjectRef) -> Option<String> {
    Some(match object {
        ObjectRef::Table(name)
        | ObjectRef::View(name)
        | ObjectRef::Index(name)
        | ObjectRef::Sequence(name) => relation(name),
        ObjectRef::Type(name) => {
            format!(
                "pg_catalog.to_regtype({}) IS NOT NULL",
                literal(&name.to_string())
            )
        }
        ObjectRef::Schema(name) => format!(
            "pg_catalog.to_regnamespace({}) IS NOT NULL",
            literal(&name.to_string())
        ),
        ObjectRef::Routine(id) => format!(
            "pg_catalog.to_regprocedure({}) IS NOT NULL",
            literal(&id.to_string())
        ),
        ObjectRef::Trigger(table, name) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = {} AND tgname = {})",
            regclass(table),
            literal(name)
        ),
        ObjectRef::Policy(table, name) => format!(
            "EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = {} AND polname = {})",
            regclass(table),
            literal(name)
        ),
        ObjectRef::Constraint(table, name) => constraint(table, name, ""),
        ObjectRef::Column(table, name) => column(table, name, ""),
        _ => return None,
    })
}

fn relation(name: &QName) -> String {
    format!("{} IS NOT NULL", regclass(name))
}

pub(super) fn regclass(name: &QName) -> String {
    format!("pg_catalog.to_regclass({})", literal(&name.to_string()))
}

fn column(table: &QName, name: &Name, more: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attname = {} AND NOT attisdropped{more})",
        regclass(table),
        literal(name)
    )
}

fn constraint(table: &QName, name: &Name, more: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = {} AND conname = {}{more})",
        regclass(table),
        literal(name)
    )
}
