//! `BEGIN` within a transaction, `COMMIT` and the like outside of one.

use segue_sql::Kind;
use squawk_syntax::ast;

use super::uncommitted_transaction::chains;
use crate::{Class, Example, Judge, Moment, Origin, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "transaction-nesting",
    title: "a transaction is begun within one, or ended where there is none",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "BEGIN while a transaction that the script has begun is open; COMMIT, ROLLBACK or END where none is; SAVEPOINT, RELEASE or \
              ROLLBACK TO outside of any.",
    harm: "Transactions do not nest: the inner BEGIN does nothing but warn, and the first COMMIT ends everything, so that what follows runs \
           outside of a transaction. Where a tool has opened one around the file, COMMIT ends that. SAVEPOINT outside of one fails.",
    remedy: "use one BEGIN and one COMMIT; a part that may fail alone is a SAVEPOINT",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-begin.html",
        "https://www.postgresql.org/docs/current/sql-commit.html",
        "https://www.postgresql.org/docs/current/sql-savepoint.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "BEGIN; BEGIN; CREATE TABLE users (id bigint PRIMARY KEY); COMMIT;",
    },
    good: Example {
        schema: "",
        sql: "BEGIN; SAVEPOINT before; CREATE TABLE users (id bigint PRIMARY KEY); RELEASE before; COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    // around a migration its tool may have opened one: whoever runs it knows
    let is_alone = moment.script().origin == Origin::Loose;
    match &moment.line().kind {
        Kind::Begin if is_open(moment) => {
            report.finding(
                "a transaction is open already: this BEGIN does nothing, and the next COMMIT ends everything",
            );
        }
        Kind::Commit | Kind::Rollback | Kind::PrepareTransaction
            if is_alone && !is_open(moment) =>
        {
            report.finding(
                "there is no transaction to end here: each statement before it has been committed by itself",
            );
        }
        Kind::Plain if moment.line().transaction.is_none() => {
            if let Some(what) = savepoint(moment.statement()) {
                report.finding(format!("{what} fails outside of a transaction"));
            }
        }
        _ => {}
    }
}

/// Whether the script has begun a transaction that is open before the statement.
fn is_open(moment: &Moment<'_>) -> bool {
    let mut is_open = false;
    for line in moment.earlier() {
        match line.kind {
            Kind::Begin => is_open = true,
            Kind::Commit | Kind::Rollback => is_open = is_open && chains(moment, line),
            Kind::PrepareTransaction => is_open = false,
            _ => {}
        }
    }
    is_open
}

fn savepoint(statement: Option<&ast::Stmt>) -> Option<&'static str> {
    match statement? {
        ast::Stmt::SavepointCreate(_) => Some("SAVEPOINT"),
        ast::Stmt::ReleaseSavepoint(_) => Some("RELEASE SAVEPOINT"),
        ast::Stmt::Rollback(_) => Some("ROLLBACK TO SAVEPOINT"),
        _ => None,
    }
}
