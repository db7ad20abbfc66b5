//! Findings of lint as people read them.

use annotate_snippets::Level;
use segue::{
    Problem,
    plan::{Finding, Phase, Severity},
};

use super::{count, problem};

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
    if let Some(planned) = planned(finding) {
        shown.notes.push(planned);
    }
    problem::render(&shown, level, Some(finding.rule))
}

/// How many steps are named.
const NAMED: usize = 3;

/// How a plan does it, where it has a way.
pub(crate) fn planned(finding: &Finding) -> Option<String> {
    let mut named: Vec<String> = (finding.planned.iter().take(NAMED))
        .map(|(phase, title)| match phase {
            Phase::Expand => title.clone(),
            Phase::Contract => format!("once the old app is gone: {title}"),
        })
        .collect();
    let more = finding.planned.len().checked_sub(NAMED + 1);
    named.extend(more.map(|more| count(more + 1, "more step")));
    (!named.is_empty()).then(|| format!("`segue plan` keeps the app running: {}", named.join("; ")))
}
