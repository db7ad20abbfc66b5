//! What cannot be run again when a migration stops half-way.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use crate::{Class, Example, Judge, Moment, Origin, Report, Rule, Severity};

pub(super) static RULE: Rule = Rule {
    id: "non-idempotent-statement",
    title: "a statement fails when the migration is run again after it has stopped half-way",
    class: Class::Process,
    severity: Severity::Info,
    trigger: "CREATE without IF NOT EXISTS or OR REPLACE, DROP or ADD COLUMN without IF [NOT] EXISTS, outside of a transaction, in a \
              migration of several statements. Not CREATE INDEX CONCURRENTLY, where IF NOT EXISTS would keep an invalid index, nor what \
              is dropped IF EXISTS just before.",
    harm: "Each statement is committed by itself. If a later one fails, the migration cannot be run again: this one would fail first.",
    remedy: "run the migration in a transaction, or write IF NOT EXISTS or IF EXISTS",
    sources: &["https://www.postgresql.org/docs/current/sql-createtable.html"],
    since: None,
    until: None,
    bad: Example {
        schema: "",
        sql: "CREATE TABLE users (id bigint PRIMARY KEY); CREATE TABLE orders (id bigint PRIMARY KEY);",
    },
    good: Example {
        schema: "",
        sql: "CREATE TABLE IF NOT EXISTS users (id bigint PRIMARY KEY); CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let script = moment.script();
    let is_alone = script.lines.len() < 2 || moment.line().transaction.is_some();
    if script.origin == Origin::Loose || is_alone {
        return;
    }
    let Some(statement) = moment.statement() else {
        return;
    };
    let guard = match statement {
        ast::Stmt::CreateTable(_)
        | ast::Stmt::CreateTableAs(_)
        | ast::Stmt::CreateSequence(_)
        | ast::Stmt::CreateSchema(_)
        | ast::Stmt::CreateExtension(_)
        | ast::Stmt::CreateMaterializedView(_) => "IF NOT EXISTS",
        ast::Stmt::CreateIndex(index) if index.concurrently_token().is_none() => "IF NOT EXISTS",
        ast::Stmt::CreateView(_) | ast::Stmt::CreateFunction(_) | ast::Stmt::CreateProcedure(_) => {
            "OR REPLACE"
        }
        ast::Stmt::DropTable(_)
        | ast::Stmt::DropIndex(_)
        | ast::Stmt::DropView(_)
        | ast::Stmt::DropMaterializedView(_)
        | ast::Stmt::DropSequence(_)
        | ast::Stmt::DropType(_)
        | ast::Stmt::DropSchema(_)
        | ast::Stmt::DropFunction(_) => "IF EXISTS",
        ast::Stmt::AlterTable(_) if moment.first::<ast::AddColumn>().is_some() => "IF NOT EXISTS",
        _ => return,
    };
    if is_guarded(moment) || is_dropped_before(moment) {
        return;
    }
    report.finding(format!(
        "without {guard} it fails when the migration is run again"
    ));
}

fn is_guarded(moment: &Moment<'_>) -> bool {
    let tokens = moment.statement().into_iter();
    let tokens = tokens.flat_map(|statement| statement.syntax().descendants_with_tokens());
    let mut kinds = tokens.map(|element| element.kind());
    kinds.any(|kind| matches!(kind, SyntaxKind::IF_KW | SyntaxKind::REPLACE_KW))
}

/// Whether the statement before has made room with `IF EXISTS`.
fn is_dropped_before(moment: &Moment<'_>) -> bool {
    let Some(before) = moment.earlier().last() else {
        return false;
    };
    let text = moment.script().source.text[before.span.clone()].to_ascii_lowercase();
    text.starts_with("drop") && text.contains("if exists")
}
