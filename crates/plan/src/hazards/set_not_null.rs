//! `SET NOT NULL` on a column that no check proves.

use segue_catalog::TableChange;

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, cost::Cause, example::USERS, fix,
};

pub(super) static RULE: Rule = Rule {
    id: "set-not-null",
    title: "a whole table is searched for NULLs while nobody can read or write it",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "SET NOT NULL on a column of a table that is large or in use, where no valid CHECK of the table proves that it holds no \
              NULL: a CHECK that says so, alone or joined by AND. Not where the column is NOT NULL already.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait until all rows have been read. Where a row holds NULL it fails \
           (23502).",
    remedy: "ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID; then, in a transaction of its own, VALIDATE CONSTRAINT; then SET NOT \
             NULL, which goes by the check; then DROP CONSTRAINT. From PostgreSQL 18 on ADD CONSTRAINT … NOT NULL … NOT VALID does it",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",
        "NotNullImpliedByRelConstraints, src/backend/commands/tablecmds.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN email SET NOT NULL;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD CONSTRAINT users_email_is_set CHECK (email IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_email_is_set;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_email_is_set;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::NotNull(_))) {
        let (Cause::NotNull(column), true) = (cost.cause, cost.is_own()) else {
            continue;
        };
        let table = &cost.work().table;
        let message = format!(
            "nobody can read or write {table} until all its rows are searched for a NULL in {column}"
        );
        report.cost(moment, &cost, message).fix = fix::not_null_by_check(moment);
    }
    for (table, change) in moment.table_changes() {
        let TableChange::SetNotNull { column, .. } = change else {
            continue;
        };
        let facts = moment.facts().tables.get(table);
        let Some(facts) = facts.filter(|facts| facts.nulls.contains(column)) else {
            continue;
        };
        if !moment.is_new_relation(table) && !moment.has_changed_rows_of(table) {
            let whose = format!("column {column} of {table}");
            report.finding(facts.fails(&whose, "holds NULLs", "held NULLs"));
        }
    }
}
