//! Constraints that are dropped before columns change their types, and made again behind, the same as before: what many people
//! and tools write, since the server takes a key and what refers to it one after the other. To the app nothing comes or goes, so
//! neither statement has anything to do: the constraint is carried over with the columns.

use segue_catalog::{
    Change, Name, QName, TableChange,
    model::{Constraint, ConstraintKind},
};

use super::atoms::Atoms;
use crate::Line;

/// Where a statement is: its migration, and the atom in it.
type Place = (usize, usize);

/// Takes such constraints for never dropped, in all lines between; gives the statements that have nothing to do then.
pub(super) fn made_again(atoms: &mut [Atoms]) -> Vec<Place> {
    let places: Vec<Place> = atoms
        .iter()
        .enumerate()
        .flat_map(|(migration, of)| (0..of.script.lines.len()).map(move |atom| (migration, atom)))
        .collect();
    let mut passed = Vec::new();
    let mut kept: Vec<(usize, usize, QName, Name, Constraint)> = Vec::new();
    {
        let line = |at: usize| -> &Line { &atoms[places[at].0].script.lines[places[at].1] };
        for first in 0..places.len() {
            let Some((table, name)) = dropped(line(first)) else {
                continue;
            };
            let before = line(first).before.tables.get(table);
            let Some(constraint) = before.and_then(|table| table.constraints.get(name)) else {
                continue;
            };
            let last = (first + 1..places.len())
                .find(|at| !is_of_the_kind(line(*at)) || adds(line(*at), table, name));
            let Some(last) = last.filter(|at| adds(line(*at), table, name)) else {
                continue;
            };
            let after = line(last).after.tables.get(table);
            let again = after.and_then(|table| table.constraints.get(name));
            let retypes = (first..last).any(|at| retypes(line(at), table, constraint));
            if retypes && again == Some(constraint) {
                kept.push((first, last, table.clone(), name.clone(), constraint.clone()));
            }
        }
    }
    for (first, last, table, name, constraint) in kept {
        passed.extend([places[first], places[last]]);
        for (at, &(migration, atom)) in places.iter().enumerate().take(last + 1).skip(first) {
            let line = &mut atoms[migration].script.lines[atom];
            let sides = [(at > first, &mut line.before), (at < last, &mut line.after)];
            for (is_between, catalog) in sides {
                if is_between && let Some(table) = catalog.table_mut(&table) {
                    table.constraints.insert(name.clone(), constraint.clone());
                }
            }
        }
    }
    passed
}

fn only(line: &Line) -> Option<(&QName, &TableChange)> {
    match line.changes.as_slice() {
        [Change::Table { table, change }] => Some((table, change)),
        _ => None,
    }
}

fn dropped(line: &Line) -> Option<(&QName, &Name)> {
    match only(line)? {
        (table, TableChange::DropConstraint { name, .. }) => Some((table, name)),
        _ => None,
    }
}

fn adds(line: &Line, of: &QName, called: &Name) -> bool {
    matches!(
        only(line),
        Some((table, TableChange::AddConstraint { name, using_index: None, .. }))
            if table == of && name == called
    )
}

/// Whether a statement has nothing to do with rows, nor with what else an app sees of them.
fn is_of_the_kind(line: &Line) -> bool {
    if line.unknown.is_some() || !line.refused.is_empty() {
        return false;
    }
    line.changes.iter().all(|change| match change {
        Change::Table { change, .. } => matches!(
            change,
            TableChange::SetType { .. }
                | TableChange::SetDefault { .. }
                | TableChange::DropConstraint { .. }
                | TableChange::AddConstraint { .. }
        ),
        Change::Sequence { .. } | Change::Comment { .. } => true,
        _ => false,
    })
}

/// Whether a column of the constraint changes its type, on either side.
fn retypes(line: &Line, of: &QName, constraint: &Constraint) -> bool {
    line.changes.iter().any(|change| {
        let Change::Table {
            table,
            change: TableChange::SetType { column, .. },
        } = change
        else {
            return false;
        };
        match &constraint.kind {
            ConstraintKind::ForeignKey(key) => {
                table == of && key.columns.contains(column)
                    || *table == key.references && key.referenced_columns.contains(column)
            }
            ConstraintKind::PrimaryKey(own) | ConstraintKind::Unique(own) => {
                table == of && own.columns.contains(column)
            }
            ConstraintKind::Check { .. } | ConstraintKind::Exclude(_) => false,
        }
    })
}
