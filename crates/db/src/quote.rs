//! Names and values as SQL text.

use segue_sql::Dialect;

/// An identifier, always in quotes (sql-syntax-lexical.html, "Identifiers and Key Words").
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string constant that means the same whatever `standard_conforming_strings` says.
pub fn literal(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

/// A string constant of SQLite, where a backslash is a character like any other (lang_expr.html).
pub(crate) fn plain_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// A string constant in the dialect.
pub(crate) fn literal_in(dialect: Dialect, value: &str) -> String {
    match dialect {
        Dialect::Postgres => literal(value),
        Dialect::Sqlite => plain_literal(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_doubled() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(plain_literal("a\\'b"), "'a\\''b'");
    }
}
