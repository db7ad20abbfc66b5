//! A tolerant look into files of TypeScript, JavaScript, JSON and Prisma's schema language: words,
//! strings and brackets, with comments skipped. No parser: what it does not follow it says it does
//! not, and never guesses. Does not own: which files and properties matter (`tool.rs`), and what an
//! expression stands for (`expression.rs`).

use std::ops::Range;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, keyword or number.
    Word,
    /// A string that is just its characters; the token's text is without the quotes.
    Text,
    /// A string with escapes or substitutions, or without an end.
    Opaque,
    /// Anything else.
    Mark,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Byte offset in the file.
    pub(super) at: usize,
}

impl Token<'_> {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }

    /// Names a property: bare or quoted.
    fn names(&self, name: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Text) && self.text == name
    }
}

/// The brackets that a token stands in.
#[derive(Debug, Clone, Copy)]
struct Around {
    depth: usize,
    /// They are `{` or `({`.
    is_exported_object: bool,
}

/// A file as tokens.
pub(super) struct Script<'a> {
    source: &'a str,
    pub(super) tokens: Vec<Token<'a>>,
    around: Vec<Around>,
}

/// The outcome of looking for a property.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// It is not there.
    Absent,
    /// The tokens of its value.
    Value(Range<usize>),
    /// It is there, but how it gets its value cannot be followed.
    Unclear,
}

impl<'a> Script<'a> {
    /// Splits a file.
    pub(super) fn new(source: &'a str) -> Self {
        let tokens = tokens(source);
        let mut stack = String::new();
        let around = tokens
            .iter()
            .map(|token| {
                if token.is("}") || token.is(")") || token.is("]") {
                    stack.pop();
                }
                let here = Around {
                    depth: stack.len(),
                    is_exported_object: matches!(stack.as_str(), "{" | "({"),
                };
                if token.is("{") || token.is("(") || token.is("[") {
                    stack.push_str(token.text);
                }
                here
            })
            .collect();
        Self {
            source,
            tokens,
            around,
        }
    }

    /// The line of a token, from 1.
    pub(super) fn line(&self, token: usize) -> usize {
        let at = self.tokens.get(token).map_or(0, |token| token.at);
        segue_sql::line_column(self.source, at).0
    }

    /// Whether a token is the first of its line.
    pub(super) fn starts_line(&self, token: usize) -> bool {
        token == 0 || self.line(token) > self.line(token - 1)
    }

    /// The token stands outside of all brackets.
    pub(super) fn is_outermost(&self, token: usize) -> bool {
        self.around[token].depth == 0
    }

    /// A property of the object that the file exports: `{ name: … }` or `f({ name: … })`.
    pub(super) fn exported(&self, name: &str) -> Lookup {
        let found: Vec<usize> = (0..self.tokens.len())
            .filter(|at| self.around[*at].is_exported_object)
            .filter(|at| self.tokens[*at].names(name) && self.begins_property(*at))
            .collect();
        match found.as_slice() {
            [at] => self.value_at(*at),
            [] if !self.tokens.iter().any(|token| token.names(name)) => Lookup::Absent,
            _ => Lookup::Unclear,
        }
    }

    /// The tokens between the braces, if the value is one object and nothing else.
    pub(super) fn object(&self, value: &Range<usize>) -> Option<Range<usize>> {
        let first = value.start;
        let close = self.close_of(first)?;
        (self.tokens[first].is("{") && close + 1 == value.end).then_some(first + 1..close)
    }

    /// A property of the object with these tokens between its braces.
    pub(super) fn property(&self, object: &Range<usize>, name: &str) -> Lookup {
        let Some(depth) = self.around.get(object.start).map(|around| around.depth) else {
            return Lookup::Absent;
        };
        let mut lookup = Lookup::Absent;
        for at in object.clone() {
            if self.around[at].depth != depth || !self.begins_property(at) {
                continue;
            }
            if self.tokens[at].is("...") && self.may_set(at, object.end, name) {
                lookup = Lookup::Unclear;
            } else if self.tokens[at].names(name) {
                lookup = self.value_at(at);
            }
        }
        lookup
    }

