//! Operators by PostgreSQL's precedences (`gram.y`), which the parser's tree does not keep in every case: a chain of
//! operators is laid flat and put together again.

use std::{iter::Peekable, vec};

use squawk_syntax::{
    SyntaxElement, SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    build::{build, is_query, paths, words},
    tree::{Head, Tree},
    types,
};
use crate::Name;

/// A link of a chain.
enum Link {
    Operand(Tree),
    /// An operator, by its symbol or words, that stands in front of its operand or between two.
    Operator(String),
    /// Something behind an operand.
    Behind(u8, Head, Vec<Tree>),
    /// `ANY (…)` and `ALL (…)`, which belong to the operator in front.
    Quantified(bool, Tree),
}

const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const IS: u8 = 4;
const COMPARISON: u8 = 5;
const LIKE: u8 = 6;
const ESCAPE: u8 = 7;
const OTHER: u8 = 8;
const COLLATE: u8 = 13;
const SIGN: u8 = 14;
const CAST: u8 = 15;

/// How tightly an operator between two operands binds.
fn precedence(operator: &str) -> u8 {
    match operator {
        "or" => OR,
        "and" => AND,
        "is distinct from" | "is not distinct from" | "is" | "is not" => IS,
        "<" | ">" | "=" | "<=" | ">=" | "<>" | "!=" => COMPARISON,
        "in" | "not in" | "like" | "not like" | "ilike" | "not ilike" | "similar to"
        | "not similar to" => LIKE,
        "escape" => ESCAPE,
        "+" | "-" => 9,
        "*" | "/" | "%" => 10,
        "^" => 11,
        "at time zone" => 12,
        _ => OTHER,
    }
}

/// Whether a node is a link of a chain and no operand.
pub(super) fn is_chain(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::BIN_EXPR
            | SyntaxKind::PREFIX_EXPR
            | SyntaxKind::POSTFIX_EXPR
            | SyntaxKind::BETWEEN_EXPR
            | SyntaxKind::CAST_EXPR
            | SyntaxKind::COLLATE
    )
}

/// A chain of operators as a tree.
pub(super) fn chain(node: &SyntaxNode) -> Tree {
    let mut links = Vec::new();
    lay_flat(node, &mut links);
    let mut links = links.into_iter().peekable();
    let mut tree = climb(&mut links, 0);
    // Nothing is left behind a chain that parsed; what is nevertheless keeps two trees from being the same.
    for rest in links {
        let rest = match rest {
            Link::Operand(operand) | Link::Quantified(_, operand) => operand,
            Link::Operator(word) => Tree::leaf(Head::Word(word)),
            Link::Behind(_, head, parts) => Tree::new(head, parts),
        };
        tree = Tree::new(Head::Syntax(SyntaxKind::ERROR), vec![tree, rest]);
    }
    tree
}

fn lay_flat(node: &SyntaxNode, links: &mut Vec<Link>) {
    match node.kind() {
        SyntaxKind::BIN_EXPR => between_two(node, links),
        SyntaxKind::PREFIX_EXPR => {
            links.push(Link::Operator(operator_text(node)));
            node.children()
                .filter(|child| ast::Expr::can_cast(child.kind()))
                .for_each(|child| lay_flat(&child, links));
        }
        SyntaxKind::POSTFIX_EXPR => {
            operand_of(node, links);
            links.push(Link::Behind(IS, behind(&operator_text(node)), Vec::new()));
        }
        SyntaxKind::COLLATE => {
            operand_of(node, links);
            let mut name = node
                .last_child()
                .map(|name| paths(&name))
                .unwrap_or_default();
            if name.len() > 1 && name[0] == *"pg_catalog" {
                name.remove(0);
            }
            links.push(Link::Behind(COLLATE, Head::Collate(name), Vec::new()));
        }
        SyntaxKind::BETWEEN_EXPR => range(node, links),
        SyntaxKind::CAST_EXPR => cast(node, links),
        _ => operand(node, links),
    }
}

