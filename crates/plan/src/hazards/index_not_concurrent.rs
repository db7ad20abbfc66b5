//! `CREATE INDEX` without `CONCURRENTLY`.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "index-not-concurrent",
    title: "an index is built while nobody can write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "CREATE INDEX or CREATE UNIQUE INDEX without CONCURRENTLY on a table that is large or in use. Not on a table that the \
              same run has made, and not on the empty parent of partitions (ON ONLY).",
    harm: "SHARE lock on the table: INSERT, UPDATE and DELETE wait until the whole table is read and the index is built.",
    remedy: "write CREATE INDEX CONCURRENTLY, in a migration that does not run in a transaction; of a partitioned table, build the \
             index of each partition so and attach it",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "CREATE INDEX users_email ON users (email);",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| *cause == Cause::Index) {
        if !cost.is_own() {
            continue;
        }
        let table = &cost.work().table;
        let message = format!("nobody can write to {table} until its index is built");
        let finding = report.cost(moment, &cost, message);
        finding.fix =
            fix::build_concurrently(moment).or_else(|| fix::partition_by_partition(moment));
    }
}
