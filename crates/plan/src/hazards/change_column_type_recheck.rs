//! `ALTER COLUMN … TYPE` that verifies constraints again.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind, cost::Cause, narrowing,
};

pub(super) static RULE: Rule = Rule {
    id: "change-column-type-recheck",
    title: "the rows stay, but the constraints of a column are verified again",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ALTER COLUMN … TYPE on a table that is large or in use, where the values are stored in the same way but a CHECK or a foreign \
              key is on the column.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows are checked again.",
    remedy: "drop the constraint, change the type, add the constraint again NOT VALID, and validate it in a transaction of its own",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE",
        "ATPostAlterTypeCleanup, src/backend/commands/tablecmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(50), CONSTRAINT users_nick CHECK (nick <> ''));
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN nick TYPE varchar(100);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick varchar(50), CONSTRAINT users_nick CHECK (nick <> ''));
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users DROP CONSTRAINT users_nick;
ALTER TABLE users ALTER COLUMN nick TYPE varchar(100);
ALTER TABLE users ADD CONSTRAINT users_nick CHECK (nick <> '') NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_nick;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Type(_))) {
        let (Cause::Type(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let heavier = |kind: WorkKind| matches!(kind, WorkKind::Rewrite | WorkKind::Build);
        let is_heavier = cost.works.iter().any(|work| heavier(work.kind));
        if is_heavier || narrowing::of(moment, column).is_some() {
            continue;
        }
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until the constraints on {column} are verified again"
        );
        let finding = report.cost(moment, &cost, message);
        let reasons: Vec<&str> = cost.works.iter().map(|work| work.reason.as_str()).collect();
        finding.note(format!("verified again: {}", reasons.join(", ")));
    }
}
