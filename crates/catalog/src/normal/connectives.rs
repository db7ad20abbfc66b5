//! `a AND (b AND c)` is one AND of three: the server keeps a list (`parse_expr.c`, `makeAndExpr` in `gram.y`).

use super::{
    context::Side,
    tree::{Head, Tree},
};

/// Takes the operands of an AND within an AND, and of an OR within an OR, into the outer one.
pub(super) fn absorb(tree: &mut Tree, _: &Side<'_>) {
    if !matches!(tree.head, Head::And | Head::Or) {
        return;
    }
    let parts = std::mem::take(&mut tree.parts);
    for part in parts {
        if part.head == tree.head {
            tree.parts.extend(part.parts);
        } else {
            tree.parts.push(part);
        }
    }
}
