//! Keys that rows will have: what rows of a cycle of foreign keys refer to before the others are there.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use segue_catalog::{Name, QName};

use super::{
    Cell, Wish,
    chance::Chance,
    frame::{Field, Frame, Reference},
    order::Cut,
    values::{self, Mood},
};

/// By table and the number of the row.
pub(crate) type Promised = FxHashMap<QName, BTreeMap<u64, Vec<(Name, Cell)>>>;

/// So many rows of a table are referred to before they are there.
const MOST: u64 = 100;

/// What is promised for the foreign keys that are checked later.
pub(crate) fn promised(
    frames: &BTreeMap<QName, Frame>,
    cuts: &BTreeMap<(QName, Name), Cut>,
    wish: &Wish,
) -> Promised {
    let mut found = Promised::default();
    for ((table, constraint), cut) in cuts {
        let reference = frames.get(table).and_then(|frame| {
            frame
                .references
                .iter()
                .find(|one| one.constraint == *constraint)
        });
        if let (Cut::Deferred, Some(reference)) = (cut, reference)
            && let Some(frame) = frames.get(&reference.of)
        {
            let rows = (0..u64::from(wish.rows).min(MOST)).map_while(|number| {
                let row = row(frame, reference, wish.seed, number)?;
                Some((number, row))
            });
            let rows: Vec<_> = rows.collect();
            let all = found.entry(reference.of.clone()).or_default();
            for (number, row) in rows {
                let own = all.entry(number).or_default();
                for (name, cell) in row {
                    if own.iter().all(|(promised, _)| *promised != name) {
                        own.push((name, cell));
                    }
                }
            }
        }
    }
    found
}

/// `None`: what is referred to is itself made of a foreign key, so that nobody knows it yet.
fn row(frame: &Frame, reference: &Reference, seed: u64, number: u64) -> Option<Vec<(Name, Cell)>> {
    let cells = reference.columns.iter().map(|column| {
        let place = frame.place(column)?;
        if frame
            .references
            .iter()
            .any(|one| one.fields.contains(&place))
        {
            return None;
        }
        let field = &frame.fields[place];
        let mut chance = Chance::of(seed, &format!("{}.{column}", frame.name), &[number]);
        Some((
            field.name.clone(),
            Cell::Text(value(field, number, &mut chance)?),
        ))
    });
    cells.collect()
}

fn value(field: &Field, number: u64, chance: &mut Chance) -> Option<String> {
    if let Some(counts) = &field.counts {
        let number = i64::try_from(number).ok()?;
        return Some((counts.start + counts.increment * number).to_string());
    }
    values::distinct(&field.kind, &field.name, number, chance)
        .or_else(|| values::any(&field.kind, &field.name, Mood::Tame, chance))
}
