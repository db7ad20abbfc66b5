//! `VALIDATE CONSTRAINT` while a stronger lock is held.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "validate-in-same-transaction",
    title: "a constraint is validated while the lock of an earlier statement is held",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "VALIDATE CONSTRAINT on a table that is large or in use, in the transaction or the ALTER TABLE that takes a lock which \
              blocks writes: the one that adds the constraint, or sets NOT NULL.",
    harm: "VALIDATE CONSTRAINT by itself blocks nobody, but the lock that is held already stays until the transaction ends: writes, or \
           reads too, wait until all rows have been read.",
    remedy: "commit before VALIDATE CONSTRAINT: a transaction, or a migration, of its own",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT",
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "BEGIN;
ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_score;
COMMIT;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_score CHECK (score >= 0) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_score;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Validation(_))) {
        let Cause::Validation(name) = cost.cause else {
            continue;
        };
        let blocked = &cost.blocked[0];
        let who = if blocked.lock.blocks_reads() {
            "read or write"
        } else {
            "write to"
        };
        let message = format!(
            "nobody can {who} {} until constraint {name} is validated",
            blocked.table
        );
        report.cost(moment, &cost, message);
    }
}
