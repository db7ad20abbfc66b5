//! What comes again behind new types of columns: their defaults, and the name by which the apps know the type.

use segue_catalog::{Change, ObjectRef, TableChange};

use super::Span;
use crate::planner::atoms::Atoms;

/// From the statement that gives a column another type, or takes its default, to the one that gives it a default again.
pub(super) fn default_again(atoms: &Atoms, at: usize, change: &Change) -> Option<Span> {
    let Change::Table {
        table,
        change:
            TableChange::SetType { column, .. }
            | TableChange::SetDefault {
                column,
                default: None,
            },
    } = change
    else {
        return None;
    };
    let gives = |change: &Change| {
        matches!(change, Change::Table {
            table: of,
            change: TableChange::SetDefault { column: own, default: Some(_) },
        } if of == table && own == column)
    };
    span(atoms, at, gives)
}

/// From the statement that gives a column a type, to the one that gives the type the name of the one before, by which casts say it.
pub(super) fn renamed(atoms: &Atoms, at: usize, change: &Change) -> Option<Span> {
    let Change::Table {
        change: TableChange::SetType { data_type, .. },
        ..
    } = change
    else {
        return None;
    };
    let new = ObjectRef::Type(data_type.name.clone());
    span(
        atoms,
        at,
        |change| matches!(change, Change::Rename { object, .. } if *object == new),
    )
}

fn span(atoms: &Atoms, at: usize, comes: impl Fn(&Change) -> bool) -> Option<Span> {
    let mut later = atoms.script.lines.iter().enumerate().skip(at + 1);
    let (made, _) = later.find(|(_, line)| line.changes.iter().any(&comes))?;
    Some(Span::of(atoms, [at, made, made]))
}
