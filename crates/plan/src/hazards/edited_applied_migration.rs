//! A migration that was changed after it had been applied.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "edited-applied-migration",
    title: "a migration has been changed after it was applied",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "a migration that the history holds for applied, with another text than the file has now.",
    harm: "Databases that have applied it keep what the old text did, new ones get what the new text does: from here on they differ.",
    remedy: "put the old text back, and write what should change into a new migration",
    sources: &["docs/errors-and-recovery.md"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);",
        sql: "ALTER TABLE users ADD COLUMN nick text;",
    },
    judge: Judge::Script(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    if script.kept.as_ref().is_some_and(|kept| kept.is_edited) {
        report
            .finding(format!("{} is applied with another text", script.name))
            .of_script();
    }
}
