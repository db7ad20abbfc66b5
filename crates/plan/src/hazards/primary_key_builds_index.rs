//! `PRIMARY KEY` that builds its index.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::LOGS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "primary-key-builds-index",
    title: "the index of a primary key is built while nobody can read or write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD PRIMARY KEY without USING INDEX on a table that is large or in use. A unique index over the same columns that is \
              there already is not taken.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until the whole table is read and the index is built, and where \
           the columns are nullable until it is searched for NULLs.",
    remedy: "CREATE UNIQUE INDEX CONCURRENTLY, make the columns NOT NULL by a validated check, then ADD CONSTRAINT … PRIMARY KEY USING \
             INDEX",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: LOGS,
        sql: "ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY (id);",
    },
    good: Example {
        schema: LOGS,
        sql: "CREATE UNIQUE INDEX CONCURRENTLY logs_pkey ON logs (id);
ALTER TABLE logs ADD CONSTRAINT logs_pkey PRIMARY KEY USING INDEX logs_pkey;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::PrimaryKey(_))) {
        let (Cause::PrimaryKey(name), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message =
            format!("nobody can read or write {table} until the index of {name} is built");
        report.cost(moment, &cost, message).fix = fix::using_index(moment, name);
    }
}
