//! What a row has of the keys of its table.

use segue_catalog::{Name, normal::Head};

use super::{
    Cell,
    evaluate::evaluate,
    frame::{Frame, Key},
    value::Value,
};

/// The keys that a row takes, by their numbers.
pub(crate) fn of(frame: &Frame, cells: &[Cell]) -> Vec<(usize, Vec<String>)> {
    let keys = frame.keys.iter().enumerate();
    keys.filter_map(|(number, key)| Some((number, values(frame, cells, key)?)))
        .collect()
}

/// What a column of a row is worth.
pub(crate) fn value(frame: &Frame, cells: &[Cell], column: &[Name]) -> Value {
    let [name] = column else {
        return Value::Unknown;
    };
    let place = frame.place(name);
    place.map_or(Value::Unknown, |place| read(frame, place, &cells[place]))
}

/// What a cell of a column is worth.
pub(crate) fn read(frame: &Frame, place: usize, cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Default => Value::Unknown,
        Cell::Text(text) => frame.fields[place].kind.read(text),
    }
}

/// What a key has in a row; `None`: it need not differ from others, or is not known.
fn values(frame: &Frame, cells: &[Cell], key: &Key) -> Option<Vec<String>> {
    let worth = |tree| evaluate(tree, &|column| value(frame, cells, column));
    if let Some(predicate) = &key.predicate
        && matches!(worth(predicate), Value::Bool(false) | Value::Null)
    {
        return None;
    }
    let parts = key.parts.iter().map(|part| {
        let place = match &part.head {
            Head::Column(name) => frame.place(name.last()?),
            _ => None,
        };
        match (place.map(|place| &cells[place]), worth(part)) {
            (Some(Cell::Null), _) | (_, Value::Null) => {
                (!key.nulls_distinct).then(|| "null".to_owned())
            }
            (_, Value::Text(text)) => Some(format!("={text}")),
            (Some(Cell::Text(text)), _) => Some(format!("={text}")),
            (Some(Cell::Default), _) | (None, Value::Unknown) => None,
            (None, value) => Some(format!("{value:?}")),
        }
    });
    parts.collect()
}
