//! What becomes of the whole value: a default is made to be of its column's type. The server hides the cast, except
//! in constants, which it stores in that type at once (`parse_coerce.c`, `coerce_type`).

use super::{
    casts,
    context::Side,
    tree::{Head, Tree},
};

/// Gives a constant the type of what it is for.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    let Some(target) = side.about.target else {
        return;
    };
    let mut target = side.below_domains(target);
    // Fields and digits of an interval are part of its constants; others are applied afterwards, unseen.
    if target.name.name == *"interval" && target.modifier.is_some() {
        return;
    }
    target.modifier = None;
    let target = casts::of_constants(target);
    match &tree.head {
        Head::Text(_) | Head::Null => *tree = tree.take().cast(target),
        // `'0'::numeric` and 0 in a numeric column
        Head::Cast(to) if *to == target => {
            if let Some(Head::Number(digits)) = tree.parts.first().map(|inner| inner.head.clone()) {
                *tree = Tree::leaf(Head::Number(digits));
            }
        }
        _ => {}
    }
}