    /// The tokens inside of `datasource db { … }`, if there is one such block.
    pub(super) fn prisma_block(&self, name: &str) -> Option<Range<usize>> {
        let mut blocks = (0..self.tokens.len()).filter(|at| {
            self.tokens[*at].is_word(name)
                && self.is_outermost(*at)
                && self.tokens.get(at + 2).is_some_and(|token| token.is("{"))
        });
        let at = blocks.next()?;
        match blocks.next() {
            Some(_) => None,
            None => Some(at + 3..self.close_of(at + 2)?),
        }
    }

    /// A field of a block of Prisma's schema: `name = value`, up to the end of the line.
    pub(super) fn prisma_field(&self, block: &Range<usize>, name: &str) -> Lookup {
        let field = block.clone().find(|at| {
            self.tokens[*at].is_word(name) && self.starts_line(*at) && self.tokens[at + 1].is("=")
        });
        field.map_or(Lookup::Absent, |at| {
            let start = at + 2;
            let end = (start..block.end)
                .find(|token| self.starts_line(*token))
                .unwrap_or(block.end);
            Lookup::Value(start..end)
        })
    }

    fn begins_property(&self, at: usize) -> bool {
        at > 0 && (self.tokens[at - 1].is("{") || self.tokens[at - 1].is(","))
    }

    /// The value of the property whose name stands at a token.
    fn value_at(&self, at: usize) -> Lookup {
        let depth = self.around[at].depth;
        let ends = |token: &usize| {
            let mark = &self.tokens[*token];
            self.around[*token].depth < depth
                || (self.around[*token].depth == depth && mark.is(","))
        };
        let Some(end) = (at + 1..self.tokens.len()).find(ends) else {
            return Lookup::Unclear;
        };
        if end == at + 1 {
            return Lookup::Value(at..end);
        }
        if self.tokens[at + 1].is(":") {
            return Lookup::Value(at + 2..end);
        }
        Lookup::Unclear
    }

    /// Whether what is spread at a token may hold the property. It does not when it is written out
    /// in parentheses, as in `...(x ? { other: 1 } : {})`, and its name does not occur.
    fn may_set(&self, spread: usize, end: usize, name: &str) -> bool {
        let open = spread + 1;
        let Some(close) = self.close_of(open).filter(|close| *close < end) else {
            return true;
        };
        let inner = open + 1..close;
        !self.tokens[open].is("(")
            || !inner.clone().any(|at| self.tokens[at].is("{"))
            || inner
                .clone()
                .any(|at| self.tokens[at].names(name) || self.tokens[at].is("..."))
    }

    /// The bracket that closes the one at a token.
    fn close_of(&self, open: usize) -> Option<usize> {
        let depth = self.around.get(open)?.depth;
        (open + 1..self.tokens.len()).find(|at| self.around[*at].depth <= depth)
    }
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = source[at..].chars().next() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |n| n + 2);
        } else if character.is_whitespace() || character == '\u{feff}' {
            at += character.len_utf8();
        } else {
            let (token, length) = token(rest, at, character);
            tokens.push(token);
            at += length;
        }
    }
    tokens
}

fn token(rest: &str, at: usize, first: char) -> (Token<'_>, usize) {
    if matches!(first, '"' | '\'' | '`') {
        return string(rest, at, first);
    }
    let (kind, length) = if is_word(first) {
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        (Kind::Word, length)
    } else {
        let long = ["...", "??", "||", "?."]
            .into_iter()
            .find(|mark| rest.starts_with(mark));
        (Kind::Mark, long.map_or(first.len_utf8(), str::len))
    };
    let text = &rest[..length];
    (Token { kind, text, at }, length)
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// A string from its quote on. Only templates may go over a line's end; a quote without an end is
/// most likely in a regular expression.
fn string(rest: &str, at: usize, quote: char) -> (Token<'_>, usize) {
    let mut escaped = false;
    let mut plain = true;
    let mut end = None;
    for (offset, character) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
            plain = false;
        } else if character == quote {
            end = Some(offset);
            break;
        } else if character == '\n' && quote != '`' {
            break;
        }
    }
    let Some(end) = end else {
        let length = rest.find('\n').unwrap_or(rest.len());
        return (
            Token {
                kind: Kind::Opaque,
                text: &rest[..length],
                at,
            },
            length,
        );
    };
    let text = &rest[1..end];
    let is_plain = plain && !(quote == '`' && text.contains("${"));
    let kind = if is_plain { Kind::Text } else { Kind::Opaque };
    (Token { kind, text, at }, end + 1)
}
