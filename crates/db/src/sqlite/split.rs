//! A script for SQLite into its statements. Where one ends is SQLite's own word (`sqlite3_complete`, which
//! knows the bodies of triggers); only quotes and comments are looked for here, so that it is asked at
//! semicolons alone. What SQLite then runs of a piece is decided by the tail that its `prepare` leaves.

use std::{ops::Range, sync::Arc};

use segue_sql::{Kind, Problem, Source, Statement, Statements};

use super::connection::is_complete;

/// The statements of the pieces of a script; no statement reaches from one piece into the next.
///
/// # Errors
/// Quotes, comments and triggers that are never closed, and commands of the `sqlite3` shell.
pub fn split(source: &Arc<Source>, pieces: &[Range<usize>]) -> Result<Statements, Vec<Problem>> {
    let mut statements = Statements::default();
    let mut problems = Vec::new();
    for piece in pieces {
        let mut at = piece.start;
        while let Some(found) = next(source, at, piece.end, &mut problems) {
            at = found.end;
            if let Some(span) = found.span {
                statements.push(Statement {
                    kind: kind(&source.text[span.clone()]),
                    span,
                    data: None,
                });
            }
        }
    }
    if problems.is_empty() {
        Ok(statements)
    } else {
        Err(problems)
    }
}

struct Found {
    /// From the first token to the last, without the semicolon; `None`: nothing but blanks and comments.
    span: Option<Range<usize>>,
    /// Where the next one begins.
    end: usize,
}

fn next(
    source: &Arc<Source>,
    start: usize,
    end: usize,
    problems: &mut Vec<Problem>,
) -> Option<Found> {
    if start >= end {
        return None;
    }
    let text = &source.text[..end];
    let (mut at, mut span, mut has_trigger) = (start, None::<Range<usize>>, false);
    while at < end {
        let token = token(text, at);
        match token.kind {
            Token::Blank => {}
            Token::Open(what) => {
                problems.push(
                    Problem::new(format!("this {what} is never closed"))
                        .at(source, at..at + 1, "opened here")
                        .help("close it; nothing was run"),
                );
                return None;
            }
            Token::Semicolon => {
                let Some(span) = span.clone() else {
                    return Some(Found {
                        span,
                        end: token.end,
                    });
                };
                // Without the word in it there is no trigger, and SQLite need not be asked.
                if !has_trigger || is_complete(&text[span.start..token.end]) {
                    return Some(Found {
                        span: Some(span),
                        end: token.end,
                    });
                }
            }
            Token::Other => {
                let word = &text[at..token.end];
                if span.is_none() && word == "." {
                    problems.push(shell_command(source, at, end));
                    return None;
                }
                has_trigger |= word.eq_ignore_ascii_case("trigger");
                span = Some(span.map_or(at, |span| span.start)..token.end);
            }
        }
        at = token.end;
    }
    if let Some(span) = span.clone().filter(|_| has_trigger)
        && !is_complete(&format!("{};", &text[span.clone()]))
    {
        problems.push(
            Problem::new("this statement is never finished")
                .at(source, span, "a trigger ends with END;")
                .help("finish it; nothing was run"),
        );
    }
    Some(Found { span, end })
}

fn shell_command(source: &Arc<Source>, at: usize, end: usize) -> Problem {
    let line = source.text[at..end]
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end();
    Problem::new(format!(
        "`{line}` is a command of the sqlite3 shell, not of SQLite"
    ))
    .at(source, at..at + line.len(), "here")
    .help("remove the line, or write it as SQL")
}

