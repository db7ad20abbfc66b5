//! Constraints that a partitioned table cannot be given in the safe way.

use segue_catalog::{
    TableChange,
    model::{ConstraintKind, TableKind},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "not-supported-on-partitioned-table",
    title: "a partitioned table can be given no constraint in this way",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "ADD CONSTRAINT … USING INDEX on a partitioned table; up to PostgreSQL 17 also ADD FOREIGN KEY … NOT VALID on one.",
    harm: "The statement fails (0A000, 42809).",
    remedy: "add the constraint to each partition in the safe way, then to the parent, which takes those of the partitions for its own",
    sources: &[
        "ATExecAddIndexConstraint, ATAddForeignKeyConstraint, src/backend/commands/tablecmds.c",
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX",
        "https://www.postgresql.org/docs/17/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT",
    ],
    since: None,
    until: None,
    bad: Example {
        schema:
            "CREATE TABLE events (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE UNIQUE INDEX events_key ON events (id, at);",
        sql: "ALTER TABLE events ADD CONSTRAINT events_key UNIQUE USING INDEX events_key;",
    },
    good: Example {
        schema:
            "CREATE TABLE events (id bigint NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO events SELECT g, '2024-02-01' FROM generate_series(1, 20000) g;",
        sql: "CREATE UNIQUE INDEX CONCURRENTLY events_2024_key ON events_2024 (id, at);
ALTER TABLE events_2024 ADD CONSTRAINT events_2024_key UNIQUE USING INDEX events_2024_key;
ALTER TABLE events ADD CONSTRAINT events_key UNIQUE (id, at);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::AddConstraint {
            name,
            constraint,
            using_index,
        } = change
        else {
            continue;
        };
        let known = moment.before().tables.get(table);
        if !known.is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_))) {
            continue;
        }
        let is_key = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
        if using_index.is_some() {
            report.finding(format!(
                "this fails: {name} of {table}, which is partitioned, cannot be made USING INDEX"
            ));
        } else if is_key && !constraint.validated && constraint.enforced && moment.major() < 18 {
            report.finding(format!(
                "this fails: foreign key {name} of {table}, which is partitioned, cannot be NOT VALID"
            ));
        }
    }
}
