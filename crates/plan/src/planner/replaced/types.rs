//! What comes again behind new types of columns: their defaults, and the name by which the apps know the type. Both are gone between
//! the statements only where the types are swapped, which is in contract.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange};

use super::Span;
use crate::planner::atoms::Atoms;

/// Where that is so in a migration.
pub(super) fn spans(atoms: &Atoms) -> impl Iterator<Item = Span> {
    let lines = atoms.script.lines.iter().enumerate();
    let changes = lines.flat_map(|(at, line)| line.changes.iter().map(move |one| (at, one)));
    changes.flat_map(move |(at, change)| {
        let both = [default_again(atoms, at, change), renamed(atoms, at, change)];
        both.into_iter().flatten()
    })
}

/// From the statement that takes the default of a column, or that gives it another type behind that, to the one that gives it a default
/// again.
fn default_again(atoms: &Atoms, at: usize, change: &Change) -> Option<Span> {
    let Change::Table { table, change } = change else {
        return None;
    };
    let column = match change {
        TableChange::SetDefault { column, .. } if takes(change, column) => column,
        TableChange::SetType { column, .. } => {
            let mut before = atoms.script.lines[..at]
                .iter()
                .flat_map(|line| &line.changes);
            let is_taken =
                before.any(|change| of(change, table).is_some_and(|own| takes(own, column)));
            is_taken.then_some(column)?
        }
        _ => return None,
    };
    let gives = |change: &Change| {
        let own = of(change, table);
        own.is_some_and(|own| matches!(own, TableChange::SetDefault { column: name, default: Some(_) } if name == column))
    };
    span(atoms, at, gives)
}

/// What a change does to a table.
fn of<'c>(change: &'c Change, table: &QName) -> Option<&'c TableChange> {
    match change {
        Change::Table { table: of, change } if of == table => Some(change),
        _ => None,
    }
}

fn takes(change: &TableChange, of: &Name) -> bool {
    matches!(change, TableChange::SetDefault { column, default: None } if column == of)
}

/// From the statement that gives a column a type, to the one that gives the type the name of another, by which casts say that one until
/// then.
fn renamed(atoms: &Atoms, at: usize, change: &Change) -> Option<Span> {
    let Change::Table {
        change: TableChange::SetType { data_type, .. },
        ..
    } = change
    else {
        return None;
    };
    let new = ObjectRef::Type(data_type.name.clone());
    let before = &atoms.script.lines[at].before;
    span(atoms, at, |change| match change {
        Change::Rename { object, to } => *object == new && before.has(&new.renamed(to)),
        _ => false,
    })
}

fn span(atoms: &Atoms, at: usize, comes: impl Fn(&Change) -> bool) -> Option<Span> {
    let mut later = atoms.script.lines.iter().enumerate().skip(at + 1);
    let (made, _) = later.find(|(_, line)| line.changes.iter().any(&comes))?;
    Some(Span::of(atoms, [at, made, made]))
}