enum Token {
    Blank,
    Semicolon,
    Other,
    /// What is opened and not closed.
    Open(&'static str),
}

struct Span {
    kind: Token,
    end: usize,
}

/// The token at a place (lang_expr.html, lang_comment.html, lang_keywords.html).
fn token(text: &str, at: usize) -> Span {
    let rest = &text[at..];
    let first = rest.chars().next().unwrap_or_default();
    let closed_by = |close: &str, what: &'static str, kind: Token| match rest[1..].find(close) {
        Some(found) => Span {
            kind,
            end: at + 1 + found + close.len(),
        },
        None => Span {
            kind: Token::Open(what),
            end: text.len(),
        },
    };
    match first {
        ';' => Span {
            kind: Token::Semicolon,
            end: at + 1,
        },
        '-' if rest.starts_with("--") => Span {
            kind: Token::Blank,
            end: rest.find('\n').map_or(text.len(), |found| at + found + 1),
        },
        '/' if rest.starts_with("/*") => Span {
            // SQLite lets the end of the text close a comment.
            kind: Token::Blank,
            end: rest[2..]
                .find("*/")
                .map_or(text.len(), |found| at + 2 + found + 2),
        },
        // A doubled quote inside is two strings side by side here, which ends at the same place.
        '\'' => closed_by("'", "string", Token::Other),
        '"' => closed_by("\"", "quoted identifier", Token::Other),
        '`' => closed_by("`", "quoted identifier", Token::Other),
        '[' => closed_by("]", "quoted identifier", Token::Other),
        c if c.is_whitespace() => Span {
            kind: Token::Blank,
            end: at + c.len_utf8(),
        },
        c if is_of_word(c) => {
            let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            Span {
                kind: Token::Other,
                end: at + length,
            }
        }
        c => Span {
            kind: Token::Other,
            end: at + c.len_utf8(),
        },
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// How a statement has to be run, from its first words.
fn kind(statement: &str) -> Kind {
    let mut words = Words {
        text: statement,
        at: 0,
    };
    let first = words.next().unwrap_or_default();
    match first.as_str() {
        "BEGIN" => Kind::Begin,
        "COMMIT" | "END" => Kind::Commit,
        "ROLLBACK" if words.by_ref().take(2).any(|word| word == "TO") => Kind::Plain,
        "ROLLBACK" => Kind::Rollback,
        "VACUUM" => Kind::OutsideTransaction("VACUUM"),
        "ATTACH" => Kind::OutsideTransaction("ATTACH"),
        "DETACH" => Kind::OutsideTransaction("DETACH"),
        "PRAGMA" => pragma(statement, words),
        "DELETE" | "UPDATE" | "REPLACE" | "WITH" => Kind::ActsOnForeignKeys,
        "DROP" if words.next().as_deref() == Some("TABLE") => Kind::ActsOnForeignKeys,
        "INSERT" if words.next().as_deref() == Some("OR") => Kind::ActsOnForeignKeys,
        _ => Kind::Plain,
    }
}

/// The pragmas that have no effect within a transaction, or are refused there (pragma.html).
fn pragma(statement: &str, mut words: Words<'_>) -> Kind {
    let mut name = words.next().unwrap_or_default();
    if matches!(name.as_str(), "MAIN" | "TEMP") {
        name = words.next().unwrap_or_default();
    }
    let is_set = statement.contains(['=', '(']);
    match name.as_str() {
        "FOREIGN_KEYS" if is_set => {
            let value = words.next().unwrap_or_default();
            Kind::ForeignKeys(matches!(value.as_str(), "1" | "ON" | "TRUE" | "YES"))
        }
        "JOURNAL_MODE" | "SYNCHRONOUS" | "AUTO_VACUUM" | "PAGE_SIZE" | "LOCKING_MODE" if is_set => {
            Kind::OutsideTransaction("PRAGMA")
        }
        "WAL_CHECKPOINT" | "INCREMENTAL_VACUUM" => Kind::OutsideTransaction("PRAGMA"),
        _ => Kind::Plain,
    }
}

/// The words of a statement in upper case, without quotes and comments around them.
struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        while self.at < self.text.len() {
            let start = self.at;
            let token = token(self.text, start);
            self.at = token.end;
            let word = self.text[start..token.end].trim_matches(['"', '\'', '`', '[', ']']);
            if matches!(token.kind, Token::Other) && word.starts_with(is_of_word) {
                return Some(word.to_ascii_uppercase());
            }
        }
        None
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    fn whole(sql: &str) -> Vec<Range<usize>> {
        std::iter::once(0..sql.len()).collect()
    }

    fn texts(sql: &str) -> Vec<String> {
        let source = Source::new("m.sql", sql);
        let statements = split(&source, &whole(sql)).expect("splits");
        statements.iter().map(|s| s.text(sql).to_owned()).collect()
    }

    fn kinds(sql: &str) -> Vec<Kind> {
        let source = Source::new("m.sql", sql);
        let statements = split(&source, &whole(sql)).expect("splits");
        statements.iter().map(|s| s.kind).collect()
    }

    #[test]
    fn quotes_comments_and_triggers_hide_semicolons() {
        assert_eq!(
            texts("-- a;\nSELECT ';', \";\", `;`, [;], 'it''s;' /* ; */;;\nSELECT 2"),
            ["SELECT ';', \";\", `;`, [;], 'it''s;'", "SELECT 2"]
        );
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  UPDATE a SET x = CASE WHEN 1 THEN 2 END;\n  SELECT 1;\nEND";
        assert_eq!(
            texts(&format!("{trigger};\nSELECT 1;")),
            [trigger, "SELECT 1"]
        );
        assert_eq!(
            texts("DROP TRIGGER t; SELECT 1"),
            ["DROP TRIGGER t", "SELECT 1"]
        );
        assert_eq!(texts(" -- nothing\n"), Vec::<String>::new());
    }

    #[test]
    fn what_is_open_is_pointed_at() {
        for sql in [
            "SELECT 'a",
            "SELECT \"a",
            "SELECT [a",
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;",
            ".mode csv",
        ] {
            let source = Source::new("m.sql", sql);
            let problems = split(&source, &whole(sql)).expect_err(sql);
            assert_eq!(problems.len(), 1, "{sql}");
            assert!(problems[0].place.is_some(), "{sql}");
        }
    }

    #[test]
    fn pragmas_and_transactions_are_known() {
        assert_eq!(
            kinds(
                "PRAGMA foreign_keys=OFF; pragma main.foreign_keys(1); PRAGMA foreign_keys; PRAGMA journal_mode = WAL;"
            ),
            [
                Kind::ForeignKeys(false),
                Kind::ForeignKeys(true),
                Kind::Plain,
                Kind::OutsideTransaction("PRAGMA")
            ]
        );
        assert_eq!(
            kinds(
                "begin immediate; ROLLBACK TO a; rollback; end; DROP TABLE x; INSERT OR REPLACE INTO a VALUES (1); INSERT INTO a VALUES (1)"
            ),
            [
                Kind::Begin,
                Kind::Plain,
                Kind::Rollback,
                Kind::Commit,
                Kind::ActsOnForeignKeys,
                Kind::ActsOnForeignKeys,
                Kind::Plain
            ]
        );
    }
}
