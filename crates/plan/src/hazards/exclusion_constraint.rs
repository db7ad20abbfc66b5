//! `EXCLUDE` on a table that is there.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause};

pub(super) static RULE: Rule = Rule {
    id: "exclusion-constraint",
    title: "the index of an exclusion constraint is built while nobody can read or write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD CONSTRAINT … EXCLUDE on a table that is large or in use.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until the whole table is read, the index is built and every row is \
           looked up in it. There is no NOT VALID and no USING INDEX for it.",
    remedy: "make a new table with the constraint, keep it in step by a trigger while it is filled, and swap the names; or keep new \
             rows apart by a trigger",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE stays (room int, during tsrange);
INSERT INTO stays SELECT g, tsrange(timestamp '2024-01-01' + g * interval '1 day', timestamp '2024-01-02' + g * interval '1 day')
    FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE stays ADD CONSTRAINT stays_apart EXCLUDE USING gist (during WITH &&);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE stays (room int, during tsrange, CONSTRAINT stays_apart EXCLUDE USING gist (during WITH &&));",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Exclusion(_))) {
        let (Cause::Exclusion(name), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message =
            format!("nobody can read or write {table} until the index of {name} is built");
        report.cost(moment, &cost, message);
    }
}
