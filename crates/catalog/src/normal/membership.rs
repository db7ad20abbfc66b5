//! `a IN (1, 2)` becomes `a = ANY (ARRAY[1, 2])`, a single value `a = 1`, and values that name columns are compared
//! one by one (`parse_expr.c`, `transformAExprIn`).

use super::{
    casts,
    context::Side,
    tree::{Head, Tree},
};

/// Turns a list of values into what the server stores. A query stays.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    let Head::In { not } = tree.head else { return };
    if tree.parts.len() < 2 {
        return;
    }
    if tree.parts[1..].iter().any(is_query) {
        if not {
            tree.head = Head::In { not: false };
            *tree = Tree::new(Head::Not, vec![tree.take()]);
        }
        return;
    }
    let values = tree.parts.split_off(1);
    let Some(left) = tree.parts.pop() else { return };
    let symbol = if not { "<>" } else { "=" };
    let of_rows = left.head == Head::Row || values.iter().any(|value| value.head == Head::Row);
    let (mut single, mut listed): (Vec<Tree>, Vec<Tree>) = values
        .into_iter()
        .partition(|value| of_rows || names_columns(value));
    if listed.len() == 1 {
        single.splice(0..0, listed.drain(..));
    }
    let mut conditions = Vec::new();
    if !listed.is_empty() {
        let listed = casts::listed(&left, listed, side);
        let head = Head::Quantified {
            symbol: symbol.to_owned(),
            all: not,
        };
        conditions.push(Tree::new(
            head,
            vec![left.clone(), Tree::new(Head::Array, listed)],
        ));
    }
    let one_by_one = single.into_iter();
    conditions.extend(one_by_one.map(|value| Tree::operator(symbol, vec![left.clone(), value])));
    *tree = match conditions.len() {
        1 => conditions.remove(0),
        _ => Tree::new(if not { Head::And } else { Head::Or }, conditions),
    };
}

fn is_query(tree: &Tree) -> bool {
    matches!(tree.head, Head::Syntax(kind) if super::build::is_query(kind))
}

fn names_columns(tree: &Tree) -> bool {
    tree.any(&|node| matches!(node.head, Head::Column(_)))
}
