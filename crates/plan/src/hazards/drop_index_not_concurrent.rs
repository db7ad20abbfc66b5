//! `DROP INDEX` without `CONCURRENTLY`.

use segue_catalog::{Change, ObjectRef, model::TableKind};
use squawk_syntax::ast;

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, example::INDEXED_USERS, fix};

pub(super) static RULE: Rule = Rule {
    id: "drop-index-not-concurrent",
    title: "dropping an index waits for every query on its table, and all others wait behind it",
    class: Class::Cost,
    severity: Severity::Warning,
    trigger: "DROP INDEX without CONCURRENTLY on a table that is large or in use. Not where there is no such index, and not of a \
              partitioned table, whose indexes cannot be dropped concurrently.",
    harm: "ACCESS EXCLUSIVE lock on the table: reads and writes wait for the DROP, which waits for the longest query that is running \
           on the table; within a transaction they wait until it ends.",
    remedy: "write DROP INDEX CONCURRENTLY, in a migration that does not run in a transaction",
    sources: &["https://www.postgresql.org/docs/current/sql-dropindex.html"],
    since: None,
    until: None,
    bad: Example {
        schema: INDEXED_USERS,
        sql: "DROP INDEX users_email;",
    },
    good: Example {
        schema: INDEXED_USERS,
        sql: "DROP INDEX CONCURRENTLY users_email;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(ast::Stmt::DropIndex(drop)) = moment.statement() else {
        return;
    };
    if drop.concurrently_token().is_some() {
        return;
    }
    let dropped = moment.changes().iter().find_map(|change| match change {
        Change::Drop {
            object: ObjectRef::Index(name),
            ..
        } => {
            let table = &moment.before().indexes.get(name)?.table;
            let kind = &moment.before().tables.get(table)?.kind;
            let counts = *kind == TableKind::Plain && moment.is_in_use(table);
            (counts && !moment.is_new_relation(name)).then_some((name, table))
        }
        _ => None,
    });
    if let Some((name, table)) = dropped {
        let finding = report.finding(format!(
            "reads and writes of {table} wait until index {name} is dropped"
        ));
        finding.note(format!(
            "ACCESS EXCLUSIVE on {table}: the DROP waits for every query that is running on it, and all later ones wait for the DROP"
        ));
        finding.fix = fix::drop_concurrently(moment);
    }
}
