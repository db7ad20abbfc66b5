//! `CREATE INDEX` without `CONCURRENTLY`.

use segue_catalog::{Change, Object};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, WorkKind};

pub(super) static RULE: Rule = Rule {
    id: "index-not-concurrent",
    title: "an index is built while nobody can write",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "CREATE INDEX or CREATE UNIQUE INDEX without CONCURRENTLY on a table that is large or in use. Not on a table that the \
              same run has made, and not on the empty parent of partitions (ON ONLY).",
    harm: "SHARE lock on the table: INSERT, UPDATE and DELETE wait until the whole table is read and the index is built.",
    remedy: "write CREATE INDEX CONCURRENTLY, in a migration that does not run in a transaction",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
                 INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "CREATE INDEX users_email ON users (email);",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, email text);
                 INSERT INTO users SELECT g, 'a' || g FROM generate_series(1, 20000) g;",
        sql: "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let is_index = |change: &Change| matches!(change, Change::Create(object) if matches!(**object, Object::Index(..)));
    if !moment.changes().iter().any(is_index) {
        return;
    }
    let built = moment.effect().work_of(WorkKind::Build);
    if let Some(built) = built.into_iter().find(|work| moment.is_heavy(&work.table)) {
        report.finding(format!(
            "nobody can write to {} until its index is built",
            built.table
        ));
    }
}
