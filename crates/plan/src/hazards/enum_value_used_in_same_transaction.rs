//! `ADD VALUE`, and the value used before it is committed.

mod uses;

use segue_catalog::{Change, ObjectRef, QName, TypeChange};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "enum-value-used-in-same-transaction",
    title: "a new value of an enum is used in the transaction that adds it",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "a statement that writes, compares or has as a default a value that an earlier statement of the same transaction has added by \
              ALTER TYPE … ADD VALUE. From PostgreSQL 17 on not where the same transaction has made the type.",
    harm: "The server refuses the statement: unsafe use of new value of enum type. The transaction is rolled back.",
    remedy: "commit the ADD VALUE first: put it into a migration of its own, before the one that uses the value",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES",
        "src/backend/utils/adt/enum.c: check_safe_enum_use",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE people (id bigint PRIMARY KEY, mood mood);",
        sql: "BEGIN;
              ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy';
              INSERT INTO people VALUES (1, 'calm');
              COMMIT;",
    },
    good: Example {
        schema: "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE people (id bigint PRIMARY KEY, mood mood);",
        sql: "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy';
              INSERT INTO people VALUES (1, 'calm');",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for (of, value) in added(moment) {
        if let Some(node) = uses::find(moment, &of, &value) {
            report
                .finding(format!(
                    "the server refuses '{value}' of {of} until the transaction that adds it has committed"
                ))
                .at(moment.span(&node));
        }
    }
}

/// The values that the transaction has added and not committed, each with its type's name by now.
fn added(moment: &Moment<'_>) -> Vec<(QName, String)> {
    let mut added: Vec<(QName, String)> = Vec::new();
    let mut made: Vec<QName> = Vec::new();
    for (line, _) in moment.earlier_in_transaction() {
        for change in &line.changes {
            match change {
                Change::Create(object) => {
                    if let ObjectRef::Type(name) = object.reference() {
                        made.push(name);
                    }
                }
                Change::Type {
                    name,
                    change: TypeChange::AddValue { value, .. },
                } if moment.major() < 17 || !made.contains(name) => {
                    added.push((name.clone(), value.clone()));
                }
                Change::Rename {
                    object: ObjectRef::Type(old),
                    to,
                } => {
                    let types = added.iter_mut().map(|(name, _)| name).chain(&mut made);
                    for name in types.filter(|name| *name == old) {
                        *name = old.sibling(to.clone());
                    }
                }
                _ => {}
            }
        }
    }
    added
}
