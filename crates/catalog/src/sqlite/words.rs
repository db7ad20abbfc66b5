//! The words of a statement, with their places: to find names in SQL that is kept as text, and to put others there.

use std::{collections::BTreeSet, ops::Range};

use sqlparser::{
    dialect::SQLiteDialect,
    keywords::Keyword,
    tokenizer::{Location, Token, Tokenizer, Word},
};

use super::{Name, Text};

/// A token that is no blank and no comment, and where it stands.
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

impl Placed {
    /// The name that it is or may be: SQLite takes a string for a name where only a name can stand
    /// (lang_keywords.html).
    pub(super) fn name(&self) -> Option<Name> {
        match &self.token {
            Token::Word(Word {
                value,
                quote_style: Some(quote),
                ..
            }) => {
                let quote = quote.to_string();
                Some(Name::new(value.replace(&quote.repeat(2), &quote)))
            }
            Token::Word(word) => Some(Name::new(&word.value)),
            Token::SingleQuotedString(value) => Some(Name::new(value.replace("''", "'"))),
            _ => None,
        }
    }

    /// Whether it is this word, without quotes.
    pub(super) fn is(&self, keyword: Keyword) -> bool {
        matches!(&self.token, Token::Word(word) if word.keyword == keyword && word.quote_style.is_none())
    }
}

/// The tokens of a text that are no blanks; `None` where it cannot be read.
pub(super) fn words(text: &str) -> Option<Vec<Placed>> {
    let tokens = Tokenizer::new(&SQLiteDialect {}, text)
        .with_unescape(false)
        .tokenize_with_location()
        .ok()?;
    let mut places = Places::of(text);
    let mut words = Vec::with_capacity(tokens.len());
    for token in tokens {
        let span = places.offset(token.span.start)..places.offset(token.span.end);
        if !matches!(token.token, Token::Whitespace(_) | Token::EOF) {
            words.push(Placed {
                token: token.token,
                span,
            });
        }
    }
    Some(words)
}

/// Turns lines and columns, which only grow, into offsets.
struct Places<'a> {
    rest: std::iter::Peekable<std::str::CharIndices<'a>>,
    at: Location,
    length: usize,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            rest: text.char_indices().peekable(),
            at: Location { line: 1, column: 1 },
            length: text.len(),
        }
    }

    fn offset(&mut self, wanted: Location) -> usize {
        while self.at < wanted
            && let Some((_, character)) = self.rest.next()
        {
            if character == '\n' {
                self.at.line += 1;
                self.at.column = 1;
            } else {
                self.at.column += 1;
            }
        }
        self.rest.peek().map_or(self.length, |(offset, _)| *offset)
    }
}

/// Whether a text may speak of one of these names. A text that cannot be read may.
pub(super) fn mentions(text: &Text, names: &BTreeSet<Name>) -> bool {
    if names.is_empty() {
        return false;
    }
    words(text.as_str()).is_none_or(|words| {
        let mut found = words.iter().filter_map(Placed::name);
        found.any(|name| names.contains(&name))
    })
}

/// A name in quotes.
pub(super) fn quoted(name: &Name) -> String {
    crate::quote::identifier(name.as_str())
}

/// Puts new texts where these places are, which are in order.
pub(super) fn replaced(text: &str, places: &[Range<usize>], new: &str) -> String {
    let (mut all, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        all += &text[at..place.start];
        all += new;
        at = place.end;
    }
    all + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_words_place_is_counted_in_bytes_behind_other_letters_lines_and_comments() {
        let text = "CREATE /* ä\r\n*/ TABLE \"ü\"\n(\n  \"a\"\"b\" 'ö''s', c -- é\n)";
        let words = words(text).expect("can be read");
        let shown: Vec<&str> = words.iter().map(|word| &text[word.span.clone()]).collect();
        let expected = [
            "CREATE",
            "TABLE",
            "\"ü\"",
            "(",
            "\"a\"\"b\"",
            "'ö''s'",
            ",",
            "c",
            ")",
        ];
        assert_eq!(shown, expected);
        assert_eq!(words[4].name(), Some(Name::new("a\"b")));
        assert_eq!(quoted(&Name::new("a\"b")), "\"a\"\"b\"");
    }

    #[test]
    fn a_name_is_found_in_whatever_quotes_and_not_in_comments_or_other_words() {
        let users = BTreeSet::from([Name::new("users")]);
        for text in [
            "FROM Users",
            "[users].id",
            "`users`",
            "'users'",
            "\"USERS\"",
        ] {
            assert!(mentions(&Text::new(text), &users), "{text}");
        }
        for text in ["FROM users2 -- users", "/* users */ u"] {
            assert!(!mentions(&Text::new(text), &users), "{text}");
        }
        assert!(mentions(&Text::new("'never closed"), &users));
    }
}
