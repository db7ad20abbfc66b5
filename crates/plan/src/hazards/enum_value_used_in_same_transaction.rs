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
    if moment.line().transaction.is_none() {
        return;
    }
    for change in moment.changes() {
        let Change::Type {
            name,
            change: TypeChange::AddValue { value, .. },
        } = change
        else {
            continue;
        };
        if moment.major() >= 17 && is_made_here(moment, name) {
            continue;
        }
        let first = moment.index() + 1;
        for index in first..first + moment.later().len() {
            let line = &moment.script().lines[index];
            if line.transaction != moment.line().transaction {
                break;
            }
            let text = &moment.script().source.text[line.span.clone()];
            let statement = segue_catalog::parse(text).tree().stmts().next();
            let then = Moment {
                index,
                line,
                statement: statement.as_ref(),
                ..*moment
            };
            if let Some(node) = uses::find(&then, name, value) {
                let message = format!(
                    "the server refuses '{value}' of {name} until the transaction that adds it has committed"
                );
                let finding = report.finding(message);
                finding.at(then.span(&node));
                finding.statement = Some(index);
            }
        }
    }
}

/// Whether the transaction has made the type itself.
fn is_made_here(moment: &Moment<'_>, name: &QName) -> bool {
    let mut earlier = moment.earlier_in_transaction();
    earlier.any(|(line, _)| {
        let mut changes = line.changes.iter();
        changes.any(|change| {
            matches!(change, Change::Create(object) if object.reference() == ObjectRef::Type(name.clone()))
        })
    })
}
