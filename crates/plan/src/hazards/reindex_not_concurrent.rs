//! `REINDEX` without `CONCURRENTLY`.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::INDEXED_USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "reindex-not-concurrent",
    title: "indexes are rebuilt while nobody can write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "REINDEX of an index, table, schema or database without CONCURRENTLY, where a table that is large or in use is among them.",
    harm: "SHARE lock on the table, ACCESS EXCLUSIVE on its indexes: writes wait until the index is built anew, and so does every \
           query that would look at the index, be it only to plan.",
    remedy: "write REINDEX … CONCURRENTLY, in a migration that does not run in a transaction",
    sources: &["https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY"],
    since: Some(12),
    until: None,
    bad: Example {
        schema: INDEXED_USERS,
        sql: "REINDEX TABLE users;",
    },
    good: Example {
        schema: INDEXED_USERS,
        sql: "REINDEX TABLE CONCURRENTLY users;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| *cause == Cause::Reindex) {
        let table = &cost.work().table;
        let message = format!("nobody can write to {table} until its indexes are built anew");
        report.cost(moment, &cost, message).fix = fix::reindex_concurrently(moment);
    }
}
