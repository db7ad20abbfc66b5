//! `ADD COLUMN` with a default that has to be evaluated for every row.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "add-column-volatile-default",
    title: "a new column with a volatile default makes the whole table be written anew",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD COLUMN with a default that calls a volatile function (random(), clock_timestamp(), gen_random_uuid(), nextval() or \
              one of yours) on a table that is large or in use. Not for constants and for now(), which are kept in the catalog, and not \
              for a function that the server can replace by what it returns.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows are written to a new file and all indexes are built \
           anew. Twice the room is needed meanwhile.",
    remedy: "ADD COLUMN without the default, then ALTER COLUMN … SET DEFAULT for new rows, then fill the others in batches",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
        "https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN",
    ],
    since: Some(11),
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN token uuid;
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Default(_))) {
        let (Cause::Default(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all its rows are written anew for the default of {column}"
        );
        report.cost(moment, &cost, message).fix = fix::default_for_new_rows(moment, column);
    }
}
