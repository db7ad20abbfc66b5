//! Calls, and the forms of the SQL standard that the server makes calls of (`gram.y`, `func_expr_common_subexpr`):
//! since PostgreSQL 14 it prints them in the standard's form again, before that as the calls.

use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    build::{build, expressions, words},
    tree::{Head, Tree},
};

/// Words that stand for a value without any parentheses.
const VALUES: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// Whether an unquoted word stands for a value.
pub(super) fn is_value(word: &str) -> bool {
    VALUES.contains(&word)
}

/// A call of any form.
pub(super) fn call(node: &SyntaxNode) -> Tree {
    let Some(function) = node.first_child() else {
        return other(node);
    };
    match function.kind() {
        SyntaxKind::EXTRACT_FN => extract(&function),
        SyntaxKind::SUBSTRING_FN => substring(&function),
        SyntaxKind::POSITION_FN => position(&function),
        SyntaxKind::OVERLAY_FN => arguments("overlay", &function),
        SyntaxKind::TRIM_FN => trim(&function),
        _ => plain(node, &function),
    }
}

fn other(node: &SyntaxNode) -> Tree {
    Tree::new(Head::Syntax(node.kind()), words(node))
}

/// `schema.function(arguments)`, with nothing but arguments.
fn plain(node: &SyntaxNode, function: &SyntaxNode) -> Tree {
    let mut rest = node.children().skip(1);
    let (Some(list), None) = (rest.next(), rest.next()) else {
        return other(node);
    };
    let is_plain = list.children().all(|argument| {
        argument.kind() == SyntaxKind::ARG
            && argument.children().count() == 1
            && argument
                .first_token()
                .is_some_and(|token| token.kind() != SyntaxKind::VARIADIC_KW)
            && argument
                .first_child()
                .is_some_and(|inner| ast::Expr::can_cast(inner.kind()))
    }) && !list
        .children_with_tokens()
        .any(|child| child.kind() == SyntaxKind::STAR);
    let name = match build(function).head {
        Head::Column(mut name) => {
            if name.len() > 1 && name[0] == *"pg_catalog" {
                name.remove(0);
            }
            name
        }
        // `CURRENT_TIMESTAMP(3)`
        Head::Word(word) => vec![crate::Name::stored(word)],
        _ => return other(node),
    };
    if is_spread(&name)
        && let Some(arguments) = spread(&list)
    {
        return Tree::new(Head::Call(name), arguments);
    }
    if !is_plain {
        let mut parts = words(node);
        parts[0] = Tree::leaf(Head::Call(name));
        return Tree::new(Head::Syntax(node.kind()), parts);
    }
    let arguments = list.children().flat_map(|argument| expressions(&argument));
    Tree::new(Head::Call(name), arguments.collect())
}

/// The server's functions with any number of arguments of one type at the end, which are printed as an array
/// (`ruleutils.c`, `get_func_expr`).
fn is_spread(name: &[crate::Name]) -> bool {
    matches!(name, [name] if super::functions::SPREAD.contains(&name.as_str()))
}

/// The arguments where those at the end are an array behind `VARIADIC`, as if they had been written one by one.
fn spread(list: &SyntaxNode) -> Option<Vec<Tree>> {
    let variadic = list.children().last()?;
    let word = variadic.first_token()?;
    if word.kind() != SyntaxKind::VARIADIC_KW {
        return None;
    }
    let mut arguments: Vec<Tree> = list
        .children()
        .flat_map(|argument| expressions(&argument))
        .collect();
    let array = arguments.pop()?;
    (array.head == Head::Array).then(|| arguments.into_iter().chain(array.parts).collect())
}

/// All expressions below a node that are not within another.
fn outermost(node: &SyntaxNode, found: &mut Vec<Tree>) {
    for child in node.children() {
        if ast::Expr::can_cast(child.kind()) {
            found.push(build(&child));
        } else {
            outermost(&child, found);
        }
    }
}

fn all(node: &SyntaxNode) -> Vec<Tree> {
    let mut found = Vec::new();
    outermost(node, &mut found);
    found
}

fn arguments(name: &str, function: &SyntaxNode) -> Tree {
    Tree::call(name, all(function))
}

/// `EXTRACT(field FROM value)` is `extract('field', value)`.
fn extract(function: &SyntaxNode) -> Tree {
    let field = function
        .children()
        .find(|child| !ast::Expr::can_cast(child.kind()));
    let value = function
        .children()
        .find(|child| ast::Expr::can_cast(child.kind()));
    let (Some(field), Some(value)) = (field, value) else {
        return other(function);
    };
    let name = match all(&field).pop() {
        Some(Tree {
            head: Head::Text(text),
            ..
        }) => text,
        _ => field.text().to_string().trim().to_lowercase(),
    };
    Tree::call("extract", vec![Tree::leaf(Head::Text(name)), build(&value)])
}

/// `SUBSTRING(text FROM start FOR length)` is `substring(text, start, length)`.
fn substring(function: &SyntaxNode) -> Tree {
    let Some(form) = function.first_child() else {
        return other(function);
    };
    match form.kind() {
        SyntaxKind::SUBSTRING_FROM_FOR | SyntaxKind::SUBSTRING_EXPRS => {
            Tree::call("substring", all(&form))
        }
        _ => other(function),
    }
}

/// `POSITION(part IN whole)` is `position(whole, part)`.
fn position(function: &SyntaxNode) -> Tree {
    let mut operands = all(function);
    operands.reverse();
    Tree::call("position", operands)
}

/// `TRIM(BOTH characters FROM text)` is `btrim(text, characters)`.
fn trim(function: &SyntaxNode) -> Tree {
    let kinds: Vec<SyntaxKind> = function.descendants().map(|node| node.kind()).collect();
    let name = if kinds.contains(&SyntaxKind::TRIM_LEADING) {
        "ltrim"
    } else if kinds.contains(&SyntaxKind::TRIM_TRAILING) {
        "rtrim"
    } else {
        "btrim"
    };
    let mut operands = all(function);
    if kinds.contains(&SyntaxKind::TRIM_EXPR_FROM) {
        operands.rotate_left(1);
    }
    Tree::call(name, operands)
}
