//! `DETACH PARTITION`.

use segue_catalog::{QName, TableChange};
use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use crate::{
    Class, Example, Fix, Judge, LockMode, Moment, Report, Rule, Severity, example::EVENTS,
};

pub(super) static RULE: Rule = Rule {
    id: "detach-partition-not-concurrent",
    title: "a partition is detached with a lock on the whole partitioned table",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "DETACH PARTITION without CONCURRENTLY from a partitioned table in use. Not in a transaction of which an earlier statement \
              has locked the table as much.",
    harm: "ACCESS EXCLUSIVE on the partitioned table and on the partition: no query of any partition by way of it gets through. Itself it is \
           short, but while it waits for running queries, everybody waits behind it. The running app no longer finds the rows.",
    remedy: "DETACH PARTITION … CONCURRENTLY, outside of a transaction; it is refused where there is a DEFAULT partition",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DETACH-PARTITION",
    ],
    since: Some(14),
    until: None,
    bad: Example {
        schema: EVENTS,
        sql: "ALTER TABLE events DETACH PARTITION events_2024;",
    },
    good: Example {
        schema: EVENTS,
        sql: "ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (parent, change) in moment.table_changes() {
        let TableChange::DetachPartition(partition) = change else {
            continue;
        };
        if is_concurrent(moment) || !is_in_use(moment, parent) {
            continue;
        }
        let held = moment.earlier_in_transaction();
        let mut held = held.filter_map(|(_, effect)| effect.lock_on(parent));
        if held.any(|mode| mode == LockMode::AccessExclusive) {
            continue;
        }
        let has_default = has_default(moment, parent);
        let can_end = moment.line().transaction.is_none();
        let end = end_of_action(moment);
        let finding = report.finding(format!(
            "every query of {parent} waits until {partition} is detached, and behind it while it waits itself"
        ));
        finding.note(format!("ACCESS EXCLUSIVE on {parent} and {partition}"));
        if has_default {
            finding.help(
                "CONCURRENTLY is refused where there is a DEFAULT partition: SET lock_timeout, and try again when it gives up",
            );
            finding.at_most(Severity::Info);
        } else if let Some(end) = end.filter(|_| can_end) {
            finding.fix(Fix {
                title: "detach it while others go on".to_owned(),
                span: end..end,
                text: " CONCURRENTLY".to_owned(),
                outside_transaction: true,
            });
        }
    }
}

/// Where `CONCURRENTLY` goes.
fn end_of_action(moment: &Moment<'_>) -> Option<usize> {
    let action = moment.first::<ast::DetachPartition>()?;
    Some(moment.span(action.syntax()).end)
}

fn is_concurrent(moment: &Moment<'_>) -> bool {
    let Some(action) = moment.first::<ast::DetachPartition>() else {
        return false;
    };
    let words = action.syntax().descendants_with_tokens();
    words
        .map(|word| word.kind())
        .any(|kind| matches!(kind, SyntaxKind::CONCURRENTLY_KW | SyntaxKind::FINALIZE_KW))
}

/// Whether the partitioned table, or any of its partitions, is in use.
fn is_in_use(moment: &Moment<'_>, parent: &QName) -> bool {
    let partitions = moment.before().tables.iter().filter(|(_, table)| {
        let of = table.partition_of.as_ref();
        of.is_some_and(|of| of.parent == *parent)
    });
    let mut names = partitions.map(|(name, _)| name).chain([parent]);
    !moment.is_new_relation(parent) && names.any(|name| moment.is_in_use(name))
}

fn has_default(moment: &Moment<'_>, parent: &QName) -> bool {
    moment.before().tables.values().any(|table| {
        let of = table.partition_of.as_ref();
        of.is_some_and(|of| {
            of.parent == *parent && of.bound.text.trim().eq_ignore_ascii_case("default")
        })
    })
}
