//! `CHECK` that is verified while it is added.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "add-check-not-valid-missing",
    title: "a check is verified for all rows while nobody can read or write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD CONSTRAINT … CHECK without NOT VALID, or ADD COLUMN … CHECK, on a table that is large or in use.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows have been read.",
    remedy: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own, during which others read and write",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 0);",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_score;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Check(_))) {
        let (Cause::Check(name), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until check {name} is verified for all its rows"
        );
        let finding = report.cost(moment, &cost, message);
        finding.fix = fix::not_valid(moment, name).or_else(|| fix::added_with_column(moment, name));
    }
}
