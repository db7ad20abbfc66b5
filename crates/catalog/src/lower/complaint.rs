//! The parser's complaints in words that people know: it speaks of the kinds of its tokens.

/// A complaint; `at` is the text from its place on.
pub(super) fn worded(complaint: &str, at: &str) -> String {
    // it says so wherever a statement is not what it began as
    if complaint.starts_with("expected command") {
        return match first_word(at) {
            Some(word) => format!("syntax error at \"{word}\""),
            None => "syntax error at the end of the statement".to_owned(),
        };
    }
    let words: Vec<String> = complaint.split(' ').map(word).collect();
    format!("syntax error: {}", words.join(" "))
}

fn first_word(at: &str) -> Option<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let end = at.find(|c| !is_word(c)).unwrap_or(at.len());
    match end {
        0 => at.chars().next().map(|c| &at[..c.len_utf8()]),
        _ => Some(&at[..end]),
    }
}

fn word(kind: &str) -> String {
    let (kind, behind) = match kind.strip_suffix(',') {
        Some(kind) => (kind, ","),
        None => (kind, ""),
    };
    let word = match kind {
        "L_PAREN" => "\"(\"",
        "R_PAREN" => "\")\"",
        "L_BRACK" => "\"[\"",
        "R_BRACK" => "\"]\"",
        "COMMA" => "\",\"",
        "SEMICOLON" => "\";\"",
        "COLON" => "\":\"",
        "DOT" => "\".\"",
        "EQ" => "\"=\"",
        "STAR" => "\"*\"",
        "EOF" => "the end of the statement",
        "IDENT" | "ident" => "a name",
        "STRING" => "a string",
        "INT_NUMBER" | "NUMERIC_NUMBER" => "a number",
        keyword => keyword.strip_suffix("_KW").unwrap_or(keyword),
    };
    format!("{word}{behind}")
}

#[cfg(test)]
mod tests {
    use super::worded;

    #[test]
    fn tokens_are_shown_as_people_write_them() {
        for (complaint, at, said) in [
            (
                "expected command, found IDENT",
                "CREAT TABLE",
                "syntax error at \"CREAT\"",
            ),
            (
                "expected command, found R_PAREN",
                ")",
                "syntax error at \")\"",
            ),
            ("expected R_PAREN", ";", "syntax error: expected \")\""),
            ("expected TABLE_KW", "x", "syntax error: expected TABLE"),
            (
                "expected SELECT, got INT_NUMBER",
                "1",
                "syntax error: expected SELECT, got a number",
            ),
        ] {
            assert_eq!(worded(complaint, at), said);
        }
    }
}
