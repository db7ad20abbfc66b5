//! What a plan does in the place of what was found.

use std::sync::Arc;

use segue_plan::{Class, Facts, Finding, Policy, Script, Served, Severity, outline, rule};

/// How many statements are planned for the sake of lint, which has to be quick.
const MOST: usize = 2_000;

/// Adds to findings how a plan does the same. Nothing is planned where nothing keeps an app waiting or breaks it.
pub(super) fn add(findings: &mut [Finding], scripts: &[Script], facts: &Facts, policy: &Policy) {
    let served = |finding: &Finding| {
        let is_of_an_app = rule(finding.rule)
            .is_some_and(|rule| matches!(rule.class, Class::Cost | Class::Compatibility));
        let counts = is_of_an_app && finding.severity >= Severity::Warning;
        let statement = finding.statement.filter(|_| counts)?;
        let is_its = |script: &Script| Arc::ptr_eq(&script.source, &finding.source);
        let migration = scripts.iter().position(is_its)?;
        Some(Served {
            migration,
            statement,
        })
    };
    let Some(last) = findings
        .iter()
        .filter_map(served)
        .map(|one| one.migration)
        .max()
    else {
        return;
    };
    // what comes behind the last of them does not matter
    let scripts = &scripts[..=last];
    let statements: usize = scripts.iter().map(|script| script.lines.len()).sum();
    if statements > MOST {
        return;
    }
    let steps = outline(scripts, facts, policy);
    for finding in findings {
        let found = served(finding).and_then(|served| steps.get(&served));
        finding.planned = found.cloned().unwrap_or_default();
    }
}
