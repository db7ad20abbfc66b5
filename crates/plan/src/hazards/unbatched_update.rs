//! `UPDATE` of many rows at once.

use segue_catalog::QName;

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity,
    bounded::{RowWrite, WriteKind},
    cost::size,
};

pub(super) static RULE: Rule = Rule {
    id: "unbatched-update",
    title: "many rows are written in one transaction",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "UPDATE (also within WITH, and by MERGE) of a table that is large or whose size is not known, if nothing shows that only a \
              few rows are written: no key that is pinned, no join with a small table, no limit. Not of a table that the same run has \
              made and filled row by row.",
    harm: "Every row that is written stays locked until the transaction ends, so the app's own writes wait for it; each leaves a dead \
           row behind and its WAL in front of the replicas, and while it lasts, VACUUM cleans up nothing.",
    remedy: "write it in batches by key, some thousand rows each, with a commit between them, outside of the migration's transaction",
    sources: &[
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "UPDATE users SET nick = lower(nick);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "UPDATE users SET nick = lower(nick) WHERE id BETWEEN 1 AND 5000;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    said(moment, report, WriteKind::Update, |write, table| {
        if write.all {
            format!("every row of {table} is written in one transaction")
        } else {
            format!(
                "all rows of {table} that match are written in one transaction, and nothing says that they are few"
            )
        }
    });
}

/// Says of each write of a kind that it is not known to be small.
pub(super) fn said(
    moment: &Moment<'_>,
    report: &mut Report<'_>,
    kind: WriteKind,
    message: impl Fn(&RowWrite, &QName) -> String,
) {
    let writes = moment.row_writes().into_iter();
    for write in writes.filter(|write| write.kind == kind && !write.few) {
        let finding = report.finding(message(&write, &write.table));
        finding.at(moment.span(&write.node));
        finding
            .note("each row stays locked until the transaction ends, and leaves a dead one behind");
        if let Some(size) = size(moment, &write.table) {
            finding.note(size);
        }
    }
}
