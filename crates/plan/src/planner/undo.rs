//! How a step is taken back, where its recipe does not say: the schema behind it becomes the one before it again.

use segue_catalog::{Catalog, Change, TypeChange, diff};

use super::draft::bare;
use crate::{Line, Undo};

/// What takes back what these statements did.
pub(super) fn of(after: &Catalog, before: &Catalog, lines: &[Line]) -> Undo {
    if lines.iter().any(adds_a_label) {
        let why = "a value cannot be taken out of an enum again: rows may have it".to_owned();
        return Undo::Impossible(why);
    }
    let writes = lines.iter().flat_map(|line| &line.changes).any(is_data);
    if writes {
        return Undo::Impossible("what the rows were before is not kept".to_owned());
    }
    if lines.iter().any(|line| line.unknown.is_some()) {
        return Undo::Impossible("what it does is not known".to_owned());
    }
    let back = diff::diff(after, before, &diff::Options::default());
    if !back.remaining.is_empty() {
        let left: Vec<String> = back.remaining.iter().map(ToString::to_string).collect();
        return Undo::Impossible(left.join("; "));
    }
    let statements: Vec<String> = back
        .changes
        .iter()
        .flat_map(|change| &change.statements)
        .map(|text| bare(text))
        .collect();
    match statements.is_empty() {
        true => Undo::Nothing,
        false => Undo::transaction(statements),
    }
}

fn adds_a_label(line: &Line) -> bool {
    line.changes.iter().any(|change| {
        matches!(
            change,
            Change::Type {
                change: TypeChange::AddValue { .. },
                ..
            }
        )
    })
}

fn is_data(change: &Change) -> bool {
    match change {
        Change::Data { statement, .. } => !matches!(*statement, "SELECT" | "LOCK"),
        _ => false,
    }
}
