//! Which index a `CREATE`, `DROP INDEX` or `REINDEX` with `CONCURRENTLY` is about: needed to tell what one that was interrupted has
//! done.

use squawk_lexer::{TokenKind, tokenize};

/// An index that is built, dropped or built anew concurrently; names as they are written.
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
    /// `REINDEX … CONCURRENTLY`.
    Rebuild {
        /// Which indexes.
        of: Rebuilt,
        /// What they are of: an index, a table, a schema; empty where it is the database.
        name: String,
    },
}

/// What `REINDEX` builds anew (sql-reindex.html).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rebuilt {
    /// One index.
    Index,
    /// Those of a table, and of what it keeps out of line.
    Table,
    /// Those of all tables of a schema.
    Schema,
    /// Those of all tables.
    Database,
}

impl ConcurrentIndex {
    /// Reads a statement; `None` where it is something else, or leaves the name to the server.
    pub fn of(statement: &str) -> Option<Self> {
        let (names, options) = words(statement);
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
        if let Some(at) = skip(&["REINDEX"], 0) {
            let (of, at) = Rebuilt::OF
                .iter()
                .find_map(|(word, of)| Some((*of, skip(&[word], at)?)))?;
            let behind = skip(&["CONCURRENTLY"], at);
            let told = options
                .iter()
                .any(|it| it.eq_ignore_ascii_case("CONCURRENTLY"));
            let at = behind.or_else(|| told.then_some(at))?;
            let name = names.get(at).cloned().unwrap_or_default();
            return Some(Self::Rebuild { of, name });
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

impl Rebuilt {
    const OF: [(&'static str, Self); 4] = [
        ("INDEX", Self::Index),
        ("TABLE", Self::Table),
        ("SCHEMA", Self::Schema),
        ("DATABASE", Self::Database),
    ];
}

/// The leading words, where names that dots join are one word; and those in parentheses behind the first one.
fn words(statement: &str) -> (Vec<String>, Vec<String>) {
    let (mut words, mut options): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let (mut joins, mut within) = (false, false);
    let mut at = 0;
    for token in tokenize(statement) {
        let text = &statement[at..at + token.len as usize];
        at += token.len as usize;
        match token.kind {
            TokenKind::OpenParen if words.len() == 1 => within = true,
            TokenKind::CloseParen if within => within = false,
            TokenKind::Ident if within => options.push(text.to_owned()),
            _ if within => {}
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
    (words, options)
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
            ConcurrentIndex::of("reindex (verbose, tablespace fast) table concurrently app.t"),
            Some(ConcurrentIndex::Rebuild {
                of: Rebuilt::Table,
                name: "app.t".to_owned()
            })
        );
        assert_eq!(
            ConcurrentIndex::of("REINDEX (CONCURRENTLY) INDEX \"I x\""),
            Some(ConcurrentIndex::Rebuild {
                of: Rebuilt::Index,
                name: "\"I x\"".to_owned()
            })
        );
        assert_eq!(ConcurrentIndex::of("REINDEX TABLE app.t"), None);
        assert_eq!(
            ConcurrentIndex::of("CREATE INDEX CONCURRENTLY ON t (a)"),
            None
        );
        assert_eq!(ConcurrentIndex::of("CREATE INDEX i ON t (a)"), None);
    }
}
