//! Rows that are read or written while the transaction holds a strong lock.

use segue_catalog::QName;
use squawk_syntax::ast::{self, AstNode};

use crate::{
    Class, Example, Judge, Moment, Report, Rule, Severity, bounded,
    cost::{Cause, Cost},
    example::ORDERS,
};

pub(super) static RULE: Rule = Rule {
    id: "ddl-dml-same-transaction",
    title: "many rows are read or written while an earlier statement keeps a table locked",
    class: Class::Cost,
    severity: Severity::Error,
    trigger: "UPDATE, DELETE, INSERT … SELECT, COPY, CREATE TABLE AS or SELECT that goes through a large table, in a transaction that has \
              locked a table in use before. Not where only a few rows are written: see unbatched-update.",
    harm: "What an earlier statement has locked stays locked until the transaction ends: a lock that is needed for milliseconds lasts as long \
           as the slow statement.",
    remedy: "commit the change of the schema first, and write the rows afterwards, in batches",
    sources: &["https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES"],
    since: None,
    until: None,
    bad: Example {
        schema: ORDERS,
        sql: "BEGIN; ALTER TABLE customers ADD COLUMN note text; UPDATE orders SET status = lower(status); COMMIT;",
    },
    good: Example {
        schema: ORDERS,
        sql: "BEGIN; ALTER TABLE customers ADD COLUMN note text; UPDATE orders SET status = 'old' WHERE id = 1; COMMIT;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    for cost in moment.costs_of(|cause| matches!(cause, Cause::Rows)) {
        if is_short(moment, &cost) {
            continue;
        }
        let (work, blocked) = (cost.work(), &cost.blocked[0]);
        let who = if blocked.lock.blocks_reads() {
            "read or write"
        } else {
            "write to"
        };
        let message = format!(
            "nobody can {who} {} until rows of {} are written",
            blocked.table, work.table
        );
        report.cost(moment, &cost, message);
    }
    if moment.line().transaction.is_some()
        && let Some(table) = read(moment)
    {
        let earlier = moment.earlier_in_transaction();
        let mut locks = earlier.flat_map(|(_, effect)| &effect.locks);
        let locked = locks.find(|(of, mode)| mode.blocks_writes() && moment.is_in_use(of));
        if let Some((of, mode)) = locked {
            let who = mode.blocked().unwrap_or("nobody");
            report
                .finding(format!("{of} stays locked until all of {table} is read"))
                .note(format!("{mode} on {of}, held since an earlier statement of the same transaction: {who} wait"));
        }
    }
}

/// Whether what is written is little, as far as can be told.
fn is_short(moment: &Moment<'_>, cost: &Cost<'_>) -> bool {
    let table = &cost.work().table;
    if bounded::is_small(moment, table) {
        return true;
    }
    let mut writes = moment.row_writes().into_iter().peekable();
    if writes.peek().is_some() {
        return writes.all(|write| write.few);
    }
    match moment.statement() {
        // rows that are written out are few; those of a query are as many as that gives
        Some(ast::Stmt::Insert(insert)) => {
            let source = insert.insert_source();
            source.is_none_or(|source| bounded::gives_few(moment, source.syntax()))
        }
        Some(ast::Stmt::Copy(_)) => false,
        _ => true,
    }
}

/// The large table that a query of its own goes through, where nothing narrows it.
fn read(moment: &Moment<'_>) -> Option<QName> {
    let query = match moment.statement()? {
        ast::Stmt::CreateTableAs(create) => create.syntax(),
        ast::Stmt::CreateMaterializedView(create) => create.syntax(),
        ast::Stmt::Insert(insert) => insert.syntax(),
        ast::Stmt::Select(select) => select.syntax(),
        _ => return None,
    };
    let select = query.descendants().find_map(ast::Select::cast)?;
    if bounded::reads_few(moment, &select) {
        return None;
    }
    let names = select.syntax().descendants();
    let names = names.filter_map(ast::RelationNameRef::cast);
    let mut tables = names.filter_map(|name| moment.relation(&name));
    tables.find(|table| !bounded::is_small(moment, table))
}
