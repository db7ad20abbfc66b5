//! The parser's tree of an expression, a query or another piece of SQL to a [`Tree`].

use squawk_syntax::{
    SyntaxElement, SyntaxKind, SyntaxNode,
    ast::{self, AstNode, normalize_name_node},
};

use super::{
    Form, operators, syntax,
    tree::{Head, Tree},
    types,
};
use crate::{DataType, Name};

/// Parses a text; `None` where it is not SQL of this form.
pub(super) fn parse(text: &str, form: Form) -> Option<Tree> {
    let (text, form) = match returned(text) {
        Some(value) if form == Form::Statements => (value, Form::Expression),
        _ => (text, form),
    };
    let text = match form {
        Form::Expression => format!("SELECT (\n{text}\n)"),
        Form::Statements => text.to_owned(),
        Form::Bound => format!("CREATE TABLE a PARTITION OF b {text}"),
    };
    let parse = crate::parse(&text);
    let errors = parse.errors();
    if errors
        .iter()
        .any(|error| !error.message().starts_with("Missing semicolon"))
    {
        return None;
    }
    let root = parse.tree().syntax().clone();
    match form {
        Form::Expression => {
            let target = root.descendants().find_map(ast::Target::cast)?;
            Some(build(
                target
                    .syntax()
                    .children()
                    .find(|child| ast::Expr::can_cast(child.kind()))
                    .as_ref()?,
            ))
        }
        Form::Statements | Form::Bound => Some(build(&root)),
    }
}

/// What is behind `RETURN`, where a routine's body is that and no statement.
fn returned(body: &str) -> Option<&str> {
    let (word, value) = body.split_at_checked("return".len())?;
    let ends = value.starts_with(|next: char| !next.is_alphanumeric() && next != '_');
    (word.eq_ignore_ascii_case("return") && ends).then_some(value)
}

/// Whether a node is a query.
pub(super) fn is_query(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SELECT
            | SyntaxKind::COMPOUND_SELECT
            | SyntaxKind::PAREN_SELECT
            | SyntaxKind::VALUES
            | SyntaxKind::TABLE
    )
}

/// A node of the parser's.
pub(super) fn build(node: &SyntaxNode) -> Tree {
    let kind = node.kind();
    if operators::is_chain(kind) {
        return operators::chain(node);
    }
    if let Some(ty) = ast::Type::cast(node.clone()) {
        return Tree::leaf(Head::Type(types::data_type(&ty)));
    }
    match kind {
        SyntaxKind::PAREN_EXPR | SyntaxKind::PAREN_SELECT => match node.first_child() {
            Some(inner) if kind == SyntaxKind::PAREN_SELECT || !is_query(inner.kind()) => {
                build(&inner)
            }
            _ => Tree::new(Head::Syntax(kind), words(node)),
        },
        // joins are printed in parentheses
        SyntaxKind::PAREN_FROM_ITEM => match only_child(node).filter(is_join) {
            Some(inner) => build(&inner),
            None => Tree::new(Head::Syntax(kind), words(node)),
        },
        SyntaxKind::LITERAL => literal(node),
        SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR => column(node),
        SyntaxKind::CALL_EXPR => syntax::call(node),
        SyntaxKind::ARRAY_EXPR if !node.children().any(|child| is_query(child.kind())) => {
            Tree::new(Head::Array, expressions(node))
        }
        SyntaxKind::TUPLE_EXPR => Tree::new(Head::Row, expressions(node)),
        SyntaxKind::PATH | SyntaxKind::PATH_REF => Tree::leaf(Head::Named(paths(node))),
        SyntaxKind::AS_NAME => Tree::new(Head::Syntax(kind), words(node)),
        _ if is_name(node) => Tree::leaf(Head::Named(vec![name_of(node)])),
        _ => Tree::new(Head::Syntax(kind), words(node)),
    }
}

/// The one node that another consists of, signs aside.
fn only_child(node: &SyntaxNode) -> Option<SyntaxNode> {
    let tokens = node
        .children_with_tokens()
        .filter_map(SyntaxElement::into_token);
    let mut children = node.children();
    let child = children.next()?;
    let is_only =
        children.next().is_none() && tokens.into_iter().all(|token| token.kind().is_trivia());
    is_only.then_some(child)
}

fn is_join(parenthesised: &SyntaxNode) -> bool {
    let within = parenthesised.first_child();
    within.is_some_and(|within| within.kind() == SyntaxKind::JOIN_EXPR)
}

