//! `DROP NOT NULL`.

use segue_catalog::{ObjectRef, TableChange};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "drop-not-null",
    title: "the app that runs may read a NULL where there never was one",
    class: Class::Compatibility,
    severity: Severity::Warning,
    trigger: "DROP NOT NULL on a column that is NOT NULL. Not where the same run has made the column or the table, or drops either.",
    harm: "Once the new app writes NULLs, the app that runs reads them, and fails where its type has no place for them. Undoing it needs \
           a value for every NULL first. ACCESS EXCLUSIVE lock on the table, for a moment.",
    remedy: "deploy an app that can read NULLs first; where the column shall only not be written any more, give it a default instead",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ALTER COLUMN email DROP NOT NULL;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let found = moment.table_changes().find(|(table, change)| {
        let TableChange::DropNotNull(column) = change else {
            return false;
        };
        let known = moment.before().tables.get(*table);
        let was = known.and_then(|table| table.column(column)?.not_null.as_ref());
        let end = moment.end().tables.get(*table);
        let stays = end.and_then(|table| table.column(column));
        let stays = stays.is_some_and(|column| column.not_null.is_none());
        let object = ObjectRef::Column((*table).clone(), column.clone());
        was.is_some() && stays && !moment.is_new(&object)
    });
    if let Some((table, TableChange::DropNotNull(column))) = found {
        report.finding(format!(
            "the app that runs may read a NULL in column {column} of {table}"
        ));
    }
}
