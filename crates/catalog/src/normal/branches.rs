//! `CASE`: a missing `ELSE` is printed as `ELSE NULL`, all results become of one type, and constants behind `WHEN`
//! become what is behind `CASE` (`parse_expr.c`, `transformCaseExpr`).

use squawk_syntax::SyntaxKind;

use super::{
    casts,
    context::Side,
    inference,
    tree::{Head, Tree},
};

/// Adds the `ELSE` and the casts of results and of compared constants.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    if tree.head != Head::Syntax(SyntaxKind::CASE_EXPR) {
        return;
    }
    complete(tree);
    let operand = operand(tree).cloned();
    let mut results = Vec::new();
    each_branch(tree, &mut |branch, is_else| {
        if let Some(result) = branch.parts.last_mut() {
            results.push(result.take());
        }
        if !is_else && let (Some(operand), Some(value)) = (&operand, branch.parts.get_mut(1)) {
            let mut pair = [operand.clone(), value.take()];
            casts::compared(&mut pair, side);
            let [_, compared] = pair;
            *value = compared;
        }
    });
    casts::alike(&mut results, side);
    let mut results = results.into_iter();
    each_branch(tree, &mut |branch, _| {
        if let (Some(place), Some(result)) = (branch.parts.last_mut(), results.next()) {
            *place = result;
        }
    });
}

/// The type of a `CASE`.
pub(super) fn type_of(tree: &Tree, side: &Side<'_>) -> Option<crate::DataType> {
    let mut results = Vec::new();
    let mut copy = tree.clone();
    each_branch(&mut copy, &mut |branch, _| {
        results.extend(branch.parts.pop());
    });
    inference::common(results.iter(), side)
}

fn complete(tree: &mut Tree) {
    let is_else = |part: &Tree| part.head == Head::Syntax(SyntaxKind::ELSE_CLAUSE);
    if !tree.parts.iter().any(is_else) {
        let otherwise = Tree::new(
            Head::Syntax(SyntaxKind::ELSE_CLAUSE),
            vec![
                Tree::leaf(Head::Word("else".to_owned())),
                Tree::leaf(Head::Null),
            ],
        );
        let end = tree.parts.len().saturating_sub(1);
        tree.parts.insert(end, otherwise);
    }
}

/// What stands between `CASE` and the first `WHEN`.
fn operand(tree: &Tree) -> Option<&Tree> {
    let second = tree.parts.get(1)?;
    (second.head != Head::Syntax(SyntaxKind::WHEN_CLAUSE_LIST)).then_some(second)
}

/// Every `WHEN condition THEN result` and the `ELSE result`.
fn each_branch(tree: &mut Tree, visit: &mut dyn FnMut(&mut Tree, bool)) {
    for part in &mut tree.parts {
        match part.head {
            Head::Syntax(SyntaxKind::WHEN_CLAUSE_LIST) => {
                part.parts
                    .iter_mut()
                    .for_each(|branch| visit(branch, false));
            }
            Head::Syntax(SyntaxKind::ELSE_CLAUSE) => visit(part, true),
            _ => {}
        }
    }
}
