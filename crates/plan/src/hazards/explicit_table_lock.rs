//! `LOCK TABLE`.

use segue_catalog::QName;
use squawk_syntax::ast;

use crate::{Class, Example, Judge, LockMode, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "explicit-table-lock",
    title: "a table is locked by hand, against those who use it",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "LOCK TABLE in a mode of SHARE or more (ACCESS EXCLUSIVE where none is said) on a table in use, unless a later statement of the \
              transaction takes a lock as strong anyway and no long work follows. LOCK TABLE outside of a transaction is refused.",
    harm: "Writes, and with ACCESS EXCLUSIVE reads too, wait from here to the end of the transaction; while it waits itself, everybody waits \
           behind it.",
    remedy: "leave the lock to the statement that needs it, or take the weakest mode that will do, as late as possible, with a lock_timeout",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-lock.html",
        "https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT count(*) FROM users; COMMIT;",
    },
    good: Example {
        schema: USERS,
        sql: "BEGIN; LOCK TABLE users IN ROW SHARE MODE; COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::Lock(_)) = moment.statement() else {
        return;
    };
    if moment.line().transaction.is_none() {
        report
            .finding("LOCK TABLE is refused outside of a transaction: the lock would end with the statement")
            .help("put it and what it is for between BEGIN and COMMIT");
        return;
    }
    for (table, &mode) in &moment.effect().locks {
        if !mode.blocks_writes() || !moment.is_in_use(table) {
            continue;
        }
        if !moment.before().tables.contains_key(table) || is_taken_anyway(moment, table, mode) {
            continue;
        }
        let who = mode.blocked().unwrap_or("nobody");
        report
            .finding(format!(
                "{who} of {table} wait from here to the end of the transaction"
            ))
            .note(format!("{mode} on {table}"));
    }
}

/// Whether the transaction takes a lock as strong by what it does, and has nothing long to do.
fn is_taken_anyway(moment: &Moment<'_>, table: &QName, mode: LockMode) -> bool {
    let transaction = moment.line().transaction;
    let later = moment
        .later()
        .iter()
        .zip(&moment.effects[moment.index() + 1..]);
    let later: Vec<_> = later
        .filter(|(line, _)| line.transaction == transaction)
        .map(|(_, effect)| effect)
        .collect();
    let takes = later
        .iter()
        .any(|effect| effect.lock_on(table).is_some_and(|own| own >= mode));
    let mut work = later.iter().flat_map(|effect| &effect.work);
    takes && !work.any(|work| moment.is_heavy(&work.table))
}
