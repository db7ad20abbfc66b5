//! Constraints that are dropped before columns change their types, and made again behind, the same as before: what many people
//! and tools write, since the server takes a key and what refers to it one after the other. To the app nothing comes or goes, so
//! neither statement has anything to do: the constraint is carried over with the columns. Of foreign keys also where no type changes.
//! A constraint that comes again as another one is not here: `recipes/drop_constraint.rs`.

mod between;

use segue_catalog::{
    Catalog, Change, Name, QName, TableChange,
    model::{Constraint, ConstraintKind},
};

use self::between::Between;
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
    let lines = atoms.iter().flat_map(|of| {
        let text = &of.script.source.text;
        let lines = of.script.lines.iter();
        lines.map(move |line| (line, &text[line.span.clone()]))
    });
    let lines: Vec<(&Line, &str)> = lines.collect();
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
fn kept(lines: &[(&Line, &str)], dropped: usize) -> Option<Kept> {
    let constraint_of = |catalog: &Catalog, table: &QName, name: &Name| {
        let table = catalog.tables.get(table)?;
        table.constraints.get(name).cloned()
    };
    let line = |at: usize| lines[at].0;
    let (table, name) = drops(line(dropped))?;
    let constraint = constraint_of(&line(dropped).before, table, name)?;
    let between = Between::new(&line(dropped).before, table, (name, &constraint));
    let mut behind = dropped + 1..lines.len();
    let made = behind.find(|at| adds(line(*at), table, name) || !between.may_stand(lines[*at]))?;
    let again = constraint_of(&line(made).after, table, name)?;
    let is_check = matches!(again.kind, ConstraintKind::Check { .. });
    let is_alike = || {
        let otherwise = Constraint {
            kind: again.kind.clone(),
            ..constraint.clone()
        };
        otherwise == again && says_the_same(&line(dropped).before, table, &constraint, &again)
    };
    let is_the_same = again == constraint || is_check && is_alike();
    let last_type = (dropped..made).rfind(|at| retypes(line(*at), table, &constraint));
    // of any other key, who drops it may want its index built anew
    let is_foreign = matches!(again.kind, ConstraintKind::ForeignKey(_));
    let last_type = last_type.or((is_foreign && again == constraint).then_some(dropped))?;
    (is_the_same && adds(line(made), table, name)).then(|| Kept {
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
