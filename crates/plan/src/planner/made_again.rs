//! Constraints that are dropped before columns change their types, and made again behind, the same as before: what many people
//! and tools write, since the server takes a key and what refers to it one after the other. To the app nothing comes or goes, so
//! neither statement has anything to do: the constraint is carried over with the columns.

use segue_catalog::{
    Catalog, Change, Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind},
};

use super::atoms::Atoms;
use crate::{
    Line,
    writing::{is_over, says_the_same},
};

/// Where a statement is: its migration, and the atom in it.
type Place = (usize, usize);

/// A constraint that is there again behind a statement, the same as it was before another one.
struct Kept {
    table: QName,
    name: Name,
    /// As it was, up to the last of the types that change, and as it is behind that.
    constraint: Constraint,
    again: Constraint,
    last_type: usize,
    /// The statements that drop and make it, among all of them.
    dropped: usize,
    made: usize,
}

/// Takes such constraints for never dropped, in all lines between; gives the statements that have nothing to do then.
pub(super) fn made_again(atoms: &mut [Atoms]) -> Vec<Place> {
    let places: Vec<Place> = atoms
        .iter()
        .enumerate()
        .flat_map(|(migration, of)| (0..of.script.lines.len()).map(move |atom| (migration, atom)))
        .collect();
    let lines: Vec<&Line> = atoms.iter().flat_map(|of| &of.script.lines).collect();
    let all: Vec<Kept> = (0..lines.len()).filter_map(|at| kept(&lines, at)).collect();
    for one in &all {
        let between = places.iter().enumerate();
        for (at, (migration, atom)) in between.take(one.made + 1).skip(one.dropped) {
            let line = &mut atoms[*migration].script.lines[*atom];
            let sides = [
                (at > one.dropped, at > one.last_type, &mut line.before),
                (at < one.made, at >= one.last_type, &mut line.after),
            ];
            for (is_between, is_behind, catalog) in sides {
                if is_between && let Some(table) = catalog.table_mut(&one.table) {
                    let constraint = match is_behind {
                        true => one.again.clone(),
                        false => one.constraint.clone(),
                    };
                    table.constraints.insert(one.name.clone(), constraint);
                }
            }
        }
    }
    let passed = all.iter().flat_map(|one| [one.dropped, one.made]);
    passed.map(|at| places[at]).collect()
}

/// The constraint that a statement drops, if a later one makes it again around a change of type.
fn kept(lines: &[&Line], dropped: usize) -> Option<Kept> {
    let constraint_of = |catalog: &Catalog, table: &QName, name: &Name| {
        let table = catalog.tables.get(table)?;
        table.constraints.get(name).cloned()
    };
    let (table, name) = drops(lines[dropped])?;
    let constraint = constraint_of(&lines[dropped].before, table, name)?;
    let mut behind = dropped + 1..lines.len();
    let made = behind.find(|at| {
        adds(lines[*at], table, name) || !leaves(lines[*at], table, (name, &constraint))
    })?;
    let again = constraint_of(&lines[made].after, table, name)?;
    let is_check = matches!(again.kind, ConstraintKind::Check { .. });
    let is_alike = || {
        let otherwise = Constraint {
            kind: again.kind.clone(),
            ..constraint.clone()
        };
        otherwise == again && says_the_same(&lines[dropped].before, table, &constraint, &again)
    };
    let is_the_same = again == constraint || is_check && is_alike();
    let last_type = (dropped..made).rfind(|at| retypes(lines[*at], table, &constraint))?;
    (is_the_same && adds(lines[made], table, name)).then(|| Kept {
        table: table.clone(),
        name: name.clone(),
        constraint,
        again,
        last_type,
        dropped,
        made,
    })
}

fn only(line: &Line) -> Option<(&QName, &TableChange)> {
    match line.changes.as_slice() {
        [Change::Table { table, change }] => Some((table, change)),
        _ => None,
    }
}

fn drops(line: &Line) -> Option<(&QName, &Name)> {
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

/// Whether a statement leaves a constraint as it is, and the rows that it is about.
fn leaves(line: &Line, of: &QName, (name, constraint): (&Name, &Constraint)) -> bool {
    let referred = match &constraint.kind {
        ConstraintKind::ForeignKey(key) => Some(&key.references),
        _ => None,
    };
    let is_of_it = |table: &QName| table == of || Some(table) == referred;
    let is_over = |table: &QName, column: &Name| is_over(constraint, of, table, column);
    let is_about = |object: &ObjectRef| match object {
        ObjectRef::Table(table) => is_of_it(table),
        ObjectRef::Column(table, column) => is_over(table, column),
        ObjectRef::Constraint(table, own) => table == of && own == name,
        ObjectRef::Schema(schema) => {
            of.schema == *schema || referred.is_some_and(|table| table.schema == *schema)
        }
        _ => false,
    };
    let is_known = line.unknown.is_none() && line.refused.is_empty();
    is_known
        && line.changes.iter().all(|change| match change {
            Change::Table { table, change } if is_of_it(table) => match change {
                TableChange::DropColumn { name, .. } => !is_over(table, name),
                TableChange::SetType { .. }
                | TableChange::SetDefault { .. }
                | TableChange::DropConstraint { .. }
                | TableChange::AddConstraint { .. }
                | TableChange::AddColumn(_)
                | TableChange::SetNotNull { .. }
                | TableChange::DropNotNull(_) => true,
                _ => false,
            },
            Change::Data { table, .. } => table.as_ref().is_some_and(|table| !is_of_it(table)),
            Change::Rename { object, .. }
            | Change::SetSchema { object, .. }
            | Change::Drop { object, .. } => !is_about(object),
            _ => true,
        })
}

/// Whether a column of the constraint changes its type, on either side.
fn retypes(line: &Line, of: &QName, constraint: &Constraint) -> bool {
    line.changes.iter().any(|change| match change {
        Change::Table {
            table,
            change: TableChange::SetType { column, .. },
        } => is_over(constraint, of, table, column),
        _ => false,
    })
}
