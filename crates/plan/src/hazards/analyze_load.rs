//! `ANALYZE` of large tables.

use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::USERS};

pub(super) static RULE: Rule = Rule {
    id: "analyze-load",
    title: "a large table is sampled within a transaction that holds locks",
    class: Class::Cost,
    severity: Severity::Info,
    trigger: "ANALYZE of a large table in a transaction that has locked a table in use against writes; ANALYZE of all tables.",
    harm: "ANALYZE itself blocks neither reads nor writes, but it reads thousands of pages, and what the transaction has locked stays locked \
           meanwhile.",
    remedy: "ANALYZE in a transaction of its own, only the tables and columns that have changed, when there is little to do",
    sources: &["https://www.postgresql.org/docs/current/sql-analyze.html"],
    since: None,
    until: None,
    bad: Example {
        schema: USERS,
        sql: "BEGIN; ALTER TABLE users ADD COLUMN handle text; ANALYZE users; COMMIT;",
    },
    good: Example {
        schema: USERS,
        sql: "ALTER TABLE users ADD COLUMN handle text; ANALYZE users (email);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::Analyze(analyze)) = moment.statement() else {
        return;
    };
    if analyze.table_and_columns_list().is_none() {
        report.finding("every table of the database is sampled");
        return;
    }
    let tables = moment.effect().locks.keys();
    let Some(large) = tables.into_iter().find(|table| moment.is_heavy(table)) else {
        return;
    };
    let earlier = moment.earlier_in_transaction();
    let mut locks = earlier.flat_map(|(_, effect)| &effect.locks);
    let blocked = locks.find(|(table, mode)| mode.blocks_writes() && moment.is_in_use(table));
    if let Some((table, mode)) = blocked {
        report
            .finding(format!("{table} stays locked while {large} is sampled"))
            .note(format!(
                "{mode} on {table}, held since an earlier statement of the same transaction"
            ));
    }
}
