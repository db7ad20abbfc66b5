//! A SQLite schema as SQL again.

use sqlparser::tokenizer::Token;

use super::{
    Catalog, Constraint, ConstraintKind, IndexKey, Name, Text,
    words::{quoted, words},
};

/// The statements that make the schema, as SQLite keeps them, in the order in which it came to be.
pub fn sql(catalog: &Catalog) -> String {
    let statements = catalog.statements.iter();
    statements
        .map(|statement| format!("{};\n", statement.text))
        .collect()
}

/// A constraint, as SQL without its name.
pub(super) fn constraint(constraint: &Constraint) -> String {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(of) => format!("PRIMARY KEY ({})", keys(of)),
        ConstraintKind::Unique(of) => format!("UNIQUE ({})", keys(of)),
        ConstraintKind::Check(text) => format!("CHECK ({text})"),
        ConstraintKind::ForeignKey(key) => {
            let mut text = format!(
                "FOREIGN KEY ({}) REFERENCES {}",
                names(&key.columns),
                key.table
            );
            if !key.referenced.is_empty() {
                text += &format!(" ({})", names(&key.referenced));
            }
            for (when, action) in [("UPDATE", &key.on_update), ("DELETE", &key.on_delete)] {
                if action != "NO ACTION" {
                    text += &format!(" ON {when} {action}");
                }
            }
            text
        }
    }
}

/// The statement of a table with more checks in it; `None` where it cannot be read.
pub fn add_checks(statement: &Text, checks: &[Constraint]) -> Option<Text> {
    let text = statement.as_str();
    let words = words(text)?;
    let close = words
        .iter()
        .rposition(|word| matches!(word.token, Token::RParen))?;
    let mut added = String::new();
    for check in checks {
        added += ", ";
        if let Some(name) = &check.name {
            added += &format!("CONSTRAINT {} ", quoted(name));
        }
        added += &constraint(check);
    }
    let last = words.get(close.checked_sub(1)?)?.span.end;
    Some(Text::new(format!(
        "{}{added}{}",
        &text[..last],
        &text[last..]
    )))
}

fn names(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    names.join(", ")
}

/// Keys, as they stand in parentheses.
pub(super) fn keys(keys: &[IndexKey]) -> String {
    let keys: Vec<String> = keys.iter().map(key).collect();
    keys.join(", ")
}

fn key(key: &IndexKey) -> String {
    let mut text = key
        .column
        .as_ref()
        .map_or("(expression)", Name::as_str)
        .to_owned();
    if let Some(collation) = &key.collation {
        text += &format!(" COLLATE {collation}");
    }
    if key.descending {
        text += " DESC";
    }
    text
}
