//! `-- segue: …`: what a script says to segue in comments, so that it stays runnable by everything else.
//!
//! Which words there are is said in [`WORDS`]. What a directive is about, and whether it makes sense there, whoever
//! uses it decides.

mod batch;
mod miswritten;

use std::{ops::Range, sync::Arc};

use squawk_lexer::{TokenKind, tokenize};

pub use batch::Batch;

use crate::{Kind, Problem, Source, nearest, split};

/// What stands in front of every directive, behind the two dashes.
const MARK: &str = "segue:";

/// Every directive, by its first word.
const WORDS: [(&str, &str); 8] = [
    ("allow", "allow RULE because REASON"),
    ("backfill", "backfill TABLE.COLUMN = EXPRESSION"),
    (
        "batch",
        "batch size=ROWS target=TIME max_rate=ROWS/s key=COLUMNS keep=none, or some of these",
    ),
    ("inverse", "inverse EXPRESSION"),
    ("irreversible", "irreversible because REASON"),
    ("phase", "phase contract, or phase expand"),
    ("renamed", "renamed from NAME"),
    (
        "sync",
        "sync, or sync COLUMN = EXPRESSION, each column in a comment of its own",
    ),
];

/// A comment for segue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// From its dashes to the end of its line.
    pub span: Range<usize>,
    /// What it says.
    pub said: Said,
}

/// What a directive says; its parts are where they stand in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// `allow RULE because REASON`: what a rule finds is known, and meant.
    Allow {
        /// The rule's id.
        rule: Range<usize>,
        /// Why.
        reason: Range<usize>,
    },
    /// `backfill TABLE.COLUMN = EXPRESSION`: what a new column is in the rows that are there, and in those that an app writes
    /// which does not know it.
    Backfill {
        /// The column with its table, as it is written.
        column: Range<usize>,
        /// The value, from the other columns of the row.
        value: Range<usize>,
    },
    /// `batch …`: how the statement's rows are written.
    Batch(Batch),
    /// `inverse EXPRESSION`: what gives the old value of a column whose type changes, from its new one.
    Inverse {
        /// The value, from the column.
        value: Range<usize>,
    },
    /// `irreversible because REASON`: nothing takes the migration back, and that is meant.
    Irreversible {
        /// Why.
        reason: Range<usize>,
    },
    /// `phase contract`: the statement is run once the old app is gone.
    Contract,
    /// `phase expand`: what the statement does is not put off to contract.
    Expand,
    /// `sync`: what the statement brings to another table is kept the same in both until contract.
    Sync {
        /// `sync COLUMN = EXPRESSION`: a column of the table that it comes from, and what gives its value from the other one.
        back: Option<(Range<usize>, Range<usize>)>,
    },
    /// `renamed from NAME`: how an object was called before.
    RenamedFrom {
        /// The name, as it is written.
        name: Range<usize>,
    },
}

