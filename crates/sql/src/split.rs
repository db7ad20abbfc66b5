//! A script into its statements, as psql would cut it: at semicolons outside of quotes, comments,
//! parentheses and `BEGIN ATOMIC` bodies; psql's own command lines and COPY data are recognised.
//!
//! The tokens come from `squawk-lexer`; nothing here judges whether a statement is right.

use std::{ops::Range, sync::Arc};

use squawk_lexer::{LiteralKind, TokenKind, tokenize};

use crate::{
    Problem, Source, Statements,
    kind::{self, Kind, WORDS},
};

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// From the first to the last token; without the semicolon and the comments around it.
    pub span: Range<usize>,
    /// How it has to be run.
    pub kind: Kind,
    /// The lines of data behind a `COPY … FROM STDIN`, without the `\.` that ends them.
    pub data: Option<Range<usize>>,
}

impl Statement {
    /// The statement's own text.
    pub fn text<'a>(&self, script: &'a str) -> &'a str {
        &script[self.span.clone()]
    }
}

/// The statements of a whole script. All problems are collected, not only the first.
///
/// # Errors
/// Quotes or comments that are never closed, and data of a COPY that never end.
pub fn split(source: &Arc<Source>) -> Result<Statements, Vec<Problem>> {
    split_pieces(source, std::iter::once(0..source.text.len()))
}

/// Like [`split`], for layouts in which something else than a semicolon ends a statement too:
/// no statement reaches from one piece into the next.
///
/// # Errors
/// As for [`split`].
pub fn split_pieces(
    source: &Arc<Source>,
    pieces: impl IntoIterator<Item = Range<usize>>,
) -> Result<Statements, Vec<Problem>> {
    let mut splitter = Splitter {
        source,
        statements: Statements::default(),
        problems: Vec::new(),
    };
    for piece in pieces {
        let mut start = piece.start;
        while start < piece.end {
            start = splitter.statement(start, piece.end);
        }
    }
    if splitter.problems.is_empty() {
        Ok(splitter.statements)
    } else {
        Err(splitter.problems)
    }
}

/// What has been seen of the statement that is being read.
#[derive(Default)]
struct Reading {
    /// Unquoted identifiers in upper case, at most [`WORDS`].
    words: Vec<String>,
    /// Where the last token is, if it is an unquoted identifier.
    last_word: Option<Range<usize>>,
    extension: Option<String>,
    span: Option<Range<usize>>,
    parentheses: usize,
    /// Depth of `BEGIN ATOMIC … END` and of the `CASE … END` inside it.
    bodies: usize,
}

struct Splitter<'a> {
    source: &'a Arc<Source>,
    statements: Statements,
    problems: Vec<Problem>,
}

