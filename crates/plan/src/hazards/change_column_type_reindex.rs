//! `ALTER COLUMN … TYPE` that builds indexes anew.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind, cost::Cause};

pub(super) static RULE: Rule = Rule {
    id: "change-column-type-reindex",
    title: "the rows stay, but the indexes of a column are built anew",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ALTER COLUMN … TYPE or COLLATE on a table that is large or in use, where the values are stored in the same way but an index \
              on the column orders them otherwise: text to citext, another collation, a domain below a domain.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until the indexes on the column are built anew.",
    remedy: "DROP INDEX CONCURRENTLY before, and CREATE INDEX CONCURRENTLY behind it; or build an index over the cast expression first",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
        "CheckIndexCompatible, src/backend/commands/indexcmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN email TYPE text COLLATE \"C\";",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
CREATE INDEX users_email ON users (email);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "DROP INDEX CONCURRENTLY users_email;
ALTER TABLE users ALTER COLUMN email TYPE text COLLATE \"C\";
CREATE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Type(_))) {
        let (Cause::Type(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let does = |kind: WorkKind| cost.works.iter().any(|work| work.kind == kind);
        if does(WorkKind::Rewrite) || !does(WorkKind::Build) {
            continue;
        }
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until the indexes on {column} are built anew"
        );
        report.cost(moment, &cost, message);
    }
}
