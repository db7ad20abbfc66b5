//! `VACUUM FULL`, `CLUSTER`, `SET LOGGED`, `SET TABLESPACE`, `SET ACCESS METHOD`.

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind, cost::Cause, example::USERS,
};

pub(super) static RULE: Rule = Rule {
    id: "rewrite-maintenance",
    title: "a table is written anew while nobody can use it",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "VACUUM FULL, CLUSTER, SET LOGGED or UNLOGGED, SET TABLESPACE and SET ACCESS METHOD of a table that is large or in use. Not \
              where the table is already as the statement wants it, nor CLUSTER ON, which only makes a mark.",
    harm: "ACCESS EXCLUSIVE until all rows are copied and all indexes are built: nobody can read or write the table, and the disk has to \
           hold it twice.",
    remedy: "pg_repack or pg_squeeze write a table anew while it is in use; plain VACUUM gives room back without a lock. Indexes can move to \
             another tablespace by REINDEX (TABLESPACE …) CONCURRENTLY",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-vacuum.html",
        "https://www.postgresql.org/docs/current/sql-cluster.html",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "VACUUM (FULL, ANALYZE) users;",
    },
    good: Example {
        schema: USERS,
        sql: "VACUUM (ANALYZE) users;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Maintenance)) {
        let work = cost.work();
        let what = match work.kind {
            WorkKind::Rewrite => format!("all of {} is written anew", work.table),
            _ => format!("the indexes of {} are built anew", work.table),
        };
        let message = format!("nobody can read or write {} until {what}", work.table);
        report.cost(moment, &cost, message);
    }
}
