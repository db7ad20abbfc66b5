//! Statements that cannot run in a transaction, in one.

use segue_sql::Kind;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "concurrently-in-transaction",
    title: "a statement that cannot run in a transaction is in one",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION with CONCURRENTLY, VACUUM, or another statement that commits by \
              itself, between BEGIN and COMMIT, or in a migration that runs in a transaction.",
    harm: "The statement fails (25001), and its transaction with it.",
    remedy: "move the statement into a migration of its own that does not run in a transaction",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
        "PreventInTransactionBlock, src/backend/access/transam/xact.c",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "BEGIN;\nCREATE INDEX CONCURRENTLY users_email ON users (email);\nCOMMIT;",
    },
    good: Example {
        schema: USERS,
        sql: "CREATE INDEX CONCURRENTLY users_email ON users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let line = moment.line();
    if let (Kind::OutsideTransaction(what), Some(_)) = (&line.kind, line.transaction) {
        report.finding(format!("{what} fails: it cannot run in a transaction"));
    }
}
