//! What a plan does in the place of what was found.

use std::sync::Arc;

use segue_plan::{Class, Facts, Finding, Policy, Script, Served, Severity, outline, rule};

/// How many statements are planned for the sake of lint, which has to be quick.
const MOST: usize = 500;

/// Adds to findings how a plan does the same. Nothing is planned but the migrations in which something keeps an app waiting
/// or breaks it, each by itself.
pub(super) fn add(findings: &mut [Finding], scripts: &[Script], facts: &Facts, policy: &Policy) {
    let mut left = MOST;
    for script in scripts {
        let is_its = |finding: &&mut Finding| {
            Arc::ptr_eq(&script.source, &finding.source) && is_of_an_app(finding)
        };
        let mut own: Vec<&mut Finding> = findings.iter_mut().filter(is_its).collect();
        if own.is_empty() {
            continue;
        }
        let Some(rest) = left.checked_sub(script.lines.len()) else {
            return;
        };
        left = rest;
        let steps = outline(std::slice::from_ref(script), facts, policy);
        for finding in &mut own {
            let served = finding.statement.map(|statement| Served {
                migration: 0,
                statement,
            });
            let found = served.and_then(|served| steps.get(&served));
            finding.planned = found.cloned().unwrap_or_default();
        }
    }
}

/// Whether a finding counts, and is about an app that runs meanwhile.
fn is_of_an_app(finding: &Finding) -> bool {
    let class = rule(finding.rule).map(|rule| rule.class);
    matches!(class, Some(Class::Cost | Class::Compatibility))
        && finding.severity >= Severity::Warning
}
