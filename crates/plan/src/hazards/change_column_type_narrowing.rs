//! `ALTER COLUMN … TYPE` to a type that holds less.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, narrowing,
};

pub(super) static RULE: Rule = Rule {
    id: "change-column-type-narrowing",
    title: "a narrower type may not hold what is there",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ALTER COLUMN … TYPE to a smaller length, precision, scale or range on a table that is large or in use: varchar(50) to \
              varchar(20), text to varchar, bigint to int, numeric(10,2) to numeric(8,2), timestamp to timestamp(0).",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until every value is converted. Where one does not fit it fails \
           (22001, 22003), or is rounded without a word.",
    remedy: "add a CHECK that says what shall fit, NOT VALID, and validate it: it limits the values as well. Where the type itself has to \
             change, add a column of the new type and swap",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
        "https://www.postgresql.org/docs/current/datatype-character.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN nick TYPE varchar(20);",
    },
    good: Example {
        schema: USERS,
        sql:
            "ALTER TABLE users ADD CONSTRAINT users_nick_short CHECK (length(nick) <= 20) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_nick_short;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Type(_))) {
        let (Cause::Type(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let Some(narrowing) = narrowing::of(moment, column) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all values of {column} are {}",
            if narrowing.rounds {
                "rounded"
            } else {
                "checked, and it fails where one does not fit"
            }
        );
        let finding = report.cost(moment, &cost, message);
        finding.note(format!("{} becomes {}", narrowing.from, narrowing.to));
    }
}
