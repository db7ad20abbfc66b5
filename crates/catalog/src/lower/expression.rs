//! Expressions, texts, numbers and parameters of a statement, as the model carries them.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::names;
use crate::{Expr, Name, model::Parameters};

/// An expression as it is written, without the parentheses around it.
pub(crate) fn expr(expr: &ast::Expr) -> Expr {
    Expr::written(inner(expr).syntax().text().to_string())
}

/// Any other part of a statement, as it is written: a query, a partition's bound.
pub(crate) fn text(node: &impl AstNode) -> Expr {
    let text = node.syntax().text().to_string();
    Expr::written(text.trim().trim_end_matches(';'))
}

/// The expression within its parentheses. Those around a subquery belong to it.
pub(crate) fn inner(expr: &ast::Expr) -> ast::Expr {
    if let ast::Expr::ParenExpr(paren) = expr
        && let Some(within) = paren.syntax().children().find_map(ast::Expr::cast)
    {
        return inner(&within);
    }
    expr.clone()
}

/// The value of a string literal, however it is quoted.
pub(crate) fn string(literal: &ast::Literal) -> Option<String> {
    use ast::LitKind as Kind;
    // other literals have an empty text to the parser
    let is_text = matches!(
        literal.kind()?,
        Kind::String(_)
            | Kind::EscString(_)
            | Kind::UnicodeEscString(_)
            | Kind::DollarQuotedString(_)
            | Kind::NationalString(_)
            | Kind::BitString(_)
            | Kind::ByteString(_)
    );
    is_text.then(|| literal.string_value())?
}

/// A whole number, with its sign.
pub(crate) fn integer(expr: &ast::Expr) -> Option<i64> {
    let text = expr.syntax().text().to_string();
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    format!("{sign}{}", digits.replace('_', "")).parse().ok()
}

/// `WITH (name = value, …)` as `reloptions` keeps it: names folded, `namespace.name`, `true` where no value is
/// given (`transformRelOptions` in `reloptions.c`).
pub(crate) fn parameters(list: &ast::AttributeList) -> Parameters {
    list.attribute_options()
        .map(|option| (parameter_name(&option), parameter_value(&option)))
        .collect()
}

/// The names of `RESET (name, …)`.
pub(crate) fn parameter_names(list: &ast::AttributeList) -> Vec<String> {
    list.attribute_options()
        .map(|option| parameter_name(&option))
        .collect()
}

fn parameter_name(option: &ast::AttributeOption) -> String {
    let name = option.name().map(|name| names::name(&name));
    let name = name.as_ref().map(Name::as_str).unwrap_or_default();
    match option.namespace() {
        Some(space) => format!("{}.{name}", names::name(&space).as_str()),
        None => name.to_owned(),
    }
}

fn parameter_value(option: &ast::AttributeOption) -> String {
    match option.attribute_value() {
        Some(value) => value_text(value.syntax()),
        None => "true".to_owned(),
    }
}

/// A value as `defGetString` (`define.c`) gives it.
pub(crate) fn value_text(node: &SyntaxNode) -> String {
    let literal = ast::Literal::cast(node.clone())
        .or_else(|| node.children().find_map(ast::Literal::cast))
        .filter(|literal| literal.syntax().text_range() == node.text_range());
    if let Some(text) = literal.as_ref().and_then(string) {
        return text;
    }
    let text = node.text().to_string();
    let text = text.trim();
    match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_lowercase(),
    }
}

/// `OPTIONS (ADD a 'b', SET …, DROP …)` carried out on the options that were there.
pub(crate) fn foreign_options(list: &ast::AlterOptionList, before: &Parameters) -> Parameters {
    let mut options = before.clone();
    for option in list.alter_options() {
        let name = |name: Option<ast::ForeignOptionName>| {
            name.map(|name| names::name(&name).as_str().to_owned())
                .unwrap_or_default()
        };
        let value =
            |literal: Option<ast::Literal>| literal.as_ref().and_then(string).unwrap_or_default();
        match option {
            ast::AlterOption::AddForeignOption(add) => {
                options.insert(name(add.foreign_option_name()), value(add.literal()));
            }
            ast::AlterOption::SetForeignOption(set) => {
                options.insert(name(set.foreign_option_name()), value(set.literal()));
            }
            ast::AlterOption::DropForeignOption(drop) => {
                options.remove(&name(drop.foreign_option_name()));
            }
        }
    }
    options
}

/// The columns of a table that an expression mentions, each once, in order.
pub(crate) fn columns_in<'a>(expr: &ast::Expr, columns: impl Fn(&Name) -> bool + 'a) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    for node in inner(expr).syntax().descendants() {
        let Some(name) = ast::NameRef::cast(node) else {
            continue;
        };
        let called = name.syntax().parent().is_some_and(|parent| {
            let call = ast::CallExpr::cast(parent);
            call.and_then(|call| call.expr())
                .is_some_and(|callee| callee.syntax() == name.syntax())
        });
        let name = super::names::name(&name);
        if !called && columns(&name) && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
