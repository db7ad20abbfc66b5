//! Findings of lint as people read them.

use annotate_snippets::Level;
use segue::{
    Problem,
    plan::{Finding, Severity},
};

use super::problem;

/// A finding with its place, what is known of it, and what to write instead.
pub(crate) fn render(finding: &Finding) -> String {
    let mut shown =
        Problem::new(finding.message.clone()).at(&finding.source, finding.span.clone(), "");
    shown.notes.clone_from(&finding.notes);
    shown.help.clone_from(&finding.help);
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    problem::render(&shown, level, Some(finding.rule))
}
