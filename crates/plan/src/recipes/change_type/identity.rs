//! Where the sequence of an identity column is, carried over to the one that comes in its place at the swap.

use segue_catalog::{model::Identity, render};

use crate::planner::Retyping;

/// The identities of the columns that are swapped together, numbered.
pub(super) fn of(group: &[Retyping]) -> impl Iterator<Item = (usize, &Identity)> {
    let identities = group.iter().filter_map(|one| one.column.identity.as_ref());
    identities.enumerate()
}

/// Keeps, for the transaction, where the sequence of an identity column is: it goes with the column.
pub(super) fn keep_position((number, identity): (usize, &Identity)) -> String {
    format!(
        "SELECT pg_catalog.set_config({}, last_value || ',' || is_called, true) FROM {}",
        position(number),
        identity.sequence
    )
}

/// Lets the sequence that has come in its place go on from there.
pub(super) fn go_on_counting((number, identity): (usize, &Identity)) -> String {
    let kept = format!("pg_catalog.current_setting({})", position(number));
    let part = |number: u8| format!("pg_catalog.split_part({kept}, ',', {number})");
    format!(
        "SELECT pg_catalog.setval({}, {}::bigint, {}::boolean)",
        render::literal(&identity.sequence.to_string()),
        part(1),
        part(2)
    )
}

/// The setting in which the position of the sequence with this number, among those of the swap, is kept.
fn position(number: usize) -> String {
    render::literal(&format!("segue.position_{}", number + 1))
}
