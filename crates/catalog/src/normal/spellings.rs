//! Operators that the grammar turns into others: `!=`, `LIKE`, `BETWEEN`, `AT TIME ZONE`… (`gram.y`, `a_expr`).

use super::{
    context::Side,
    tree::{Head, Tree},
};

/// Gives an operator the name that the server stores.
pub(super) fn absorb(tree: &mut Tree, _: &Side<'_>) {
    match &tree.head {
        Head::Between { not } => {
            let not = *not;
            range(tree, not);
        }
        Head::Operator(symbol) => {
            let symbol = symbol.clone();
            operator(tree, &symbol);
        }
        Head::Quantified { symbol, all } => {
            if let Some(stored) = stored(symbol) {
                tree.head = Head::Quantified {
                    symbol: stored.to_owned(),
                    all: *all,
                };
            }
        }
        _ => {}
    }
}

/// The operator behind a word or another spelling.
fn stored(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "!=" => "<>",
        "like" => "~~",
        "ilike" => "~~*",
        "not like" => "!~~",
        "not ilike" => "!~~*",
        _ => return None,
    })
}

fn operator(tree: &mut Tree, symbol: &str) {
    match symbol {
        "like" | "ilike" | "not like" | "not ilike" => escape(tree, "like_escape"),
        "similar to" | "not similar to" => {
            escape(tree, "similar_to_escape");
            similar(tree, symbol == "not similar to");
            return;
        }
        "is not distinct from" => {
            tree.head = Head::Operator("is distinct from".to_owned());
            *tree = Tree::new(Head::Not, vec![tree.take()]);
            return;
        }
        "between symmetric" | "not between symmetric" => {
            either_range(tree, symbol.starts_with("not"));
            return;
        }
        "=" | "<>" | "!=" => row(tree, symbol == "="),
        "at time zone" => {
            // not the call of `timezone`, which servers from 14 on keep apart from it (release-14.html)
            tree.parts.reverse();
            tree.head = Tree::call("at time zone", Vec::new()).head;
            return;
        }
        _ => {}
    }
    if let Some(stored) = stored(symbol)
        && matches!(tree.head, Head::Operator(_))
    {
        tree.head = Head::Operator(stored.to_owned());
    }
}

/// `BETWEEN SYMMETRIC` takes the bounds either way round.
fn either_range(tree: &mut Tree, not: bool) {
    let [value, low, high] = tree.parts.as_slice() else {
        return;
    };
    let one_way = |low: &Tree, high: &Tree| {
        let parts = vec![value.clone(), low.clone(), high.clone()];
        let mut way = Tree::new(Head::Between { not }, parts);
        range(&mut way, not);
        way
    };
    let both = vec![one_way(low, high), one_way(high, low)];
    *tree = Tree::new(if not { Head::And } else { Head::Or }, both);
}

/// Rows are equal where their parts are, one by one (`parse_expr.c`, `make_row_comparison_op`).
fn row(tree: &mut Tree, equal: bool) {
    let [left, right] = tree.parts.as_slice() else {
        return;
    };
    let are_rows = left.head == Head::Row && right.head == Head::Row;
    if !are_rows || left.parts.len() != right.parts.len() || left.parts.len() < 2 {
        return;
    }
    let symbol = if equal { "=" } else { "<>" };
    let pairs = left.parts.iter().zip(&right.parts);
    let pairs =
        pairs.map(|(left, right)| Tree::operator(symbol, vec![left.clone(), right.clone()]));
    let pairs = pairs.collect();
    *tree = Tree::new(if equal { Head::And } else { Head::Or }, pairs);
}

/// `pattern ESCAPE character` becomes a call.
fn escape(tree: &mut Tree, function: &str) {
    if let Some(pattern) = tree.parts.get_mut(1)
        && pattern.head == Head::Operator("escape".to_owned())
    {
        pattern.head = Tree::call(function, Vec::new()).head;
    }
}

/// `SIMILAR TO pattern` is a match against a pattern that a function translates.
fn similar(tree: &mut Tree, not: bool) {
    if let Some(pattern) = tree.parts.get_mut(1)
        && pattern.called() != Some("similar_to_escape")
    {
        *pattern = Tree::call("similar_to_escape", vec![pattern.take()]);
    }
    tree.head = Head::Operator(if not { "!~" } else { "~" }.to_owned());
}

/// `BETWEEN` is two comparisons.
fn range(tree: &mut Tree, not: bool) {
    if tree.parts.len() != 3 {
        return;
    }
    let (Some(high), Some(low), Some(value)) =
        (tree.parts.pop(), tree.parts.pop(), tree.parts.pop())
    else {
        return;
    };
    let (head, above, below) = if not {
        (Head::Or, "<", ">")
    } else {
        (Head::And, ">=", "<=")
    };
    let comparisons = vec![
        Tree::operator(above, vec![value.clone(), low]),
        Tree::operator(below, vec![value, high]),
    ];
    *tree = Tree::new(head, comparisons);
}
