//! `DELETE` of many rows at once.

use segue_catalog::{
    QName,
    model::{ConstraintKind, ReferentialAction},
};

use super::unbatched_update;
use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, bounded::WriteKind, moment::listed,
};

pub(super) static RULE: Rule = Rule {
    id: "unbatched-delete",
    title: "many rows are deleted in one transaction",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "DELETE (also within WITH, and by MERGE) from a table that is large or whose size is not known, if nothing shows that only a \
              few rows are deleted: no key that is pinned, no join with a small table, no limit. Not from a table that the same run has \
              made and filled row by row.",
    harm: "Every row that goes stays locked until the transaction ends, and so do the rows that foreign keys take along or look up; VACUUM \
           cleans up nothing while it lasts. The rows are lost.",
    remedy: "delete in batches by key, some thousand rows each, with a commit between them, outside of the migration's transaction; whole \
             partitions can be detached and dropped instead",
    sources: &[
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-ROWS",
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
                 INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "DELETE FROM users WHERE score < 5;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);
                 INSERT INTO users SELECT g, g FROM generate_series(1, 20000) g;",
        sql: "DELETE FROM users WHERE id IN (SELECT id FROM users WHERE score < 5 LIMIT 5000);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    unbatched_update::said(moment, report, WriteKind::Delete, |write, table| {
        let which = if write.all {
            format!("every row of {table} is deleted in one transaction")
        } else {
            format!(
                "all rows of {table} that match are deleted in one transaction, and nothing says that they are few"
            )
        };
        match taken_along(moment, table) {
            Some(others) => format!("{which}, with those of {others} that refer to them"),
            None => which,
        }
    });
}

/// The tables whose rows a foreign key takes along.
fn taken_along(moment: &Moment<'_>, table: &QName) -> Option<String> {
    let cascades = |constraint: &ConstraintKind| {
        matches!(constraint, ConstraintKind::ForeignKey(key)
            if key.references == *table && key.on_delete == ReferentialAction::Cascade)
    };
    let tables = moment.before().tables.iter();
    let tables = tables.filter(|(_, other)| {
        let constraints = other.constraints.values();
        constraints
            .into_iter()
            .any(|constraint| cascades(&constraint.kind))
    });
    let names: Vec<String> = tables.map(|(name, _)| name.to_string()).collect();
    listed(&names)
}
