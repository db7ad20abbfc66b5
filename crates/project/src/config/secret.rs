//! What must never be printed: connection URLs, and the passwords in a text that problems show.

use std::{fmt, ops::Range};

/// A text that is not printed by accident: `Debug` and `Display` show a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Each call of this is a place where it could leak.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The text with the passwords of URLs masked, so that a problem may show any line of it. Every
/// byte and character offset stays as it was, and references like `${PASSWORD}` stay readable.
/// Rather too much is masked than too little: the line may be malformed.
pub(super) fn masked(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let hidden = passwords(line);
        for (at, character) in line.char_indices() {
            let hide = hidden.iter().any(|span| span.contains(&at));
            output.push(if hide { mask(character) } else { character });
        }
    }
    output
}

/// The spans of a line that hold secrets: in `scheme://user:password@`, after `password=`, and behind the host of a URL of http,
/// since the path of a webhook is its password.
fn passwords(line: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for (at, separator) in line.match_indices("://") {
        let from = at + separator.len();
        let Some(end) = line[from..].rfind('@').map(|n| from + n) else {
            continue;
        };
        if let Some(colon) = line[from..end].find(':') {
            spans.extend(without_references(line, from + colon + 1..end));
        }
    }
    for (at, scheme) in line.match_indices("http") {
        let rest = line[at + scheme.len()..].trim_start_matches('s');
        let Some(address) = rest.strip_prefix("://") else {
            continue;
        };
        let end = address
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
            .unwrap_or(address.len());
        let from = line.len() - address.len();
        if let Some(path) = address[..end].find('/') {
            spans.extend(without_references(line, from + path + 1..from + end));
        }
    }
    for (at, word) in line.to_ascii_lowercase().match_indices("password") {
        let rest = &line[at + word.len()..];
        let value = rest.trim_start();
        if value.starts_with('=') {
            let from = line.len() - value.len() + 1;
            spans.extend(without_references(line, from..line.trim_end().len()));
        }
    }
    spans
}

/// The span minus each `${NAME`, which is no secret and is what a problem points at.
fn without_references(line: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = span.start;
    for (at, dollar) in line[span.clone()].match_indices("${") {
        let at = span.start + at;
        let name = line[at + dollar.len()..span.end]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(span.end, |n| at + dollar.len() + n);
        // The brace belongs to the reference when nothing secret stands before it.
        let end = if line[name..].starts_with('}') {
            name + 1
        } else {
            name
        };
        if from < at {
            spans.push(from..at);
        }
        from = from.max(end);
    }
    if from < span.end {
        spans.push(from..span.end);
    }
    spans
}

/// A dot that takes as many bytes as what it hides.
fn mask(character: char) -> char {
    match character.len_utf8() {
        1 => '*',
        2 => '·',
        3 => '•',
        _ => '🔒',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_and_offsets_stay() {
        let cases = [
            (
                r#"url = "postgres://me:hunter2@h/d""#,
                r#"url = "postgres://me:*******@h/d""#,
            ),
            (
                r#"url = "postgres://me:žlu@h/d""#,
                r#"url = "postgres://me:·**@h/d""#,
            ),
            (
                r#"url = "postgres://me:p@ss@h/d" x"#,
                r#"url = "postgres://me:****@h/d" x"#,
            ),
            (
                r#"url = "postgres://me:${PW}@h/d""#,
                r#"url = "postgres://me:${PW}@h/d""#,
            ),
            (
                r#"url = "pg://me:a${PW:-b}c@h""#,
                r#"url = "pg://me:*${PW*****@h""#,
            ),
            (
                r#"url = "host=h password=abc""#,
                r#"url = "host=h password=****"#,
            ),
            (
                r#"url = "https://hooks.slack.com/services/T0/${ID}" # x"#,
                r#"url = "https://hooks.slack.com/************${ID}" # x"#,
            ),
            (
                "url = \"postgres://h/d\"\ndir = \"a@b\"",
                "url = \"postgres://h/d\"\ndir = \"a@b\"",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
            assert_eq!(masked(text).len(), text.len());
        }
    }

    #[test]
    fn a_secret_prints_nothing_of_itself() {
        let secret = Secret::new("hunter2");
        assert!(!format!("{secret} {secret:?}").contains("hunter2"));
        assert_eq!(secret.expose(), "hunter2");
    }
}
