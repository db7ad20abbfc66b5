//! `ADD COLUMN … GENERATED ALWAYS AS (…) STORED`.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "add-column-generated-stored",
    title: "a new stored generated column makes the whole table be written anew",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ADD COLUMN … GENERATED ALWAYS AS (…) STORED on a table that is large or in use.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows are written to a new file and all indexes are built \
           anew. Twice the room is needed meanwhile.",
    remedy: "add a plain column that a trigger keeps up to date, and fill the rows that are there in batches; or, from PostgreSQL 18 on, \
             make it VIRTUAL; or compute it in a view",
    sources: &[
        "https://www.postgresql.org/docs/current/ddl-generated-columns.html",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    ],
    since: Some(12),
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN email_lower text GENERATED ALWAYS AS (lower(email)) STORED;",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE VIEW users_lower AS SELECT *, lower(email) AS email_lower FROM users;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Stored(_))) {
        let (Cause::Stored(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all its rows are written anew with {column} in them"
        );
        report.cost(moment, &cost, message);
    }
}
