//! Where a rule says what it found.

use std::ops::Range;

use crate::{Finding, Fix, Moment, Rule, Severity};

/// Where a rule says what it found at one moment.
pub struct Report<'r> {
    rule: &'static Rule,
    severity: Severity,
    moment: Moment<'r>,
    findings: &'r mut Vec<Finding>,
}

impl<'r> Report<'r> {
    pub(crate) fn new(
        rule: &'static Rule,
        severity: Severity,
        moment: Moment<'r>,
        findings: &'r mut Vec<Finding>,
    ) -> Self {
        Self {
            rule,
            severity,
            moment,
            findings,
        }
    }

    /// Says what happens: one sentence without a full stop, about the whole statement. The rule's own remedy is the help
    /// until another one is given.
    pub fn finding(&mut self, message: impl Into<String>) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.id,
            severity: self.severity,
            source: self.moment.script.source.clone(),
            span: self.moment.line.span.clone(),
            statement: Some(self.moment.index),
            message: message.into(),
            notes: Vec::new(),
            help: Some(self.rule.remedy.to_owned()),
            fix: None,
            planned: Vec::new(),
        });
        self.findings.last_mut().expect("it was just added")
    }
}

impl Finding {
    /// Points at a part of the statement.
    pub fn at(&mut self, span: Range<usize>) -> &mut Self {
        self.span = span;
        self
    }

    /// Is about the whole script.
    pub fn of_script(&mut self) -> &mut Self {
        self.statement = None;
        self.span = 0..0;
        self
    }

    /// Adds a fact.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to write instead.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Offers the same change, written safely.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }

    /// Is at most so bad.
    pub fn at_most(&mut self, severity: Severity) -> &mut Self {
        self.severity = self.severity.min(severity);
        self
    }
}
