//! `ALTER COLUMN … TYPE` that writes every row anew.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind, cost::Cause, example::USERS,
    narrowing,
};

pub(super) static RULE: Rule = Rule {
    id: "change-column-type-rewrite",
    title: "a new type makes the whole table be written anew",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ALTER COLUMN … TYPE on a table that is large or in use, where the values are not stored in the same way: int to bigint, text \
              to jsonb, char(10) to char(20)… Not for a longer varchar, varchar to text, a higher precision of numeric at the same scale, \
              of a time or an interval, cidr to inet, or timestamp to timestamptz where the time zone is UTC.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows are written to a new file and all indexes are built \
           anew. Statements that apps have prepared fail once (0A000).",
    remedy: "add a column of the new type, keep it in step by a trigger, fill it in batches, and swap the names in a later migration",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
        "ATColumnChangeRequiresRewrite, src/backend/commands/tablecmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN score TYPE bigint;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN nick TYPE varchar(100);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Type(_))) {
        let (Cause::Type(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let work = cost.work();
        if work.kind != WorkKind::Rewrite || narrowing::of(moment, column).is_some() {
            continue;
        }
        let table = &work.table;
        let message = format!(
            "nobody can read or write {table} until all its rows are written anew for the new type of {column}"
        );
        report.cost(moment, &cost, message);
    }
}
