//! Whether a step is done already: a query over the server's catalogs for what its statements change.

use segue_catalog::{Change, Name, Object, ObjectRef, QName, TableChange, render::literal};

use crate::Line;

/// A query for one boolean; none where nothing of what they change can be looked for: such statements may be run again, or
/// commit together with their record.
pub(super) fn of(lines: &[Line]) -> Option<String> {
    let changes: Vec<&Change> = lines.iter().flat_map(|line| &line.changes).collect();
    let mut conditions: Vec<String> = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        // what a later statement of the same step takes away again cannot be looked for
        if changes[at + 1..]
            .iter()
            .any(|later| takes_away(later, change))
        {
            continue;
        }
        conditions.extend(condition(change));
    }
    conditions.dedup();
    (!conditions.is_empty()).then(|| format!("SELECT {}", conditions.join(" AND ")))
}

/// Whether the second change undoes or renames what the first has made.
fn takes_away(later: &Change, earlier: &Change) -> bool {
    match (earlier, later) {
        (
            Change::Create(object),
            Change::Drop { object: gone, .. } | Change::Rename { object: gone, .. },
        ) => object.reference() == *gone,
        (
            Change::Table {
                table,
                change: TableChange::AddConstraint { name, .. },
            },
            Change::Table {
                table: of,
                change: TableChange::DropConstraint { name: gone, .. },
            },
        ) => table == of && name == gone,
        (
            Change::Table {
                table,
                change: TableChange::AddConstraint { name, .. },
            },
            Change::Rename {
                object: ObjectRef::Constraint(of, gone),
                ..
            },
        ) => table == of && name == gone,
        (
            Change::Table {
                table,
                change: TableChange::DropColumn { name, .. },
            },
            Change::Rename {
                object: ObjectRef::Column(of, _),
                to,
            },
        ) => table == of && name == to,
        _ => false,
    }
}

fn condition(change: &Change) -> Option<String> {
    Some(match change {
        Change::Create(object) => created(object)?,
        Change::Drop { object, .. } => format!("NOT ({})", there(object)?),
        Change::Rename { object, to } => match object {
            ObjectRef::Column(table, _) => column(table, to, ""),
            ObjectRef::Constraint(table, _) => constraint(table, to, ""),
            ObjectRef::Table(name) | ObjectRef::View(name) | ObjectRef::Index(name) => {
                relation(&name.sibling(to.clone()))
            }
            _ => return None,
        },
        Change::Table { table, change } => altered(table, change)?,
        _ => return None,
    })
}

fn altered(table: &QName, change: &TableChange) -> Option<String> {
    Some(match change {
        TableChange::AddColumn(new) => column(table, &new.name, ""),
        TableChange::DropColumn { name, .. } => format!("NOT {}", column(table, name, "")),
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
            constraint(table, name, valid)
        }
        TableChange::ValidateConstraint(name) => constraint(table, name, " AND convalidated"),
        TableChange::DropConstraint { name, .. } => {
            format!("NOT {}", constraint(table, name, ""))
        }
        TableChange::SetNotNull { column: of, .. } => column(table, of, " AND attnotnull"),
        TableChange::DropNotNull(of) => column(table, of, " AND NOT attnotnull"),
        _ => return None,
    })
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
