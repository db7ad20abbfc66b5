//! Rules of style: what the crate `squawk-linter` finds, for the rules that the policy raises.
//!
//! It goes by the text alone, and by its own comments: `-- squawk-ignore RULE` on the line before, and
//! `-- squawk-ignore-file RULE`. What there is to say of a rule is in its record, as of every other one.

use std::ops::Range;

use segue_sql::Kind;
use squawk_linter::Linter;

use crate::{Finding, Fix, Judge, Rule, Script, Severity};

/// A rule of the crate's.
pub(crate) use squawk_linter::Rule as Squawk;

/// A rule of ours that stands for one of the crate's, and how bad its findings are.
type Raised = (Squawk, &'static Rule, Severity);

/// What the rules of style among those that are asked find in a script.
pub(crate) fn find(script: &Script, asked: &[(&'static Rule, Severity)]) -> Vec<Finding> {
    let of_style = asked
        .iter()
        .filter_map(|(rule, severity)| match rule.judge {
            Judge::Style(squawk) => Some((squawk, *rule, *severity)),
            _ => None,
        });
    let raised: Vec<Raised> = of_style.collect();
    if raised.is_empty() {
        return Vec::new();
    }
    let text = sql_alone(script);
    let mut linter = Linter::from(raised.iter().map(|(squawk, ..)| *squawk));
    let violations = linter.lint(&segue_catalog::parse(&text), &text);
    let findings = violations.into_iter().filter_map(|violation| {
        let (_, rule, severity) = raised.iter().find(|(of, ..)| *of == violation.code)?;
        let range = violation.text_range;
        let span = usize::from(range.start())..usize::from(range.end());
        // What no statement of the script has: the way back may stand in the same file.
        let lines = script.lines.iter();
        let statement = lines
            .map(|line| &line.span)
            .position(|line| line.contains(&span.start))?;
        Some(Finding {
            rule: rule.id,
            severity: *severity,
            source: script.source.clone(),
            span,
            statement: Some(statement),
            message: rule.title.to_owned(),
            notes: Vec::new(),
            help: Some(rule.remedy.to_owned()),
            fix: violation.fix.and_then(fix),
            planned: Vec::new(),
        })
    });
    findings.collect()
}

/// What the crate would write instead, where that is in one place.
fn fix(fix: squawk_linter::Fix) -> Option<Fix> {
    let [edit] = &fix.edits[..] else {
        return None;
    };
    let range = edit.text_range;
    Some(Fix {
        title: format!("write {}", edit.text.as_deref()?),
        span: usize::from(range.start())..usize::from(range.end()),
        text: edit.text.clone()?,
        outside_transaction: false,
    })
}

/// The text with blanks for what is no SQL, lines for psql and data, so that every place stays where it is.
fn sql_alone(script: &Script) -> String {
    let mut text = script.source.text.clone();
    for (number, line) in script.lines.iter().enumerate() {
        let next = script.lines.get(number + 1);
        let blank = match line.kind {
            Kind::PsqlCommand(_) => line.span.clone(),
            Kind::CopyFromStdin => {
                let end = next.map_or(text.len(), |next| next.span.start);
                data(&text, line.span.end..end)
            }
            _ => continue,
        };
        let blanks = text[blank.clone()].bytes();
        let blanks = blanks.map(|byte| if byte == b'\n' { '\n' } else { ' ' });
        let blanks: String = blanks.collect();
        text.replace_range(blank, &blanks);
    }
    text
}

/// The data behind a COPY, from the line behind it to the line that ends them.
fn data(text: &str, behind: Range<usize>) -> Range<usize> {
    const END: &str = "\n\\.";
    let within = &text[behind.clone()];
    let start = behind.start + within.find('\n').unwrap_or(within.len());
    let end = text[start..behind.end].find(END);
    start..end.map_or(behind.end, |end| start + end + END.len())
}