/// The expressions right below a node.
pub(super) fn expressions(node: &SyntaxNode) -> Vec<Tree> {
    node.children()
        .filter(|child| ast::Expr::can_cast(child.kind()))
        .map(|child| build(&child))
        .collect()
}

/// Everything below a node: its nodes, and its words but for signs and those that say nothing.
pub(super) fn words(node: &SyntaxNode) -> Vec<Tree> {
    let mut parts = Vec::new();
    for child in node.children_with_tokens() {
        match child {
            SyntaxElement::Node(child) if child.kind() == SyntaxKind::SORT_ASC => {}
            SyntaxElement::Node(child) => parts.push(build(&child)),
            SyntaxElement::Token(token) => {
                let says_nothing = token.kind().is_trivia()
                    || matches!(
                        token.kind(),
                        SyntaxKind::L_PAREN
                            | SyntaxKind::R_PAREN
                            | SyntaxKind::COMMA
                            | SyntaxKind::SEMICOLON
                            | SyntaxKind::AS_KW
                            | SyntaxKind::ASC_KW
                            | SyntaxKind::OUTER_KW
                            | SyntaxKind::INNER_KW
                    );
                if !says_nothing {
                    parts.push(Tree::leaf(Head::Word(token.text().to_lowercase())));
                }
            }
        }
    }
    parts
}

/// Whether a node is nothing but one identifier.
fn is_name(node: &SyntaxNode) -> bool {
    let mut tokens = node
        .children_with_tokens()
        .filter(|child| !child.kind().is_trivia());
    let first = tokens.next();
    let single = tokens.next().is_none();
    let may_be_keyword = matches!(
        node.kind(),
        SyntaxKind::COLUMN_NAME | SyntaxKind::TABLE_ALIAS
    );
    single
        && first.is_some_and(|token| {
            token.kind() == SyntaxKind::IDENT || (may_be_keyword && token.into_token().is_some())
        })
}

/// The name that a node is: folded unless it is quoted, cut to 63 bytes.
pub(super) fn name_of(node: &SyntaxNode) -> Name {
    Name::quoted(&normalize_name_node(node))
}

/// The parts of the path in a node.
pub(super) fn paths(node: &SyntaxNode) -> Vec<Name> {
    node.descendants()
        .filter(|child| {
            matches!(
                child.kind(),
                SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF
            ) && !child.text().is_empty()
        })
        .map(|segment| name_of(&segment))
        .collect()
}

fn literal(node: &SyntaxNode) -> Tree {
    let Some(token) = node
        .children_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .find(|token| !token.kind().is_trivia())
    else {
        return Tree::leaf(Head::Null);
    };
    let head = match token.kind() {
        SyntaxKind::NULL_KW => Head::Null,
        SyntaxKind::TRUE_KW => Head::Bool(true),
        SyntaxKind::FALSE_KW => Head::Bool(false),
        SyntaxKind::INT_NUMBER | SyntaxKind::NUMERIC_NUMBER => {
            Head::Number(token.text().to_lowercase())
        }
        SyntaxKind::STRING
        | SyntaxKind::DOLLAR_QUOTED_STRING
        | SyntaxKind::ESC_STRING
        | SyntaxKind::UNICODE_ESC_STRING => {
            match ast::Literal::cast(node.clone()).and_then(|literal| literal.string_value()) {
                Some(text) => Head::Text(text),
                None => Head::Word(token.text().to_owned()),
            }
        }
        SyntaxKind::BIT_STRING => {
            let digits = token.text()[1..].trim_matches('\'').to_owned();
            return Tree::leaf(Head::Text(digits)).cast(DataType::builtin("bit"));
        }
        _ => Head::Word(token.text().to_lowercase()),
    };
    Tree::leaf(head)
}

/// A column with what is in front of it, or one of the words that stand for a value.
fn column(node: &SyntaxNode) -> Tree {
    if node.kind() == SyntaxKind::NAME_REF {
        let keyword = node
            .first_token()
            .filter(|token| token.kind() != SyntaxKind::IDENT);
        return match keyword {
            Some(token) if syntax::is_value(&token.text().to_lowercase()) => {
                Tree::leaf(Head::Word(token.text().to_lowercase()))
            }
            _ => Tree::leaf(Head::Column(vec![name_of(node)])),
        };
    }
    let mut parts: Vec<SyntaxNode> = node.children().collect();
    if parts.len() == 2
        && let Head::Column(mut names) = build(&parts[0]).head
        && let Some(field) = parts.pop()
    {
        names.push(name_of(&field));
        return Tree::leaf(Head::Column(names));
    }
    Tree::new(Head::Syntax(node.kind()), words(node))
}
