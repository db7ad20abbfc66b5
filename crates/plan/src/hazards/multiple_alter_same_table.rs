//! Several statements that each go through the same table.

use crate::{
    Class, Effect, Example, Judge, Moment, Report, Rule, Severity, Work, WorkKind, example::USERS,
};

pub(super) static RULE: Rule = Rule {
    id: "multiple-alter-same-table",
    title: "a large table is gone through once for each of several ALTER TABLE",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "two ALTER TABLE of one migration that each read or write all rows of the same large table. Not those that change nothing but \
              the catalogs, nor VALIDATE CONSTRAINT.",
    harm: "ACCESS EXCLUSIVE for as many passes as there are statements, where one pass would do.",
    remedy: "put the actions into one ALTER TABLE, separated by commas: all checks are made in one pass, and the table is written once",
    sources: &["https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES"],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN email SET NOT NULL; ALTER TABLE users ALTER COLUMN nick SET NOT NULL;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN a text; ALTER TABLE users ADD COLUMN b text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(table) = moment.table_changes().map(|(table, _)| table).next() else {
        return;
    };
    if !moment.is_heavy(table) || !passes(moment.effect(), table) {
        return;
    }
    let earlier = moment.earlier().iter().zip(moment.effects);
    let mut earlier = earlier;
    let earlier = earlier.find(|(line, effect)| {
        let alters = line.changes.iter().any(|change| {
            matches!(change,
            segue_catalog::Change::Table { table: other, .. } if other == table)
        });
        alters && passes(effect, table)
    });
    if let Some((line, _)) = earlier {
        let number = moment.script().source.text[..line.span.start]
            .matches('\n')
            .count()
            + 1;
        report.finding(format!(
            "all rows of {table} are gone through once more, as by the ALTER TABLE on line {number}"
        ));
    }
}

/// Whether a statement goes through all rows of a table with a lock that keeps others out.
fn passes(effect: &Effect, table: &segue_catalog::QName) -> bool {
    let is_pass = |work: &&Work| {
        work.table == *table && matches!(work.kind, WorkKind::Rewrite | WorkKind::Scan)
    };
    let locked = effect
        .lock_on(table)
        .is_some_and(|mode| mode.blocks_writes());
    locked && effect.work.iter().any(|work| is_pass(&work))
}
