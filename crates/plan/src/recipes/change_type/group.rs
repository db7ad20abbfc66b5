//! Columns that change their types together: what is over several of them (a foreign key and the key that it refers to, an index
//! over two) is built once, over all columns that stand beside, and all are swapped in one transaction.

use segue_catalog::{
    Catalog, Change, Name, QName, TableChange,
    model::{Index, IndexTerm},
};

use super::{NewType, needs_a_column};
use crate::{
    Moment, effect,
    planner::{Planning, Retyping},
    writing::{is_over, with_partitions},
};

/// A column: its table and its name.
type Of<'a> = (&'a QName, &'a Name);

/// Takes those out of what waits that have to be swapped together with the last one of it; none while another one is still to
/// come.
pub(super) fn complete(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Vec<Retyping> {
    let Some(last) = planning.retypings.last() else {
        return Vec::new();
    };
    let catalog = moment.before();
    let to_come = to_come(moment, planning);
    let mut found: Vec<(QName, Name)> = vec![(last.table.clone(), last.column.name.clone())];
    let mut at = 0;
    while let Some((table, column)) = found.get(at).cloned() {
        let is_linked = |other: Of<'_>| are_linked(catalog, (&table, &column), other);
        // one that gets another type once more does not wait for itself
        let mut others = to_come.iter().filter(|other| !found.contains(other));
        if others.any(|(table, column)| is_linked((table, column))) {
            return Vec::new();
        }
        for other in &planning.retypings {
            let key = (other.table.clone(), other.column.name.clone());
            if !found.contains(&key) && is_linked((&key.0, &key.1)) {
                found.push(key);
            }
        }
        at += 1;
    }
    let is_found = |one: &Retyping| found.contains(&(one.table.clone(), one.column.name.clone()));
    let (group, rest) = planning.retypings.drain(..).partition(is_found);
    planning.retypings = rest;
    group
}

/// Whether a column, though its table is empty, has to be swapped together with one that a column stands beside, or will.
pub(super) fn is_tied(moment: &Moment<'_>, planning: &Planning<'_>, of: Of<'_>) -> bool {
    let catalog = moment.before();
    let waiting = planning.retypings.iter();
    let waiting = waiting.map(|one| (one.table.clone(), one.column.name.clone()));
    let to_come = to_come(moment, planning).into_iter();
    let mut others = waiting.chain(to_come.filter(|(table, _)| moment.is_heavy(table)));
    others.any(|(table, column)| {
        (&table, &column) != of && are_linked(catalog, of, (&table, &column))
    })
}

/// A column whose swap is planned already, and that an index or a constraint which the deploy has made since ties to this one.
pub(super) fn is_tied_too_late<'p>(
    moment: &Moment<'_>,
    planning: &'p Planning<'_>,
    of: Of<'_>,
) -> Option<&'p NewType> {
    let waits = |new: &NewType| {
        let mut waiting = planning.retypings.iter();
        waiting.any(|one| one.table == new.table && one.column.name == new.column)
    };
    planning.new_types.iter().find(|new| {
        new.beside.is_some()
            && (&new.table, &new.column) != of
            && !waits(new)
            && are_linked(moment.before(), of, (&new.table, &new.column))
    })
}

/// The columns that later statements change in the same way.
fn to_come(moment: &Moment<'_>, planning: &Planning<'_>) -> Vec<(QName, Name)> {
    let mut columns = Vec::new();
    let later = planning.later();
    for (line, at) in later.filter(|(_, at)| at.0 < planning.together) {
        for change in &line.changes {
            let Change::Table {
                table,
                change: TableChange::SetType { column, .. },
            } = change
            else {
                continue;
            };
            if moment.is_new_relation(table) {
                continue;
            }
            let tree = segue_catalog::parse(planning.text(at))
                .tree()
                .stmts()
                .next();
            if needs_a_column(&effect::of(line, tree.as_ref())) {
                columns.push((table.clone(), column.clone()));
            }
        }
    }
    columns
}

/// Whether a constraint or an index is over both columns.
fn are_linked(catalog: &Catalog, one: Of<'_>, other: Of<'_>) -> bool {
    let by_constraint = [one.0, other.0].into_iter().any(|of| {
        let table = catalog.tables.get(of);
        let mut constraints = table
            .into_iter()
            .flat_map(|table| table.constraints.values());
        constraints.any(|constraint| {
            is_over(constraint, of, one.0, one.1) && is_over(constraint, of, other.0, other.1)
        })
    });
    // a partition can have some of its own
    let is_over_both = |of: &QName| {
        let mut indexes = catalog.indexes_of(of);
        let constraints = catalog.tables.get(of).map(|table| &table.constraints);
        let mut constraints = constraints.into_iter().flat_map(|all| all.values());
        indexes.any(|(_, index)| has_column(index, one.1) && has_column(index, other.1))
            || constraints.any(|constraint| {
                is_over(constraint, of, of, one.1) && is_over(constraint, of, of, other.1)
            })
    };
    by_constraint || one.0 == other.0 && with_partitions(catalog, one.0).iter().any(is_over_both)
}

fn has_column(index: &Index, column: &Name) -> bool {
    let by_key = index.keys.iter().any(|key| match &key.term {
        IndexTerm::Column(name) => name == column,
        IndexTerm::Expression(text) => effect::mentions(&text.text, column),
    });
    let predicate = index.predicate.as_ref();
    by_key
        || index.include.contains(column)
        || predicate.is_some_and(|text| effect::mentions(&text.text, column))
}
