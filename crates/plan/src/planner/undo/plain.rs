//! What a statement that makes one thing is taken back by: no comparison of schemas is needed for that.

use segue_catalog::{Change, Object, ObjectRef, TableChange, TypeChange, model::ConstraintKind};

use crate::Line;

/// The statement that takes it back; none where it does more than make one thing.
pub(super) fn of(lines: &[Line]) -> Option<String> {
    let [line] = lines else {
        return None;
    };
    let mut changes = line
        .changes
        .iter()
        .filter(|change| **change != Change::Nothing);
    if let Some(text) = attributes(line) {
        return Some(text);
    }
    let (change, None) = (changes.next()?, changes.next()) else {
        return None;
    };
    Some(match change {
        // a foreign key that refers to what it is a part of keeps a partition from going
        Change::Create(object) if matches!(&**object, Object::Table(_, table) if table.partition_of.is_some()) =>
        {
            return None;
        }
        Change::Create(object) => match object.reference() {
            ObjectRef::Table(name) => format!("DROP TABLE {name}"),
            // a later step may have dropped it, and does not make it again
            ObjectRef::Index(name) => format!("DROP INDEX IF EXISTS {name}"),
            ObjectRef::Type(name) => format!("DROP TYPE {name}"),
            ObjectRef::Schema(name) => format!("DROP SCHEMA {name}"),
            ObjectRef::Sequence(name) => format!("DROP SEQUENCE {name}"),
            ObjectRef::Policy(of, name) => format!("DROP POLICY {name} ON {of}"),
            _ => return None,
        },
        Change::Table { table, change } => match change {
            TableChange::AddColumn(column) => {
                format!("ALTER TABLE {table} DROP COLUMN {}", column.name)
            }
            // a later step may have dropped it, and does not make it again
            TableChange::AddConstraint {
                name,
                constraint,
                using_index: None,
            } if matches!(constraint.kind, ConstraintKind::Unique(_)) => {
                format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            }
            TableChange::AddConstraint {
                name,
                using_index: None,
                ..
            } => format!("ALTER TABLE {table} DROP CONSTRAINT {name}"),
            _ => return None,
        },
        _ => return None,
    })
}

/// What takes attributes out again, if a statement does nothing but add some.
fn attributes(line: &Line) -> Option<String> {
    let mut of = None;
    let mut gone = Vec::new();
    for change in &line.changes {
        let Change::Type {
            name,
            change: TypeChange::AddAttribute(attribute),
        } = change
        else {
            return None;
        };
        of = Some(name);
        gone.push(format!("DROP ATTRIBUTE {}", attribute.name));
    }
    Some(format!("ALTER TYPE {} {}", of?, gone.join(", ")))
}
