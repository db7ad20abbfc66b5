//! What `[lint]` of `segue.toml` makes of the policy.

use segue_plan::{Level, Policy, RULES, Severity, rule};
use segue_project::config::Lint;
use segue_sql::{Problem, nearest};

/// The policy, and how bad a finding has to be for lint to fail; `None`: it never does.
///
/// # Errors
/// Rules that there are not, each with its place.
pub(crate) fn of(lint: &Lint) -> Result<(Policy, Option<Severity>), Vec<Problem>> {
    let mut policy = Policy::default();
    if let Some(rows) = lint.large_rows {
        policy.large_rows = rows;
    }
    if let Some(bytes) = lint.large_bytes {
        policy.large_bytes = bytes;
    }
    if let Some(time) = lint.longest_blocking {
        policy.longest_blocking = time;
    }
    let mut problems = Vec::new();
    for (named, level) in &lint.rules {
        if rule(&named.name).is_none() {
            let problem = named.problem(format!("there is no rule `{}`", named.name));
            let known = RULES.iter().map(|rule| rule.id);
            problems.push(problem.help(match nearest(&named.name, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`segue explain` lists them all".to_owned(),
            }));
        }
        let level = severity(level).map_or(Level::Off, Level::At);
        policy.levels.insert(named.name.clone(), level);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let fail_on = match lint.fail_on.as_deref() {
        None => Some(Severity::Error),
        Some(word) => severity(word),
    };
    Ok((policy, fail_on))
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "info" => Some(Severity::Info),
        "warning" => Some(Severity::Warning),
        "error" => Some(Severity::Error),
        _ => None,
    }
}
