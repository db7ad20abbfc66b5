//! Statements that do what only a server can tell.

use segue_sql::Kind;
use squawk_syntax::ast;

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
    // what a ROLLBACK leaves is what was there at BEGIN; DROP OWNED has a rule of its own
    let unknown = moment.line().unknown.as_ref();
    let is_spoken_of = moment.line().kind == Kind::Rollback
        || matches!(moment.statement(), Some(ast::Stmt::DropOwned(_)));
    if let Some(reason) = unknown.filter(|_| !is_spoken_of) {
        report.finding(format!("what it does is not known: {reason}"));
    }
}