impl Splitter<'_> {
    /// Reads one statement from `start`; returns where the next one starts.
    fn statement(&mut self, start: usize, end: usize) -> usize {
        let text = &self.source.text[..end];
        let mut reading = Reading::default();
        let mut at = start;
        for token in tokenize(&text[start..]) {
            let span = at..(at + token.len as usize);
            at = span.end;
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::Whitespace | TokenKind::LineComment => {}
                TokenKind::BlockComment { terminated } => {
                    self.closed(terminated, &span, "comment");
                }
                TokenKind::Semi if reading.parentheses == 0 && reading.bodies == 0 => {
                    return self.finish(reading, span.end, end);
                }
                TokenKind::Unknown if reading.span.is_none() && text[span.clone()] == *"\\" => {
                    return self.psql_command(span.start, end);
                }
                kind => {
                    self.token(kind, &span);
                    reading.token(kind, text, &span);
                    reading.span = Some(reading.span.map_or(span.start, |s| s.start)..span.end);
                }
            }
        }
        self.finish(reading, end, end)
    }

    fn token(&mut self, kind: TokenKind, span: &Range<usize>) {
        match kind {
            TokenKind::QuotedIdent { terminated, .. } => {
                self.closed(terminated, span, "quoted identifier");
            }
            TokenKind::Literal { kind } => match kind {
                LiteralKind::Str { terminated }
                | LiteralKind::NationalStr { terminated }
                | LiteralKind::ByteStr { terminated }
                | LiteralKind::BitStr { terminated }
                | LiteralKind::UnicodeEscStr { terminated }
                | LiteralKind::EscStr { terminated } => self.closed(terminated, span, "string"),
                LiteralKind::DollarQuotedString { terminated } => {
                    self.closed(terminated, span, "dollar-quoted string");
                }
                LiteralKind::Int { .. } | LiteralKind::Numeric { .. } => {}
            },
            _ => {}
        }
    }

    fn closed(&mut self, terminated: bool, span: &Range<usize>, what: &str) {
        if terminated {
            return;
        }
        let start = span.start;
        let width = self.source.text[start..]
            .chars()
            .next()
            .map_or(0, char::len_utf8);
        self.problems.push(
            Problem::new(format!("this {what} is never closed"))
                .at(self.source, start..start + width, "opened here")
                .help("close it, or run the file with psql to see what the server makes of it"),
        );
    }

    /// Ends the statement; `after` is the offset behind its semicolon.
    fn finish(&mut self, reading: Reading, after: usize, end: usize) -> usize {
        let Some(span) = reading.span else {
            return after;
        };
        let last = reading.last_word.filter(|word| word.len() <= LONGEST_WORD);
        let last = last.map(|word| self.source.text[word].to_ascii_uppercase());
        let mut kind = kind::of(&reading.words, last.as_deref());
        if let Some(name) = reading.extension {
            kind = Kind::CreateExtension(name);
        }
        let (data, next) = if kind == Kind::CopyFromStdin {
            self.copy_data(&span, after, end)
        } else {
            (None, after)
        };
        self.statements.push(Statement { span, kind, data });
        next
    }

    /// COPY's data start on the line behind the statement and end with a line `\.`
    /// (sql-copy.html, "Text Format").
    fn copy_data(
        &mut self,
        statement: &Range<usize>,
        after: usize,
        end: usize,
    ) -> (Option<Range<usize>>, usize) {
        let text = &self.source.text[..end];
        let first = text[after..].find('\n').map_or(end, |n| after + n + 1);
        let mut line_start = first;
        for line in text[first..].split_inclusive('\n') {
            if line.trim_end_matches(['\n', '\r']) == "\\." {
                return (Some(first..line_start), line_start + line.len());
            }
            line_start += line.len();
        }
        self.problems.push(
            Problem::new("the data of this COPY never end")
                .at(
                    self.source,
                    statement.clone(),
                    "its data are read from here on",
                )
                .help("end the data with a line that holds just \\."),
        );
        (None, end)
    }

    /// A line of psql's: to the end of the line.
    fn psql_command(&mut self, start: usize, end: usize) -> usize {
        let line = &self.source.text[start..end];
        let length = line.find('\n').unwrap_or(line.len());
        let line = line[..length].trim_end();
        self.statements.push(Statement {
            span: start..start + line.len(),
            kind: Kind::PsqlCommand(line[1..].to_owned()),
            data: None,
        });
        start + length
    }
}

/// No keyword is as long, in bytes; longer words are not copied, as one word can be megabytes.
const LONGEST_WORD: usize = 63;

impl Reading {
    fn token(&mut self, kind: TokenKind, text: &str, span: &Range<usize>) {
        self.last_word = None;
        match kind {
            TokenKind::OpenParen => self.parentheses += 1,
            TokenKind::CloseParen => self.parentheses = self.parentheses.saturating_sub(1),
            TokenKind::Ident => {
                self.word(&text[span.clone()]);
                self.last_word = Some(span.clone());
            }
            TokenKind::QuotedIdent { .. } if self.expects_extension() => {
                self.extension = Some(text[span.clone()].trim_matches('"').to_owned());
            }
            _ => {}
        }
    }

    fn word(&mut self, text: &str) {
        let is_steering = ["BEGIN", "CASE", "END"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word));
        if is_steering && self.parentheses == 0 {
            self.body(text);
        }
        if self.words.len() >= WORDS {
            return;
        }
        let word = if text.len() <= LONGEST_WORD {
            text.to_ascii_uppercase()
        } else {
            String::new()
        };
        if !matches!(word.as_str(), "IF" | "NOT" | "EXISTS") && self.expects_extension() {
            self.extension = Some(text.to_lowercase());
        }
        self.words.push(word);
    }

    /// Whether the next name is that of the extension to be created.
    fn expects_extension(&self) -> bool {
        self.extension.is_none()
            && (2..=5).contains(&self.words.len())
            && self.words[0] == "CREATE"
            && self.words[1] == "EXTENSION"
    }

    /// Follows psql (`psqlscan.l`): in CREATE FUNCTION and PROCEDURE, BEGIN opens a body, CASE one within.
    fn body(&mut self, word: &str) {
        let words: Vec<&str> = self.words.iter().take(4).map(String::as_str).collect();
        let routine = matches!(
            words.as_slice(),
            ["CREATE", "FUNCTION" | "PROCEDURE", ..]
                | ["CREATE", "OR", "REPLACE", "FUNCTION" | "PROCEDURE"]
        );
        match word.to_ascii_uppercase().as_str() {
            "BEGIN" if routine => self.bodies += 1,
            "CASE" if self.bodies > 0 => self.bodies += 1,
            "END" if self.bodies > 0 => self.bodies -= 1,
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