fn operand(node: &SyntaxNode, links: &mut Vec<Link>) {
    let quantifier = node
        .first_child()
        .filter(|_| node.kind() == SyntaxKind::CALL_EXPR);
    let link = match quantifier.as_ref().map(SyntaxNode::kind) {
        Some(SyntaxKind::ANY_FN | SyntaxKind::SOME_FN) => Link::Quantified(false, within(node)),
        Some(SyntaxKind::ALL_FN) => Link::Quantified(true, within(node)),
        _ => Link::Operand(build(node)),
    };
    links.push(link);
}

/// What stands in the parentheses of `ANY (…)`.
fn within(node: &SyntaxNode) -> Tree {
    let inner = node
        .first_child()
        .and_then(|function| function.first_child());
    inner.map_or_else(|| Tree::leaf(Head::Null), |inner| build(&inner))
}

fn operand_of(node: &SyntaxNode, links: &mut Vec<Link>) {
    if let Some(first) = node
        .children()
        .find(|child| ast::Expr::can_cast(child.kind()))
    {
        lay_flat(&first, links);
    }
}

/// `left operator right`. Of `IN` the list on its right is no expression of its own.
fn between_two(node: &SyntaxNode, links: &mut Vec<Link>) {
    let sides: Vec<SyntaxNode> = node
        .children()
        .filter(|child| ast::Expr::can_cast(child.kind()))
        .collect();
    let operator = operator_text(node);
    let Some(left) = sides.first() else { return };
    lay_flat(left, links);
    let Some(right) = sides.get(1) else {
        links.push(Link::Operator(operator));
        return;
    };
    match operator.as_str() {
        "in" | "not in" => {
            let head = Head::In {
                not: operator == "not in",
            };
            links.push(Link::Behind(LIKE, head, list(right)));
        }
        _ => {
            links.push(Link::Operator(operator));
            lay_flat(right, links);
        }
    }
}

/// The list of `IN (…)`, or the query that it holds.
fn list(node: &SyntaxNode) -> Vec<Tree> {
    node.children()
        .filter(|child| ast::Expr::can_cast(child.kind()) || is_query(child.kind()))
        .map(|child| build(&child))
        .collect()
}

fn range(node: &SyntaxNode, links: &mut Vec<Link>) {
    let parts: Vec<SyntaxNode> = node
        .children()
        .filter(|child| ast::Expr::can_cast(child.kind()))
        .collect();
    let operator = operator_text(node);
    operand_of(node, links);
    let bounds = parts.iter().skip(1).map(build).collect();
    let symmetric = node
        .children()
        .any(|child| child.kind() == SyntaxKind::SYMMETRIC);
    let head = if symmetric {
        Head::Operator(format!("{operator} symmetric"))
    } else {
        Head::Between {
            not: operator.starts_with("not"),
        }
    };
    links.push(Link::Behind(LIKE, head, bounds));
}

/// `value::type`, `CAST(value AS type)` and `type 'text'`.
fn cast(node: &SyntaxNode, links: &mut Vec<Link>) {
    let to = node
        .children()
        .find_map(ast::Type::cast)
        .map(|ty| types::data_type(&ty));
    let Some(to) = to else {
        links.push(Link::Operand(Tree::new(
            Head::Syntax(node.kind()),
            words(node),
        )));
        return;
    };
    let colons = node
        .children()
        .any(|child| child.kind() == SyntaxKind::COLON_COLON);
    if colons {
        operand_of(node, links);
        links.push(Link::Behind(CAST, Head::Cast(to), Vec::new()));
    } else {
        let value = node
            .children()
            .find(|child| ast::Expr::can_cast(child.kind()));
        let value = value.map_or_else(|| Tree::leaf(Head::Null), |value| build(&value));
        // `interval '1' day`: the fields behind the text are part of the type
        let fields = node.children().find_map(ast::IntervalQualifier::cast);
        let to = match fields {
            Some(fields) => to.with_modifier(&fields.syntax().text().to_string().to_lowercase()),
            None => to,
        };
        links.push(Link::Operand(value.cast(to)));
    }
}

