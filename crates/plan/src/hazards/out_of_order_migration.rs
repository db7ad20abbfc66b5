//! A migration that comes before one that is applied.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "out-of-order-migration",
    title: "a migration comes before one that has been applied already",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that is not applied while one that comes after it is.",
    harm: "This database runs them in another order than a new one will: what the two together lead to may differ.",
    remedy: "give it a number or time behind the last one that has been applied",
    sources: &["docs/errors-and-recovery.md"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
    },
    judge: Judge::Script(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    let later = script
        .kept
        .as_ref()
        .and_then(|kept| kept.applied_before_it.as_ref());
    if let Some(later) = later {
        report
            .finding(format!(
                "{later}, which comes after {}, is applied already",
                script.name
            ))
            .of_script();
    }
}
