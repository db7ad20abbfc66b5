//! `CONCURRENTLY` on the indexes of a partitioned table as a whole.

use segue_catalog::{Change, Object, ObjectRef, QName, model::TableKind};
use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::EVENTS, fix};

pub(super) static RULE: Rule = Rule {
    id: "concurrently-on-partitioned-table",
    title: "indexes of a partitioned table cannot be built or dropped concurrently as a whole",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "CREATE INDEX CONCURRENTLY on a partitioned table, or DROP INDEX CONCURRENTLY of an index of one.",
    harm: "The statement fails (0A000).",
    remedy: "CREATE INDEX … ON ONLY the parent, CREATE INDEX CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION",
    sources: &[
        "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "https://www.postgresql.org/docs/current/sql-dropindex.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: EVENTS,
        sql: "CREATE INDEX CONCURRENTLY events_kind ON events (kind);",
    },
    good: Example {
        schema: EVENTS,
        sql: "CREATE INDEX events_kind ON ONLY events (kind);
CREATE INDEX CONCURRENTLY events_2024_kind ON events_2024 (kind);
ALTER INDEX events_kind ATTACH PARTITION events_2024_kind;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    match moment.statement() {
        Some(ast::Stmt::CreateIndex(create)) if create.concurrently_token().is_some() => {
            let created = moment.changes().first().and_then(created);
            let Some((index, table)) = created.filter(|(_, table)| is_partitioned(moment, table))
            else {
                return;
            };
            let name = &index.name;
            let finding = report.finding(format!(
                "index {name} cannot be built concurrently: {table} is partitioned"
            ));
            finding.fix = fix::partition_by_partition(moment);
        }
        Some(ast::Stmt::DropIndex(drop)) if drop.concurrently_token().is_some() => {
            for change in moment.changes() {
                let Change::Drop {
                    object: ObjectRef::Index(name),
                    ..
                } = change
                else {
                    continue;
                };
                let index = moment.before().indexes.get(name);
                if index.is_some_and(|index| is_partitioned(moment, &index.table)) {
                    report
                        .finding(format!(
                            "index {name} cannot be dropped concurrently: its table is partitioned"
                        ))
                        .help("write DROP INDEX: it locks all partitions, but not for long");
                }
            }
        }
        _ => {}
    }
}

fn created(change: &Change) -> Option<(&QName, &QName)> {
    match change {
        Change::Create(object) => match &**object {
            Object::Index(name, index) => Some((name, &index.table)),
            _ => None,
        },
        _ => None,
    }
}

fn is_partitioned(moment: &Moment<'_>, table: &QName) -> bool {
    let table = moment.before().tables.get(table);
    table.is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_)))
}
