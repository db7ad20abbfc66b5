//! `host=localhost user=app password='it''s'`: libpq's keyword/value strings, taken apart.
//!
//! Owns: where the parameters are, which of them are secrets, and their values without quotes.
//! Source of the rules: PostgreSQL 17, libpq, "Keyword/Value Connection Strings", and
//! `conninfo_parse` in fe-connect.c.

use std::ops::Range;

use segue_sql::Problem;

use super::{
    settings::Setting,
    text::{Text, is_secret},
};

/// One parameter; also one that is broken, since redaction comes before reading.
struct Token {
    name: Range<usize>,
    /// The value with its quotes; none without `=`.
    value: Option<Range<usize>>,
    unquoted: Vec<u8>,
    is_closed: bool,
}

/// Tells this form from a URI: it begins with a name and `=`.
pub(super) fn fits(text: &str) -> bool {
    let name = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(text.len());
    name > 0 && text[name..].trim_start().starts_with('=')
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_space(text, at);
        if at == text.len() {
            return tokens;
        }
        let name_end = at
            + text[at..]
                .find(|c: char| c == '=' || c.is_ascii_whitespace())
                .unwrap_or(text.len() - at);
        let name = at..name_end;
        let equals = skip_space(text, name_end);
        if !text[equals..].starts_with('=') {
            at = name_end;
            tokens.push(Token {
                name,
                value: None,
                unquoted: Vec::new(),
                is_closed: true,
            });
            continue;
        }
        let start = skip_space(text, equals + 1);
        let (end, unquoted, is_closed) = value(text, start);
        at = end;
        tokens.push(Token {
            name,
            value: Some(start..end),
            unquoted,
            is_closed,
        });
    }
}

/// Reads a value; gives its end, what it says, and whether its quote was closed.
fn value(text: &str, start: usize) -> (usize, Vec<u8>, bool) {
    let bytes = text.as_bytes();
    let is_quoted = bytes.get(start) == Some(&b'\'');
    let mut at = start + usize::from(is_quoted);
    let mut value = Vec::new();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' if is_quoted => return (at + 1, value, true),
            byte if !is_quoted && byte.is_ascii_whitespace() => return (at, value, true),
            b'\\' => {
                at += 1;
                value.extend(bytes.get(at));
            }
            byte => value.push(*byte),
        }
        at += 1;
    }
    (bytes.len(), value, !is_quoted)
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + rest.len()
        - rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace())
            .len()
}

/// The byte ranges that must not be shown.
pub(super) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    let mut after_secret = false;
    for token in tokens(text) {
        match token.value {
            Some(value) => {
                // The second half is for strings of other systems: `Server=x;Password=y`.
                after_secret = is_secret(&text[token.name])
                    || text[value.clone()].contains('=') && is_secret(&text[value.clone()]);
                secrets.extend(after_secret.then_some(value));
            }
            // A space in a secret without quotes cuts it in two.
            None => secrets.extend(after_secret.then_some(token.name)),
        }
    }
    secrets
}

/// The settings in their order.
///
/// # Errors
/// A word without `=`, a quote that is not closed.
pub(super) fn settings(text: &Text<'_>) -> Result<Vec<Setting>, Problem> {
    let mut settings = Vec::new();
    for token in tokens(text.original) {
        let Some(value) = token.value else {
            return Err(text
                .problem("a word stands alone in the connection string", token.name, "no `=` after this")
                .help("write `name=value`; a value with spaces is put in single quotes: `options='-c a=b'`"));
        };
        if !token.is_closed {
            return Err(text
                .problem("a quotation mark is not closed", value, "begins here")
                .help("within single quotes write `'` as `\\'` and `\\` as `\\\\`"));
        }
        let name = text.original[token.name].to_owned();
        settings.push(Setting::new(name, token.unquoted, value));
    }
    Ok(settings)
}
