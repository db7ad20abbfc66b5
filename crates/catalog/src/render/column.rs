//! Columns within `CREATE TABLE` and `ADD COLUMN`, and what of them takes statements of its own.

use std::borrow::Cow;

use squawk_lexer::{TokenKind, tokenize};

use super::{
    literal::{foreign_options, parameters},
    name::or_builtin,
    sequence::identity_options,
};
use crate::{
    Expr, QName,
    model::{Column, Generated, Identity, NotNull},
};

/// From this version on `CREATE TABLE` takes `STORAGE` (release-16.html).
const STORAGE_INLINE: u16 = 16;

/// What is said of a column's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultClause {
    /// `DEFAULT …`.
    Written,
    /// The type is `serial`, which says it all.
    Serial,
    /// It comes later.
    Later,
}

/// A column as it stands in `CREATE TABLE` or `ADD COLUMN`: name, type, and all that can stand there.
pub fn column_definition(of: &QName, column: &Column, major: u16) -> String {
    let rest = rest(of, column, major, DefaultClause::Written);
    format!("{} {rest}", column.name)
}

/// The definition without the name.
pub(crate) fn rest(of: &QName, column: &Column, major: u16, default: DefaultClause) -> String {
    let mut text = match default {
        DefaultClause::Serial => serial(column).to_owned(),
        _ => column.data_type.to_string(),
    };
    let mut add = |clause: String| {
        text.push(' ');
        text.push_str(&clause);
    };
    if let Some(storage) = &column.storage
        && major >= STORAGE_INLINE
    {
        add(format!("STORAGE {storage}"));
    }
    if let Some(compression) = &column.compression {
        add(format!("COMPRESSION {compression}"));
    }
    if !column.foreign_options.is_empty() {
        add(foreign_options(&column.foreign_options));
    }
    if let Some(collation) = &column.collation {
        add(format!("COLLATE {}", or_builtin(collation)));
    }
    for clause in value_clauses(of, column, default) {
        add(clause);
    }
    text
}

/// What follows type and collation: also what `OF type` and `PARTITION OF` tables may say of their columns.
pub(crate) fn value_clauses(of: &QName, column: &Column, default: DefaultClause) -> Vec<String> {
    let mut clauses = Vec::new();
    if let Some(generated) = &column.generated {
        clauses.push(generated_clause(generated));
    }
    if let Some(identity) = &column.identity {
        clauses.push(identity_clause(of, column, identity));
    }
    if let Some(value) = &column.default
        && default == DefaultClause::Written
    {
        clauses.push(format!("DEFAULT {}", default_expression(value)));
    }
    if let Some(not_null) = column.not_null.as_ref().filter(|found| found.validated) {
        let implied = default == DefaultClause::Serial && is_default_name(of, column, not_null);
        if !implied {
            clauses.push(not_null_clause(of, column, not_null));
        }
    }
    clauses
}

/// `GENERATED ALWAYS AS (…)`.
pub(crate) fn generated_clause(generated: &Generated) -> String {
    let kind = if generated.stored {
        "STORED"
    } else {
        "VIRTUAL"
    };
    format!("GENERATED ALWAYS AS ({}) {kind}", generated.expression)
}

/// `GENERATED … AS IDENTITY`, with the sequence's name and options where they are not the default.
pub fn identity_clause(of: &QName, column: &Column, identity: &Identity) -> String {
    let when = if identity.always {
        "ALWAYS"
    } else {
        "BY DEFAULT"
    };
    let options = identity_options(of, column, identity);
    format!("GENERATED {when} AS IDENTITY{options}")
}

/// `NOT NULL`, with the constraint's name where the server would choose another.
pub(crate) fn not_null_clause(of: &QName, column: &Column, not_null: &NotNull) -> String {
    let mut text = match &not_null.name {
        Some(name) if !is_default_name(of, column, not_null) => {
            format!("CONSTRAINT {name} NOT NULL")
        }
        _ => "NOT NULL".to_owned(),
    };
    if not_null.no_inherit {
        text.push_str(" NO INHERIT");
    }
    text
}

fn is_default_name(of: &QName, column: &Column, not_null: &NotNull) -> bool {
    match &not_null.name {
        None => true,
        Some(name) => *name == *format!("{}_{}_not_null", &*of.name, &*column.name),
    }
}

/// The pseudo-type whose sequence has this column's type (datatype-numeric.html, "Serial Types").
fn serial(column: &Column) -> &'static str {
    match column.data_type.name.name.as_str() {
        "smallint" => "smallserial",
        "integer" => "serial",
        _ => "bigserial",
    }
}

/// A default as `DEFAULT` of a column takes it: the grammar wants a `b_expr`, in which `AND`, `IS`, `COLLATE` and
/// their like need parentheses.
pub(crate) fn default_expression(expression: &Expr) -> Cow<'_, str> {
    if needs_parentheses(&expression.text) {
        format!("({expression})").into()
    } else {
        Cow::Borrowed(&expression.text)
    }
}

fn needs_parentheses(text: &str) -> bool {
    let (mut depth, mut at) = (0_u32, 0);
    for token in tokenize(text) {
        let word = &text[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            TokenKind::Ident if depth == 0 && A_EXPR_WORDS.contains(&&*word.to_lowercase()) => {
                return true;
            }
            _ => {}
        }
    }
    false
}

/// Operators that are words, which `a_expr` has and `b_expr` does not (gram.y).
const A_EXPR_WORDS: [&str; 14] = [
    "and", "or", "not", "in", "like", "ilike", "between", "similar", "is", "isnull", "notnull",
    "overlaps", "at", "collate",
];

/// What of a column `CREATE TABLE` cannot say: each the end of an `ALTER TABLE` statement.
pub(crate) fn further_actions(column: &Column, major: u16) -> Vec<String> {
    let name = &column.name;
    let mut actions = Vec::new();
    if let Some(storage) = &column.storage
        && major < STORAGE_INLINE
    {
        actions.push(format!("ALTER COLUMN {name} SET STORAGE {storage}"));
    }
    if let Some(target) = column.statistics {
        actions.push(format!("ALTER COLUMN {name} SET STATISTICS {target}"));
    }
    if !column.options.is_empty() {
        let options = parameters(&column.options);
        actions.push(format!("ALTER COLUMN {name} SET {options}"));
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DataType;

    fn definition(column: &Column) -> String {
        column_definition(&QName::new("app", "users"), column, 18)
    }

    #[test]
    fn a_column_says_what_it_has_and_no_more() {
        let mut column = Column::new("position", "integer".into());
        assert_eq!(definition(&column), "\"position\" integer");
        column.not_null = Some(NotNull::named(Some("users_position_not_null".into())));
        column.default = Some(Expr::written("1"));
        assert_eq!(
            definition(&column),
            "\"position\" integer DEFAULT 1 NOT NULL"
        );
        column.not_null = Some(NotNull::named(Some("there".into())));
        assert_eq!(
            definition(&column),
            "\"position\" integer DEFAULT 1 CONSTRAINT there NOT NULL"
        );
    }

    #[test]
    fn a_default_has_parentheses_where_the_grammar_wants_them() {
        let mut column = Column::new("ok", DataType::builtin("boolean"));
        column.default = Some(Expr::written("1 = 1 AND true"));
        assert_eq!(definition(&column), "ok boolean DEFAULT (1 = 1 AND true)");
        column.default = Some(Expr::written("f('a and b', 1 in (2))"));
        assert_eq!(
            definition(&column),
            "ok boolean DEFAULT f('a and b', 1 in (2))"
        );
    }
}
