//! `ARRAY['a', 'b']::text[]`: the cast is one of the elements (`parse_expr.c`, `transformTypeCast`); what a server
//! prints with the cast outside, it prints with casts inside when it has been read in again.

use super::{
    context::Side,
    tree::{Head, Tree},
};
use crate::DataType;

/// Takes a cast of an array of values into it. An empty one keeps it.
pub(super) fn absorb(tree: &mut Tree, _: &Side<'_>) {
    let Head::Cast(to) = &tree.head else { return };
    if !to.array {
        return;
    }
    let element = DataType {
        array: false,
        ..to.clone()
    };
    let Some(inner) = tree.parts.first_mut() else {
        return;
    };
    // Nested arrays share the element type at every depth.
    let is_nested = inner.parts.iter().any(|part| part.head == Head::Array);
    if inner.head != Head::Array || inner.parts.is_empty() || is_nested {
        return;
    }
    let elements = std::mem::take(&mut inner.parts);
    // An open constant is read as the element's type at once, although alone it would have become a text.
    let names_objects = element.name.name.starts_with("reg");
    let elements = elements.into_iter().map(|mut one| {
        let is_text = one.head == Head::Cast(DataType::builtin("text"));
        if is_text && !names_objects && one.parts.iter().all(Tree::is_open) {
            one = one.parts.remove(0);
        }
        one.cast(element.clone())
    });
    *tree = Tree::new(Head::Array, elements.collect());
}