/// All directives of a script, in order; none where the text cannot be cut into statements, which whoever runs it says.
///
/// # Errors
/// Comments for segue that are no directives, each with its place.
pub fn directives(source: &Arc<Source>) -> Result<Vec<Directive>, Vec<Problem>> {
    let (mut directives, mut problems) = (Vec::new(), Vec::new());
    for span in comments(source) {
        let Some(said) = said(source, &span) else {
            problems.extend(miswritten::miswritten(source, &span));
            continue;
        };
        match said {
            Ok(said) => directives.push(Directive { span, said }),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(directives),
        false => Err(problems),
    }
}

/// Where the comments are: not what only looks like one in a string, in data or in a line of psql's.
fn comments(source: &Arc<Source>) -> Vec<Range<usize>> {
    let text = &source.text;
    if !miswritten::may_have_any(text) {
        return Vec::new();
    }
    let Ok(statements) = split(source) else {
        return Vec::new();
    };
    let mut comments = Vec::new();
    let mut from = 0;
    for statement in statements.iter() {
        let not_sql = match (statement.data, statement.kind) {
            (Some(data), _) => data,
            (None, Kind::PsqlCommand(_)) => statement.span,
            _ => continue,
        };
        collect(text, from..not_sql.start, &mut comments);
        from = not_sql.end;
    }
    collect(text, from..text.len(), &mut comments);
    comments
}

fn collect(text: &str, part: Range<usize>, comments: &mut Vec<Range<usize>>) {
    let mut at = part.start;
    for token in tokenize(&text[part]) {
        let span = at..at + token.len as usize;
        at = span.end;
        if matches!(
            token.kind,
            TokenKind::LineComment | TokenKind::BlockComment { .. }
        ) {
            let length = text[span.clone()].trim_end().len();
            comments.push(span.start..span.start + length);
        }
    }
}

/// What a comment says, if it is for segue.
fn said(source: &Arc<Source>, comment: &Range<usize>) -> Option<Result<Said, Problem>> {
    let text = &source.text[comment.clone()];
    let inside = text.strip_prefix("--")?;
    let inside = inside.trim_start_matches('-').trim_start();
    let rest = inside.strip_prefix(MARK)?.trim_start();
    let start = comment.end - rest.len();
    let word = rest.split_whitespace().next().unwrap_or_default();
    let behind = part_behind(rest, word.len());
    let behind = start + behind..comment.end;
    Some(match word {
        "allow" => allow(source, comment, behind),
        "backfill" => backfill(source, comment, behind),
        "batch" if behind.is_empty() => {
            Err(malformed(source, comment, "this does not say how", "batch"))
        }
        "batch" => batch::read(source, behind).map(Said::Batch),
        "inverse" if !behind.is_empty() => Ok(Said::Inverse { value: behind }),
        "inverse" => Err(malformed(
            source,
            comment,
            "this does not say how",
            "inverse",
        )),
        "irreversible" => irreversible(source, comment, behind),
        "phase" if source.text[behind.clone()].trim() == "contract" => Ok(Said::Contract),
        "phase" if source.text[behind.clone()].trim() == "expand" => Ok(Said::Expand),
        "phase" => Err(malformed(
            source,
            comment,
            "segue does not know this phase",
            "phase",
        )),
        "renamed" => renamed(source, comment, behind),
        "sync" => sync(source, comment, behind),
        _ => Err(unknown(source, start..start + word.len(), word)),
    })
}

/// Where what stands behind a word begins.
fn part_behind(text: &str, word: usize) -> usize {
    text.len() - text[word..].trim_start().len()
}

fn allow(
    source: &Arc<Source>,
    comment: &Range<usize>,
    rest: Range<usize>,
) -> Result<Said, Problem> {
    let text = &source.text[rest.clone()];
    let rule = text.split_whitespace().next().unwrap_or_default();
    if rule.is_empty() || rule == "because" {
        return Err(malformed(
            source,
            comment,
            "this does not say what is allowed",
            "allow",
        ));
    }
    let because = part_behind(text, rule.len());
    let Some(reason) = reason(&text[because..]) else {
        return Err(malformed(source, comment, "this does not say why", "allow"));
    };
    Ok(Said::Allow {
        rule: rest.start..rest.start + rule.len(),
        reason: rest.end - reason.len()..rest.end,
    })
}

/// What stands behind `because`.
fn reason(text: &str) -> Option<&str> {
    let reason = text.strip_prefix("because")?;
    let reason = reason.strip_prefix(char::is_whitespace)?.trim_start();
    (!reason.is_empty()).then_some(reason)
}

fn irreversible(
    source: &Arc<Source>,
    comment: &Range<usize>,
    rest: Range<usize>,
) -> Result<Said, Problem> {
    match reason(&source.text[rest.clone()]) {
        Some(reason) => Ok(Said::Irreversible {
            reason: rest.end - reason.len()..rest.end,
        }),
        None => Err(malformed(
            source,
            comment,
            "this does not say why",
            "irreversible",
        )),
    }
}

fn backfill(
    source: &Arc<Source>,
    comment: &Range<usize>,
    rest: Range<usize>,
) -> Result<Said, Problem> {
    let text = &source.text[rest.clone()];
    let parts = text
        .split_once('=')
        .map(|(column, value)| (column.trim(), value.trim()));
    let Some((column, value)) =
        parts.filter(|(column, value)| column.contains('.') && !value.is_empty())
    else {
        return Err(malformed(
            source,
            comment,
            "this does not say which column gets which value",
            "backfill",
        ));
    };
    Ok(Said::Backfill {
        column: rest.start..rest.start + column.len(),
        value: rest.end - value.len()..rest.end,
    })
}

fn sync(source: &Arc<Source>, comment: &Range<usize>, rest: Range<usize>) -> Result<Said, Problem> {
    let text = &source.text[rest.clone()];
    if text.is_empty() {
        return Ok(Said::Sync { back: None });
    }
    let parts = text
        .split_once('=')
        .map(|(column, value)| (column.trim(), value.trim()));
    let is_name = |column: &str| {
        let is_quoted = column.len() > 2 && column.starts_with('"') && column.ends_with('"');
        is_quoted || !column.is_empty() && !column.contains(|of: char| of.is_whitespace())
    };
    match parts.filter(|(column, value)| is_name(column) && !value.is_empty()) {
        Some((_, value)) if is_list(value) => Err(malformed(
            source,
            comment,
            "this says more than one value: each column has a comment of its own",
            "sync",
        )),
        Some((column, value)) => Ok(Said::Sync {
            back: Some((
                rest.start..rest.start + column.len(),
                rest.end - value.len()..rest.end,
            )),
        }),
        None => Err(malformed(
            source,
            comment,
            "this does not say which column gets which value",
            "sync",
        )),
    }
}

/// Whether a text is several expressions, with commas between.
fn is_list(text: &str) -> bool {
    let mut depth = 0_usize;
    tokenize(text).any(|token| {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        token.kind == TokenKind::Comma && depth == 0
    })
}

fn renamed(
    source: &Arc<Source>,
    comment: &Range<usize>,
    rest: Range<usize>,
) -> Result<Said, Problem> {
    let text = &source.text[rest.clone()];
    let name = text.strip_prefix("from").map(str::trim_start);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(malformed(
            source,
            comment,
            "segue does not know what this comment says",
            "renamed",
        ));
    };
    Ok(Said::RenamedFrom {
        name: rest.end - name.len()..rest.end,
    })
}

fn malformed(source: &Arc<Source>, span: &Range<usize>, message: &str, word: &str) -> Problem {
    let form = WORDS.iter().find(|(known, _)| *known == word);
    let form = form.map_or(word, |(_, form)| form);
    Problem::new(message)
        .at(source, span.clone(), "this comment")
        .help(format!("write `-- segue: {form}`"))
}

fn unknown(source: &Arc<Source>, span: Range<usize>, word: &str) -> Problem {
    let known = WORDS.iter().map(|(word, _)| *word);
    let problem = Problem::new("segue does not know what this comment says").at(
        source,
        span,
        "no such directive",
    );
    problem.help(match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let forms: Vec<String> = WORDS.iter().map(|(_, form)| format!("`{form}`")).collect();
            format!("it may say {}", forms.join(" or "))
        }
    })
}

#[cfg(test)]
#[path = "directive_tests.rs"]
mod tests;
