//! `SET SCHEMA`.

use segue_catalog::{Catalog, Change, ObjectRef, QName};

use super::rename_table;
use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "set-schema",
    title: "an object that the running app uses moves to another schema",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "SET SCHEMA of a table, view, sequence, type, function or extension that was there before the run. Not where the same \
              transaction leaves something of the old name that serves as well.",
    harm: "The lock is short, but every query of the running app that finds the object by its schema, or by a search_path without \
           the new schema, fails.",
    remedy: "move it and make a view (for tables) or another object of the old name in one transaction, or put the new schema into \
             the search_path of the app's role first",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-SCHEMA",
        "https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE SCHEMA archive;
                 CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "ALTER TABLE users SET SCHEMA archive;",
    },
    good: Example {
        schema: "CREATE SCHEMA archive;
                 CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "BEGIN;
              ALTER TABLE users SET SCHEMA archive;
              CREATE VIEW users AS SELECT id, nick FROM archive.users;
              COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for change in moment.changes() {
        let Change::SetSchema { object, schema } = change else {
            continue;
        };
        match object {
            ObjectRef::Table(old) | ObjectRef::View(old) => {
                let new = QName::new(schema.clone(), old.name.clone());
                rename_table::moved(moment, report, old, &new);
            }
            ObjectRef::Sequence(_)
            | ObjectRef::Type(_)
            | ObjectRef::Routine(_)
            | ObjectRef::Extension(_) => {
                if moment.is_new(object) || is_there(moment.settled(), object) {
                    continue;
                }
                report
                    .finding(format!(
                        "the running app no longer finds {object}, unless {schema} is in its search_path"
                    ))
                    .at_most(Severity::Warning);
            }
            _ => {}
        }
    }
}

/// Whether there is an object of this name.
pub(super) fn is_there(catalog: &Catalog, object: &ObjectRef) -> bool {
    matches!(
        object,
        ObjectRef::Sequence(_) | ObjectRef::Type(_) | ObjectRef::Routine(_)
    ) && catalog.has(object)
}
