//! What the history says against a deploy: the same that a deploy refuses.

use segue_db::ServerError;

use super::{Examined, Finding, of_problem};
use crate::{Standing, Verdict, refusals};

pub(super) async fn examine(
    id: &'static str,
    examined: &Examined<'_>,
) -> Result<Vec<Finding>, ServerError> {
    let opened = match examined.opened {
        Ok(opened) => opened,
        Err(failure) => return Ok(vec![super::of_failure(id, failure)]),
    };
    let Some(status) = examined.status() else {
        return Ok(Vec::new());
    };
    let mut findings: Vec<Finding> = match refusals::refuse(&status, opened, examined.options) {
        Ok(()) => Vec::new(),
        Err(failure) => failure
            .problems
            .iter()
            .map(|problem| of_problem(id, Verdict::Problem, problem))
            .collect(),
    };
    for name in refusals::out_of_order(&status) {
        findings.push(Finding::warning(
            id,
            format!("{name} is pending, and comes before migrations that are applied"),
            "see that it does not depend on what came later; --strict refuses it",
        ));
    }
    for entry in &status.entries {
        if let Standing::Partial { done, .. } = entry.standing {
            findings.push(Finding::warning(
                id,
                format!(
                    "{} stopped behind its statement {done}",
                    entry.migration.name
                ),
                "segue deploy",
            ));
        }
    }
    if findings.is_empty() {
        let pending = status
            .entries
            .iter()
            .filter(|entry| entry.is_pending())
            .count();
        let applied = status.entries.len() - pending;
        findings.push(Finding::good(
            id,
            format!("{applied} applied, {pending} pending"),
        ));
    }
    Ok(findings)
}
