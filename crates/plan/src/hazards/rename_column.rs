//! `RENAME COLUMN`.

use segue_catalog::{Catalog, Change, Name, ObjectRef, QName};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, moment::columns};

pub(super) static RULE: Rule = Rule {
    id: "rename-column",
    title: "a column that the running app uses gets another name",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "RENAME COLUMN of a table or view that was there before the run. Not of a column that the same run has added, and \
              not where the same transaction puts a column of the old name and type in its place.",
    harm: "The lock is short, but every query of the running app that names the column fails until the new app is everywhere, and \
           the new app's queries fail until the statement has run.",
    remedy: "add a column of the new name, write both, copy the old values in batches, let the app read the new one, and drop the \
             old one in a later migration",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-RENAME",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users RENAME COLUMN nick TO handle;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users ADD COLUMN handle text;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::Rename {
            object: ObjectRef::Column(of, column),
            to,
        } = change
        else {
            continue;
        };
        // a column of a relation with another name than the app knows is a matter of whoever renamed that
        let is_known = |catalog: &Catalog| has(catalog, of, column);
        let is_new = moment.is_new(&ObjectRef::Column(of.clone(), column.clone()));
        if is_new || !is_known(moment.known()) || is_served(moment, of, column) {
            continue;
        }
        let message = format!(
            "the running app still uses {of}.{column}, which is called {to} from this moment: its queries fail"
        );
        let is_back = has(moment.in_the_end(), of, column);
        let finding = report.finding(message);
        if is_back {
            finding
                .note("a later statement makes a column of the old name: until then, queries fail");
        }
        if moment.seems_unused(of) && moment.before().tables.contains_key(of) {
            finding.at_most(Severity::Warning);
        }
    }
}

fn has(catalog: &Catalog, of: &QName, column: &Name) -> bool {
    columns(catalog, of).is_some_and(|columns| columns.contains(column))
}

/// Whether the transaction leaves a column of the old name that can be read and written as the old one.
fn is_served(moment: &Moment<'_>, of: &QName, column: &Name) -> bool {
    let settled = moment.settled();
    let Some(table) = settled.tables.get(of) else {
        return has(settled, of, column);
    };
    let old = moment.before().tables.get(of);
    let old = old.and_then(|table| table.column(column));
    match (old, table.column(column)) {
        (Some(old), Some(new)) => old.data_type == new.data_type && new.generated.is_none(),
        _ => false,
    }
}
