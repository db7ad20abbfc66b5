//! Names and values as SQL text: the only functions by which any crate puts them there.
//!
//! A text with a zero byte has no form: servers keep none, and refuse the statement.

/// An identifier, always in quotes (sql-syntax-lexical.html, "Identifiers and Key Words"). [`Name`](crate::Name) shows itself
/// without them where they mean nothing.
pub fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A string constant, as `quote_literal` writes it: `E'…'` only where there is a backslash, so that it means the same
/// whatever `standard_conforming_strings` is.
pub fn literal(text: &str) -> String {
    let quotes = text.replace('\'', "''");
    if quotes.contains('\\') {
        format!("E'{}'", quotes.replace('\\', "\\\\"))
    } else {
        format!("'{quotes}'")
    }
}

/// A string constant where a backslash is a character like any other: of SQLite (lang_expr.html), and as PostgreSQL prints
/// them in its own expressions.
pub fn plain_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_inside_are_doubled_and_backslashes_only_where_they_mean_something() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
        assert_eq!(literal("two\nlines"), "'two\nlines'");
        assert_eq!(plain_literal("a\\'b"), "'a\\''b'");
    }
}
