//! Expressions, read word by word: what is looked for in them here needs no tree, and the parser's tree does not keep the
//! precedence of operators in every case.

use squawk_syntax::SyntaxKind;

mod reading;

pub(super) use reading::{
    demands_null, is_repeatable, joined, names_column, reads_from, without_schema,
};

/// A word of an expression: a name, a literal, an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) kind: SyntaxKind,
    /// As it means: names and keywords folded unless they are quoted, anything else as it is written.
    pub(super) text: String,
    /// Where it begins in the text.
    at: usize,
    quoted: bool,
}

impl Word {
    /// Whether it is this keyword or operator.
    pub(super) fn is(&self, word: &str) -> bool {
        !self.quoted && self.text == word
    }

    /// Whether it may be a name: of a column, a function, a type.
    pub(super) fn is_name(&self) -> bool {
        self.quoted
            || self
                .text
                .starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// The words of an expression, or of a statement.
pub(super) fn words(text: &str) -> Vec<Word> {
    const FRAME: &str = "SELECT ";
    let framed = format!("{FRAME}{text}");
    let parse = segue_catalog::parse(&framed);
    let tokens = parse
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(|element| element.into_token())
        .filter(|token| !token.kind().is_trivia())
        .skip(1);
    tokens
        .map(|token| {
            let start = usize::from(token.text_range().start());
            word(
                token.kind(),
                token.text(),
                start.saturating_sub(FRAME.len()),
            )
        })
        .collect()
}

fn word(kind: SyntaxKind, text: &str, at: usize) -> Word {
    let quoted = text.starts_with('"');
    let text = if quoted {
        text.trim_matches('"').replace("\"\"", "\"")
    } else if text.starts_with(|c: char| c.is_alphabetic() || c == '_') && !text.contains('\'') {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    };
    Word {
        kind,
        text,
        at,
        quoted,
    }
}

/// Whether a column may be named in an expression over its table.
pub(super) fn mentions(text: &str, column: &str) -> bool {
    let words = words(text);
    words.iter().enumerate().any(|(at, word)| {
        let is_call = words.get(at + 1).is_some_and(|next| next.is("("));
        word.is_name() && word.text == column && !is_call
    })
}

/// A word list without the parentheses around all of it.
pub(super) fn bare(mut words: &[Word]) -> &[Word] {
    while let [first, inner @ .., last] = words
        && first.is("(")
        && last.is(")")
        && closes_only_at_the_end(inner)
    {
        words = inner;
    }
    words
}

fn closes_only_at_the_end(inner: &[Word]) -> bool {
    let mut depth = 0_usize;
    for word in inner {
        if word.is("(") {
            depth += 1;
        } else if word.is(")") {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            }
        }
    }
    depth == 0
}

/// What a condition demands all of: split at its `AND`s, within parentheses too. What has an `OR` is left whole.
pub(super) fn conjuncts(words: &[Word]) -> Vec<&[Word]> {
    let words = bare(words);
    let mut depth = 0_i32;
    let mut betweens = 0_usize;
    let mut cuts = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.text.as_str() {
            _ if word.quoted => {}
            "(" | "[" | "case" => depth += 1,
            ")" | "]" | "end" => depth -= 1,
            _ if depth > 0 => {}
            "or" => return vec![words],
            "between" => betweens += 1,
            "and" if betweens > 0 => betweens -= 1,
            "and" => cuts.push(at),
            _ => {}
        }
    }
    if cuts.is_empty() {
        return vec![words];
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for end in cuts.into_iter().chain([words.len()]) {
        parts.extend(conjuncts(&words[start..end]));
        start = end + 1;
    }
    parts
}
