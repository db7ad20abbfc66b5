//! What is looked at when a whole statement is done, and would be wrong behind one batch of it.

use segue_catalog::{
    QName,
    model::{ConstraintKind, Deferral, ReferentialAction, Table},
};

use super::Written;
use crate::Moment;

/// Why a statement cannot be cut into batches, as its condition or constraints have it.
pub(super) fn needs_to_be(moment: &Moment<'_>, table: &QName, written: &Written) -> Option<String> {
    let condition = written.condition.as_ref();
    if condition.is_some_and(|condition| moment.calls_volatile(condition)) {
        return Some("which rows it is about is another thing each time".to_owned());
    }
    let known = moment.before().tables.get(table)?;
    match written.set.is_empty() {
        true => refers_to_itself(known, table),
        false => moves_within_a_key(known, written),
    }
}

/// A key that is deferrable is looked at behind the statement: until then two rows may have the same one (sql-createtable.html).
fn moves_within_a_key(known: &Table, written: &Written) -> Option<String> {
    let mut constraints = known.constraints.iter();
    let (name, _) = constraints.find(|(_, constraint)| {
        let is_set = |key: &segue_catalog::model::IndexedConstraint| {
            written
                .set
                .iter()
                .any(|set| key.columns.contains(&set.column))
        };
        constraint.deferral != Deferral::NotDeferrable && constraint.index().is_some_and(is_set)
    })?;
    Some(format!(
        "{name} is deferrable, since rows may have the same key until the statement ends"
    ))
}

/// Rows that refer to each other can go together, and not one behind the other.
fn refers_to_itself(known: &Table, table: &QName) -> Option<String> {
    let mut constraints = known.constraints.iter();
    let (name, _) = constraints.find(|(_, constraint)| {
        let stays = [ReferentialAction::NoAction, ReferentialAction::Restrict];
        matches!(&constraint.kind, ConstraintKind::ForeignKey(key)
            if key.references == *table && stays.contains(&key.on_delete))
    })?;
    Some(format!(
        "its rows refer to each other by {name}, and one may go only with those that refer to it"
    ))
}
