//! A migration without a way back.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "missing-down",
    title: "a migration has no way back",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration without a down part, in a layout that has such.",
    harm: "When the deploy has to be taken back, somebody writes the way back in a hurry.",
    remedy: "write the down part with the migration, and try it on a copy",
    sources: &["docs/layouts.md"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "-- with a down part: DROP TABLE users;
              CREATE TABLE users (id bigint PRIMARY KEY);",
    },
    judge: Judge::Script(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    let has_down = script.kept.as_ref().and_then(|kept| kept.has_down);
    if has_down == Some(false) {
        report
            .finding(format!("{} has no way back", script.name))
            .of_script();
    }
}
