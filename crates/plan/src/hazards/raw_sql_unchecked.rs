//! Statements that do what only a server can tell.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "raw-sql-unchecked",
    title: "what a statement does is not known without running it",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "DO blocks, calls of functions that do more than read, and whatever else the model of the schema cannot follow.",
    harm: "No rule can judge it: it may lock, rewrite or drop what it likes.",
    remedy: "write out the statements that it runs, or look at what it locks with segue lint --trace",
    sources: &["https://www.postgresql.org/docs/current/sql-do.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);",
        sql: "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'users'; END $$;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY);",
        sql: "ALTER TABLE users ADD COLUMN nick text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    if let Some(reason) = &moment.line().unknown {
        report.finding(format!("what it does is not known: {reason}"));
    }
}
