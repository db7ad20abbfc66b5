//! Whole rows: the trigger that a partition has from its parent is printed there with the partition's rows turned into
//! the parent's (`map_variable_attnos`), which nobody writes.

use super::{
    context::Side,
    is_star,
    tree::{Head, Tree},
};

/// Takes the cast of a whole row off.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    let is_whole = matches!(tree.head, Head::Cast(_)) && tree.parts.first().is_some_and(is_star);
    if !is_whole || !side.about.rows {
        return;
    }
    let table = side
        .about
        .table
        .and_then(|name| side.catalog.tables.get(name));
    if table.is_some_and(|table| table.partition_of.is_some()) {
        *tree = tree.parts[0].take();
    }
}
