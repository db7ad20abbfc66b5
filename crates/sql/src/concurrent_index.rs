//! Which index a `CREATE` or `DROP INDEX CONCURRENTLY` is about: needed to tell whether it is there.

use squawk_lexer::{TokenKind, tokenize};

/// An index that is built or dropped concurrently; names as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConcurrentIndex {
    /// `CREATE INDEX CONCURRENTLY index ON table`.
    Create {
        /// The index; it lives in the schema of its table.
        index: String,
        /// The table, perhaps with its schema.
        table: String,
    },
    /// `DROP INDEX CONCURRENTLY index`.
    Drop {
        /// The index, perhaps with its schema.
        index: String,
    },
}

impl ConcurrentIndex {
    /// Reads a statement; `None` where it is something else, or leaves the name to the server.
    pub fn of(statement: &str) -> Option<Self> {
        let names = words(statement);
        let upper: Vec<String> = names.iter().take(12).map(|w| w.to_uppercase()).collect();
        let skip = |expected: &[&str], at: usize| {
            let matches = upper.get(at..at + expected.len())?;
            matches
                .iter()
                .zip(expected)
                .all(|(a, b)| a == b)
                .then_some(at + expected.len())
        };
        if let Some(at) = skip(&["DROP", "INDEX", "CONCURRENTLY"], 0) {
            let at = skip(&["IF", "EXISTS"], at).unwrap_or(at);
            return Some(Self::Drop {
                index: names.get(at)?.clone(),
            });
        }
        let at = skip(&["CREATE", "UNIQUE"], 0).or_else(|| skip(&["CREATE"], 0))?;
        let at = skip(&["INDEX", "CONCURRENTLY"], at)?;
        let at = skip(&["IF", "NOT", "EXISTS"], at).unwrap_or(at);
        let on = skip(&["ON"], at + 1)?;
        let on = skip(&["ONLY"], on).unwrap_or(on);
        Some(Self::Create {
            index: names.get(at)?.clone(),
            table: names.get(on)?.clone(),
        })
    }
}

/// The leading words; names that dots join are one word.
fn words(statement: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut joins = false;
    let mut at = 0;
    for token in tokenize(statement) {
        let text = &statement[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::Ident | TokenKind::QuotedIdent { .. } => {
                match words.last_mut().filter(|_| joins) {
                    Some(last) => last.push_str(text),
                    None => words.push(text.to_owned()),
                }
                joins = false;
            }
            TokenKind::Dot => {
                if let Some(last) = words.last_mut() {
                    last.push('.');
                    joins = true;
                }
            }
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {}
            _ => break,
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_schema_quotes_and_guards() {
        assert_eq!(
            ConcurrentIndex::of(
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I x\" ON ONLY app . \"T\" (a)"
            ),
            Some(ConcurrentIndex::Create {
                index: "\"I x\"".to_owned(),
                table: "app.\"T\"".to_owned()
            })
        );
        assert_eq!(
            ConcurrentIndex::of("drop index concurrently if exists s.i"),
            Some(ConcurrentIndex::Drop {
                index: "s.i".to_owned()
            })
        );
        assert_eq!(
            ConcurrentIndex::of("CREATE INDEX CONCURRENTLY ON t (a)"),
            None
        );
        assert_eq!(ConcurrentIndex::of("CREATE INDEX i ON t (a)"), None);
    }
}
