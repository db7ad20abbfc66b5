//! Where the sequence of an identity column is, carried over to the one that comes in its place at the swap.

use segue_catalog::{model::Identity, render};

/// Keeps, for the transaction, where the sequence of an identity column is: it goes with the column.
pub(super) fn keep_position(identity: &Identity) -> String {
    format!(
        "SELECT pg_catalog.set_config({}, last_value || ',' || is_called, true) FROM {}",
        position(identity),
        identity.sequence
    )
}

/// Lets the sequence that has come in its place go on from there.
pub(super) fn go_on_counting(identity: &Identity) -> String {
    let kept = format!("pg_catalog.current_setting({})", position(identity));
    let part = |number: u8| format!("pg_catalog.split_part({kept}, ',', {number})");
    format!(
        "SELECT pg_catalog.setval({}, {}::bigint, {}::boolean)",
        render::literal(&identity.sequence.to_string()),
        part(1),
        part(2)
    )
}

/// The setting in which the position is kept.
fn position(identity: &Identity) -> String {
    // the name of a setting is made of few characters (guc.c, `valid_custom_variable_name`)
    let name: String = identity
        .sequence
        .name
        .as_str()
        .chars()
        .map(|of| if of.is_ascii_alphanumeric() { of } else { '_' })
        .collect();
    render::literal(&format!("segue.position_{name}"))
}
