//! `ATTACH PARTITION` and `CREATE TABLE … PARTITION OF`, where rows have to be looked at.

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind, cost::Cause};

pub(super) static RULE: Rule = Rule {
    id: "attach-partition-scan",
    title: "rows are searched for the bounds of a partition while others wait",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "ATTACH PARTITION of a table with rows, or any new partition beside a DEFAULT partition with rows, where no validated CHECK \
              proves what has to hold: that the rows are within the bounds, or that the default partition has none of them.",
    harm: "ACCESS EXCLUSIVE on the table whose rows are searched, until all of them are. Rows of the DEFAULT partition that belong into the \
           new one make the statement fail. Indexes and foreign keys that the partition lacks are made with the same lock.",
    remedy: "ADD CONSTRAINT … CHECK (the bounds) NOT VALID, VALIDATE CONSTRAINT in a transaction of its own, then attach, then drop the \
             CHECK; for a DEFAULT partition the CHECK says that it holds no such rows",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ATTACH-PARTITION",
        "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
                 CREATE TABLE events_rest PARTITION OF events DEFAULT;
                 INSERT INTO events SELECT g, '2030-01-01' FROM generate_series(1, 20000) g;",
        sql: "CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
    },
    good: Example {
        schema: "CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
                 CREATE TABLE events_rest PARTITION OF events DEFAULT;
                 INSERT INTO events SELECT g, '2030-01-01' FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE events_rest ADD CONSTRAINT later CHECK (at >= '2029-01-01') NOT VALID;
              ALTER TABLE events_rest VALIDATE CONSTRAINT later;
              CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Partition)) {
        let work = cost.work();
        let done = match work.kind {
            WorkKind::Scan => "all of its rows are checked against the bounds",
            WorkKind::ForeignKeyCheck => {
                "its rows are looked up for the foreign keys of the partitioned table"
            }
            _ => "the indexes of the partitioned table are built on it",
        };
        let blocked = &cost.blocked[0];
        let message = if blocked.table == work.table {
            format!("nobody can use {} until {done}", work.table)
        } else {
            format!(
                "nobody can use {} until {} has been looked at: {done}",
                blocked.table, work.table
            )
        };
        report.cost(moment, &cost, message);
    }
}
