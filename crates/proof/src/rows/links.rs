//! Foreign keys that are set when both tables have rows.

use std::collections::BTreeMap;

use segue_catalog::{
    Name, QName,
    normal::{Head, Tree},
};

use super::{
    Cell, Row, Wish,
    chance::Chance,
    draft::{Held, Known},
    evaluate::evaluate,
    frame::{Frame, Reference},
    keys,
    order::Cut,
};

/// A value for columns of a row that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The table.
    pub table: QName,
    /// The foreign key that is set.
    pub constraint: Name,
    /// Which row: the columns of a key, and their values.
    pub key: Vec<(Name, String)>,
    /// What is set.
    pub set: Vec<(Name, String)>,
}

/// So many of the rows are linked: one in so many stays without.
const ABSENT: u64 = 6;

pub(crate) fn links(frames: &BTreeMap<QName, Frame>, known: &Known, wish: &Wish) -> Vec<Link> {
    let mut found = Vec::new();
    for ((table, constraint), cut) in &known.cuts {
        let (Cut::Later, Some(frame), Some(held)) = (cut, frames.get(table), known.held.get(table))
        else {
            continue;
        };
        let reference = frame
            .references
            .iter()
            .find(|one| one.constraint == *constraint);
        let (Some(reference), Some(identity)) = (reference, identity(frame)) else {
            continue;
        };
        let Some(others) = known.held.get(&reference.of) else {
            continue;
        };
        for row in &held.rows {
            let mut chance = Chance::of(wish.seed, &format!("{table} {constraint}"), &[row.number]);
            if chance.once_in(ABSENT) {
                continue;
            }
            found.extend(link(frame, reference, &identity, row, others, &mut chance));
        }
    }
    found
}

/// The columns that say which row is meant: of a key that has no NULLs and no condition.
fn identity(frame: &Frame) -> Option<Vec<usize>> {
    let places = |parts: &[Tree]| {
        let place = |part: &Tree| match &part.head {
            Head::Column(name) => frame.place(name.last()?),
            _ => None,
        };
        parts.iter().map(place).collect::<Option<Vec<usize>>>()
    };
    let whole = frame.keys.iter().filter(|key| key.predicate.is_none());
    let mut found = whole.filter_map(|key| places(&key.parts));
    found.find(|places| places.iter().all(|place| frame.fields[*place].not_null))
}

fn link(
    frame: &Frame,
    reference: &Reference,
    identity: &[usize],
    row: &Row,
    others: &Held,
    chance: &mut Chance,
) -> Option<Link> {
    let text = |place: &usize| match row.cells.get(*place)? {
        Cell::Text(text) => Some((frame.fields[*place].name.clone(), text.clone())),
        Cell::Null | Cell::Default => None,
    };
    let key: Vec<(Name, String)> = identity.iter().map(text).collect::<Option<_>>()?;
    let first = match reference.single {
        true => usize::try_from(row.number).ok()?,
        false => chance.place(others.rows.len()),
    };
    let many = others.rows.len();
    let tries = if reference.single { 1 } else { many };
    (0..tries).find_map(|step| {
        let other = others.rows.get((first + step) % many)?;
        let set = fitting(frame, reference, row, others, other)?;
        let mut linked = row.clone();
        for (name, text) in &set {
            linked.cells[frame.place(name)?] = Cell::Text(text.clone());
        }
        holds(frame, &linked).then(|| Link {
            table: frame.name.clone(),
            constraint: reference.constraint.clone(),
            key: key.clone(),
            set,
        })
    })
}

/// What has to be set to refer to a row; `None`: columns that cannot be changed have other values.
fn fitting(
    frame: &Frame,
    reference: &Reference,
    row: &Row,
    others: &Held,
    other: &Row,
) -> Option<Vec<(Name, String)>> {
    let mut set = Vec::new();
    for (place, column) in reference.fields.iter().zip(&reference.columns) {
        let at = others.columns.iter().position(|own| own == column)?;
        match (&row.cells[*place], other.cells.get(at)?) {
            (Cell::Null, Cell::Text(text)) => {
                set.push((frame.fields[*place].name.clone(), text.clone()))
            }
            (own, value) if own == value => {}
            _ => return None,
        }
    }
    (!set.is_empty()).then_some(set)
}

/// Whether a row still satisfies its conditions, as far as that is known.
fn holds(frame: &Frame, row: &Row) -> bool {
    let value = |column: &[Name]| keys::value(frame, &row.cells, column);
    frame.conditions.iter().all(|condition| {
        let worth = condition.tree.as_ref().map(|tree| evaluate(tree, &value));
        let truth = worth.and_then(|worth| worth.truth());
        truth.is_none_or(|truth| condition.admits(truth))
    })
}
