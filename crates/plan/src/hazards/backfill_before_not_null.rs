//! `SET NOT NULL` behind an `UPDATE` that fills the column.

use segue_catalog::{Name, QName, TableChange};
use squawk_syntax::ast::{self, AstNode};

use crate::{
    Class, Example, Judge, Line, Moment, Report, Rule, Severity, WorkKind, example::USERS, written,
};

pub(super) static RULE: Rule = Rule {
    id: "backfill-before-not-null",
    title: "a column is filled and set NOT NULL in one migration",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "SET NOT NULL of a column of a large table that an UPDATE of the same migration has filled, where no validated CHECK proves it.",
    harm: "After the long UPDATE all rows are read once more, with ACCESS EXCLUSIVE. Rows that the running app writes without a value between \
           the two make the statement fail.",
    remedy: "give the column a DEFAULT for new rows, fill the old ones in batches, then ADD CHECK (… IS NOT NULL) NOT VALID, VALIDATE and SET \
             NOT NULL in later steps",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "UPDATE users SET nick = '' WHERE nick IS NULL; ALTER TABLE users ALTER COLUMN nick SET NOT NULL;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_nick CHECK (nick IS NOT NULL) NOT VALID;
              ALTER TABLE users VALIDATE CONSTRAINT users_nick;
              ALTER TABLE users ALTER COLUMN nick SET NOT NULL;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (table, change) in moment.table_changes() {
        let TableChange::SetNotNull { column, .. } = change else {
            continue;
        };
        let mut scans = moment.effect().work_of(WorkKind::Scan);
        if !moment.is_heavy(table) || !scans.any(|scan| scan.table == *table) {
            continue;
        }
        let mut earlier = moment.earlier().iter();
        if earlier.any(|line| fills(moment, line, table, column)) {
            report.finding(format!(
                "{table}.{column} is filled and read once more: rows that the running app writes between the two make this fail"
            ));
        }
    }
}

/// Whether a statement is an UPDATE that sets the column.
fn fills(moment: &Moment<'_>, line: &Line, table: &QName, column: &Name) -> bool {
    let updates = line.changes.iter().any(|change| {
        matches!(change, segue_catalog::Change::Data { statement: "UPDATE", table: Some(of) } if of == table)
    });
    if !updates {
        return false;
    }
    let text = &moment.script().source.text[line.span.clone()];
    let tree = segue_catalog::parse(text).tree();
    let mut targets = tree
        .syntax()
        .descendants()
        .filter_map(ast::ColumnTarget::cast);
    targets.any(|target| {
        target
            .name()
            .is_some_and(|name| written::name(&name) == *column)
    })
}
