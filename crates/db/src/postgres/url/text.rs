//! The text of a connection string, a variable or a service file, with its secrets taken out.
//!
//! Owns: replacing secrets by [`MASK`], problems whose place is in the replaced text, and
//! percent-decoding. Does not own: where the secrets are (`uri.rs`, `keywords.rs`).

use std::{ops::Range, sync::Arc};

use segue_sql::{Problem, Source};

/// What stands where a secret was. Its length tells nothing of the secret's.
const MASK: &str = "***";

/// Words that, within a parameter's name, say that its value is a secret. `key` alone is not among
/// them: `sslkey` is a path.
const SECRET_WORDS: [&str; 6] = ["password", "passwd", "pwd", "secret", "token", "api_key"];

/// Tells whether the value of the parameter is to be hidden.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A connection string and what of it may be shown.
pub(super) struct Text<'a> {
    /// As the user wrote it: never to be shown.
    pub(super) original: &'a str,
    secrets: Vec<Range<usize>>,
    source: Arc<Source>,
}

impl<'a> Text<'a> {
    /// Takes out the secrets, given as byte ranges of the original in any order. The name is how the
    /// user knows the text.
    pub(super) fn new(
        name: impl Into<String>,
        original: &'a str,
        secrets: Vec<Range<usize>>,
    ) -> Self {
        let secrets = merge(secrets);
        let mut shown = String::with_capacity(original.len());
        let mut position = 0;
        for secret in &secrets {
            shown.push_str(&original[position..secret.start]);
            shown.push_str(MASK);
            position = secret.end;
        }
        shown.push_str(&original[position..]);
        Self {
            original,
            secrets,
            source: Source::new(name, shown),
        }
    }

    /// How the user knows the text.
    pub(super) fn name(&self) -> &str {
        &self.source.name
    }

    /// The text that may be shown.
    pub(super) fn redacted(&self) -> &str {
        &self.source.text
    }

    /// A problem at a byte range of the original; the place points into the redacted text.
    pub(super) fn problem(
        &self,
        message: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Problem {
        let place = self.shown(span.start, false)..self.shown(span.end, true);
        Problem::new(message).at(&self.source, place, label)
    }

    /// Decodes `%XX`. As in libpq a `+` stands for itself.
    ///
    /// Source: PostgreSQL 17, libpq, "Connection URIs", and `conninfo_uri_decode` in fe-connect.c.
    ///
    /// # Errors
    /// A `%` without two hexadecimal digits after it, or `%00`.
    pub(super) fn decode(&self, span: Range<usize>) -> Result<Vec<u8>, Problem> {
        let raw = &self.original.as_bytes()[span.clone()];
        let mut decoded = Vec::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            if raw[at] != b'%' {
                decoded.push(raw[at]);
                at += 1;
                continue;
            }
            match raw.get(at + 1..at + 3).and_then(hexadecimal) {
                Some(byte) if byte != 0 => decoded.push(byte),
                _ => return Err(self.bad_percent(span.start + at)),
            }
            at += 3;
        }
        Ok(decoded)
    }

    fn bad_percent(&self, at: usize) -> Problem {
        let rest = &self.original[at..];
        let length = rest.chars().take(3).map(char::len_utf8).sum::<usize>();
        self.problem(
            "broken percent-encoding in the database URL",
            at..at + length,
            "not `%` and two hexadecimal digits from 01 to FF",
        )
        .help("write a plain `%` as `%25`")
    }

    /// The offset in the redacted text of an offset in the original. Within a secret that is the
    /// edge of the mask: nothing about the inside of a secret is told.
    fn shown(&self, offset: usize, is_end: bool) -> usize {
        let mut shown = offset;
        for secret in &self.secrets {
            if offset >= secret.end {
                shown = shown + MASK.len() - secret.len();
            } else if offset > secret.start {
                shown -= offset - secret.start;
                shown += if is_end { MASK.len() } else { 0 };
            }
        }
        shown
    }
}

/// Sorted, without empty ranges, overlapping and touching ones united.
fn merge(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let high = char::from(digits[0]).to_digit(16)?;
    let low = char::from(digits[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}
