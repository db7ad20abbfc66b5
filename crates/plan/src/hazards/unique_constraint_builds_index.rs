//! `UNIQUE` that builds its index.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "unique-constraint-builds-index",
    title: "the index of a unique constraint is built while nobody can read or write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD UNIQUE without USING INDEX, or ADD COLUMN … UNIQUE, on a table that is large or in use.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until the whole table is read and the index is built.",
    remedy: "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … UNIQUE USING INDEX",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Unique(_))) {
        let (Cause::Unique(name), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message =
            format!("nobody can read or write {table} until the index of {name} is built");
        let finding = report.cost(moment, &cost, message);
        finding.fix =
            fix::using_index(moment, name).or_else(|| fix::built_with_column(moment, name));
    }
}
