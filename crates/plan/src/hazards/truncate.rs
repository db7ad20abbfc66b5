//! `TRUNCATE`.

use segue_catalog::{Change, QName};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, Weight, cost::size};

pub(super) static RULE: Rule = Rule {
    id: "truncate",
    title: "all rows of a table are thrown away",
    class: Class::Compatibility,
    severity: Severity::Error,
    trigger: "TRUNCATE of a table that was there before the run and is not known to be empty.",
    harm: "The rows are gone. ACCESS EXCLUSIVE on the table until the transaction ends: nobody can read it; and a transaction with an \
           older snapshot finds it empty afterwards.",
    remedy: "DELETE in batches what is not needed any more; where really all rows have to go, say why and acknowledge the finding",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-truncate.html",
        "https://www.postgresql.org/docs/current/mvcc-caveats.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, nick text);
                 INSERT INTO users SELECT g, 'n' || g FROM generate_series(1, 20000) g;",
        sql: "TRUNCATE users;",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE staged (id bigint); INSERT INTO staged VALUES (1); TRUNCATE staged;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for table in truncated(moment) {
        if moment.is_new_relation(table) || moment.weight(table) == Weight::Empty {
            continue;
        }
        let finding = report.finding(format!("all rows of {table} are lost"));
        if moment.is_in_use(table) {
            finding.note(format!(
                "ACCESS EXCLUSIVE on {table}: reads and writes wait until the transaction ends"
            ));
        }
        if let Some(size) = size(moment, table) {
            finding.note(size);
        }
    }
}

/// The tables that a TRUNCATE names.
pub(super) fn truncated<'a>(moment: &Moment<'a>) -> Vec<&'a QName> {
    let changes = moment.changes().iter();
    let tables = changes.filter_map(|change| match change {
        Change::Data {
            statement: "TRUNCATE",
            table,
        } => table.as_ref(),
        _ => None,
    });
    tables.collect()
}
