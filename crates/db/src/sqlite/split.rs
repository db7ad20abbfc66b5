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
    problems.extend(zero_byte(source));
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

/// To SQLite a zero byte is the end of the text: what stands behind it would be left out in silence.
fn zero_byte(source: &Arc<Source>) -> Option<Problem> {
    let at = source.text.find('\0')?;
    Some(
        Problem::new("SQLite would stop reading at this zero byte")
            .at(source, at..at + 1, "here")
            .help("remove it; nothing was run"),
    )
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
        // To SQLite's tokenizer a byte order mark is a blank, and no other character beyond ASCII.
        c if c.is_ascii_whitespace() || c == '\u{feff}' => Span {
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
        "PRAGMA" => pragma(words),
        "DELETE" | "UPDATE" | "REPLACE" | "WITH" => Kind::ActsOnForeignKeys,
        "DROP" if words.next().as_deref() == Some("TABLE") => Kind::ActsOnForeignKeys,
        "INSERT" if words.next().as_deref() == Some("OR") => Kind::ActsOnForeignKeys,
        _ => Kind::Plain,
    }
}

/// Whether a statement is about its connection, and not about what is in the database.
pub fn is_of_session(statement: &str) -> bool {
    let first = Words {
        text: statement,
        at: 0,
    }
    .next();
    matches!(first.as_deref(), Some("PRAGMA" | "ATTACH" | "DETACH"))
}

/// The pragmas that have no effect within a transaction, or are refused there (pragma.html).
fn pragma(mut words: Words<'_>) -> Kind {
    let mut name = words.next().unwrap_or_default();
    if words.is_before('.') {
        name = words.next().unwrap_or_default();
    }
    let is_set = words.is_before('=') || words.is_before('(');
    match name.as_str() {
        "FOREIGN_KEYS" if is_set => {
            let value = words.next().unwrap_or_default();
            let is_number = value.parse::<i64>().is_ok_and(|number| number != 0);
            Kind::ForeignKeys(is_number || matches!(value.as_str(), "ON" | "TRUE" | "YES"))
        }
        "JOURNAL_MODE"
        | "SYNCHRONOUS"
        | "AUTO_VACUUM"
        | "PAGE_SIZE"
        | "LOCKING_MODE"
        | "TEMP_STORE"
        | "TEMP_STORE_DIRECTORY"
            if is_set =>
        {
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

impl Words<'_> {
    /// Whether this is the next character that counts.
    fn is_before(&self, wanted: char) -> bool {
        let mut at = self.at;
        while at < self.text.len() {
            let token = token(self.text, at);
            if matches!(token.kind, Token::Other) {
                return self.text[at..].starts_with(wanted);
            }
            at = token.end;
        }
        false
    }
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
#[path = "split_tests.rs"]
mod tests;
