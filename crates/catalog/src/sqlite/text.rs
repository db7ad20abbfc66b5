//! SQL that is kept as text, and compared without what does not matter in it.

use std::{collections::BTreeSet, fmt};

use serde::{Serialize, Serializer};
use sqlparser::{
    dialect::SQLiteDialect,
    tokenizer::{Token, Tokenizer},
};

use super::Name;

/// An expression, or a whole statement, as SQLite keeps it.
///
/// Two are equal where their tokens are: blanks, comments, the case of words and the quotes around names do not
/// count. `ALTER TABLE … RENAME` puts quotes around the names it replaces (lang_altertable.html).
#[derive(Clone)]
pub struct Text(Box<str>);

impl Text {
    /// Takes a text over.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// The text as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may speak of something of this name. One that cannot be read may.
    pub fn mentions(&self, name: &Name) -> bool {
        super::words::mentions(self, &BTreeSet::from([name.clone()]))
    }

    /// Its tokens, folded; `None` where it cannot be read as tokens.
    fn folded(&self) -> Option<Vec<String>> {
        let tokens = Tokenizer::new(&SQLiteDialect {}, &self.0).tokenize().ok()?;
        let counts = |token: &Token| !matches!(token, Token::Whitespace(_) | Token::SemiColon);
        Some(
            tokens
                .iter()
                .filter(|token| counts(token))
                .map(fold)
                .collect(),
        )
    }
}

fn fold(token: &Token) -> String {
    match token {
        Token::Word(word) => word.value.to_ascii_lowercase(),
        other => other.to_string(),
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        if self.0 == other.0 {
            return true;
        }
        match (self.folded(), other.folded()) {
            (Some(first), Some(second)) => first == second,
            _ => false,
        }
    }
}

impl Eq for Text {}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_case_and_quotes_around_names_do_not_count() {
        let same = [
            ("a>0 AND b", "\"A\" > 0 -- why\n and [b]"),
            ("CREATE VIEW v AS SELECT 1;", "create view `v` as select 1"),
        ];
        for (first, second) in same {
            assert_eq!(Text::new(first), Text::new(second));
        }
        let different = [
            ("'A'", "'a'"),
            ("a > 0", "a >= 0"),
            ("a b", "ab"),
            ("'", "''"),
        ];
        for (first, second) in different {
            assert_ne!(Text::new(first), Text::new(second));
        }
    }
}
