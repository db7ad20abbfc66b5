//! Long work while others wait, of which no other rule speaks.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity,
    cost::{Cause, Cost},
    example::USERS,
};

pub(super) static RULE: Rule = Rule {
    id: "long-work-under-lock",
    title: "a large table is worked on while others wait",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "a statement that reads, checks, indexes or writes all rows of a large table while it, or an earlier statement of its \
              transaction, holds a lock that blocks readers or writers of a table in use; where no other rule speaks of it.",
    harm: "Whoever uses the locked table waits until the work is done; what an earlier statement has locked stays locked until the \
           transaction ends.",
    remedy: "do the long work in a transaction of its own, before the statement that takes the lock",
    sources: &["https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES"],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "BEGIN;
CREATE TABLE copies AS SELECT id, email FROM users;
ALTER TABLE users ADD COLUMN copied boolean;
CREATE INDEX copies_email ON copies (email);
COMMIT;",
    },
    good: Example {
        schema: USERS,
        sql: "BEGIN;
CREATE TABLE copies AS SELECT id, email FROM users;
CREATE INDEX copies_email ON copies (email);
ALTER TABLE users ADD COLUMN copied boolean;
COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs() {
        if is_spoken_of(cost) {
            continue;
        }
        let work = cost.work();
        let blocked = &cost.blocked[0];
        let who = if blocked.lock.blocks_reads() {
            "read or write"
        } else {
            "write to"
        };
        let message = format!(
            "nobody can {who} {} while {} is worked on",
            blocked.table, work.table
        );
        let finding = report.cost(moment, cost, message);
        finding.note(format!("what is done there: {}", work.reason));
    }
}

/// Whether a rule of its own speaks of a cost.
fn is_spoken_of(cost: &Cost<'_>) -> bool {
    match cost.cause {
        Cause::Other => false,
        // an earlier lock makes no difference to what their rules say
        Cause::Validation(_)
        | Cause::Required(_)
        | Cause::Rows
        | Cause::Reindex
        | Cause::Maintenance
        | Cause::Refresh
        | Cause::Partition => true,
        _ => cost.is_own(),
    }
}