/// The words or signs of an operator: everything in the node that is no operand.
fn operator_text(node: &SyntaxNode) -> String {
    let mut found = Vec::new();
    for child in node.children_with_tokens() {
        match child {
            SyntaxElement::Token(token) => found.push(token),
            SyntaxElement::Node(child)
                if !ast::Expr::can_cast(child.kind()) && child.kind() != SyntaxKind::SYMMETRIC =>
            {
                let tokens = child.descendants_with_tokens();
                found.extend(tokens.filter_map(SyntaxElement::into_token));
            }
            SyntaxElement::Node(_) => {}
        }
    }
    let texts: Vec<String> = found
        .iter()
        .filter(|token| !token.kind().is_trivia())
        .map(|token| token.text().to_lowercase())
        .filter(|text| text != "and" || found.len() == 1 || node.kind() != SyntaxKind::BETWEEN_EXPR)
        .collect();
    let is_words = texts
        .first()
        .is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphabetic()));
    if texts.first().is_some_and(|text| text == "operator") {
        let symbol = texts[1..].concat();
        let symbol = symbol.trim_start_matches('(').trim_end_matches(')');
        return symbol
            .strip_prefix("pg_catalog.")
            .unwrap_or(symbol)
            .to_owned();
    }
    texts.join(if is_words { " " } else { "" })
}

/// What stands behind its operand, by its words.
fn behind(words: &str) -> Head {
    match words {
        "isnull" => Head::Is("null".to_owned()),
        "notnull" => Head::Is("not null".to_owned()),
        _ => match words.strip_prefix("is ") {
            Some(rest) => Head::Is(rest.to_owned()),
            None => Head::Operator(words.to_owned()),
        },
    }
}

type Links = Peekable<vec::IntoIter<Link>>;

/// Puts a chain together: operators that bind at least as tightly as `least`.
fn climb(links: &mut Links, least: u8) -> Tree {
    let mut left = first_operand(links);
    loop {
        match links.peek() {
            Some(Link::Operator(operator)) if precedence(operator) >= least => {}
            Some(Link::Behind(binding, ..)) if *binding >= least => {}
            _ => return left,
        }
        left = match links.next() {
            Some(Link::Operator(operator)) => with_right(left, operator, links),
            Some(Link::Behind(_, head, mut parts)) => {
                parts.insert(0, left);
                Tree::new(head, parts)
            }
            _ => return left,
        };
    }
}

fn first_operand(links: &mut Links) -> Tree {
    match links.next() {
        Some(Link::Operand(operand)) => operand,
        Some(Link::Operator(operator)) => {
            let binding = match operator.as_str() {
                "not" => NOT,
                "-" | "+" => SIGN,
                _ => OTHER + 1,
            };
            let operand = climb(links, binding);
            match operator.as_str() {
                "not" => Tree::new(Head::Not, vec![operand]),
                _ => Tree::operator(&operator, vec![operand]),
            }
        }
        Some(Link::Quantified(_, tree)) => Tree::new(Head::Syntax(SyntaxKind::ANY_FN), vec![tree]),
        Some(Link::Behind(_, head, parts)) => Tree::new(head, parts),
        None => Tree::leaf(Head::Syntax(SyntaxKind::ERROR)),
    }
}

fn with_right(left: Tree, operator: String, links: &mut Links) -> Tree {
    if let Some(Link::Quantified(..)) = links.peek()
        && let Some(Link::Quantified(all, right)) = links.next()
    {
        let head = Head::Quantified {
            symbol: operator,
            all,
        };
        return Tree::new(head, vec![left, right]);
    }
    if matches!(operator.as_str(), "is" | "is not") {
        let what = first_operand(links);
        let negated = if operator == "is" { "" } else { "not " };
        return match is_what(&what) {
            Some(word) => Tree::new(Head::Is(format!("{negated}{word}")), vec![left]),
            None => Tree::operator(&operator, vec![left, what]),
        };
    }
    let right = climb(links, precedence(&operator) + 1);
    match operator.as_str() {
        "and" => Tree::new(Head::And, vec![left, right]),
        "or" => Tree::new(Head::Or, vec![left, right]),
        _ => Tree::operator(&operator, vec![left, right]),
    }
}

/// The word behind `IS`.
fn is_what(what: &Tree) -> Option<&str> {
    match &what.head {
        Head::Null => Some("null"),
        Head::Bool(true) => Some("true"),
        Head::Bool(false) => Some("false"),
        Head::Column(name) if name.len() == 1 => Some(Name::as_str(&name[0])),
        _ => None,
    }
}
