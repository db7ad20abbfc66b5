//! Statements about rows. The schema stays, unless a function that they call does more than read.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, names},
    calls, settings,
};
use crate::{Change, QName, catalog::Relation};

/// Lowers a statement about rows; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Select(select) => self::select(context, select),
        ast::Stmt::CompoundSelect(it) => read(context, it, "SELECT"),
        ast::Stmt::ParenSelect(it) => read(context, it, "SELECT"),
        ast::Stmt::Table(it) => read(context, it, "TABLE"),
        ast::Stmt::Values(it) => read(context, it, "VALUES"),
        ast::Stmt::Declare(it) => read(context, it, "DECLARE"),
        ast::Stmt::Explain(it) => explain(context, it),
        ast::Stmt::Insert(it) => write(context, it, "INSERT", it.relation_name_ref()),
        ast::Stmt::Update(it) => {
            let target = it.relation_name().and_then(|name| name.relation_name_ref());
            write(context, it, "UPDATE", target);
        }
        ast::Stmt::Delete(it) => {
            let target = it.relation_name().and_then(|name| name.relation_name_ref());
            write(context, it, "DELETE", target);
        }
        ast::Stmt::Merge(it) => {
            let target = it
                .table_relation_name()
                .and_then(|name| name.table_name_ref());
            write(context, it, "MERGE", target);
        }
        ast::Stmt::Copy(it) => {
            let target = it.copy_table().and_then(|table| table.table_name_ref());
            write(context, it, "COPY", target);
        }
        ast::Stmt::Truncate(it) => truncate(context, it),
        ast::Stmt::Call(it) => calls::call(context, it),
        ast::Stmt::Execute(_) => context.unknown("a prepared statement"),
        _ => return false,
    }
    true
}

/// A query; `SELECT set_config('search_path', …)` is a SET in disguise.
fn select(context: &mut Context<'_>, select: &ast::Select) {
    let list = select
        .select_clause()
        .and_then(|clause| clause.target_list());
    let targets: Vec<ast::Target> = list
        .map(|list| list.targets().collect())
        .unwrap_or_default();
    let mut changes = Vec::new();
    for target in &targets {
        let Some(ast::Expr::CallExpr(call)) = target.expr() else {
            continue;
        };
        if calls::name(&call).is_some_and(|name| name.name == "set_config") {
            let arguments = call.arg_list();
            let arguments = arguments.into_iter().flat_map(|list| list.args());
            let arguments: Vec<ast::Expr> = arguments.filter_map(|arg| arg.expr()).collect();
            changes.extend(settings::set_config(context, &arguments));
        }
    }
    if changes.is_empty() || select.from_clause().is_some() {
        return read(context, select, "SELECT");
    }
    for change in changes {
        settings::emit(context, change);
    }
}

fn read(context: &mut Context<'_>, node: &impl AstNode, statement: &'static str) {
    if calls::check(context, node.syntax()) {
        context.emit(Change::Data {
            statement,
            table: None,
        });
    }
}

fn explain(context: &mut Context<'_>, explain: &ast::Explain) {
    let text = explain.syntax().text().to_string().to_ascii_lowercase();
    if text.contains("analy") && text.contains("create") {
        return context.unknown("an EXPLAIN ANALYZE that makes something");
    }
    read(context, explain, "EXPLAIN");
}

fn write<N: AstNode>(
    context: &mut Context<'_>,
    node: &impl AstNode,
    statement: &'static str,
    target: Option<N>,
) {
    let table = match &target {
        Some(target) => match self::target(context, target) {
            Ok(table) => table,
            Err(()) => return,
        },
        None => None,
    };
    if calls::check(context, node.syntax()) {
        context.emit(Change::Data { statement, table });
    }
}

/// `pg_class` and its like, which hold the schema itself.
fn is_system_catalog(written: &names::Written) -> bool {
    let schema = written.schema.as_ref();
    written.name.starts_with("pg_") && schema.is_none_or(|schema| *schema == "pg_catalog")
}

/// The table or view that is written; `Err` where it is missing or none that is modelled, which has been told.
fn target(context: &mut Context<'_>, node: &impl AstNode) -> Result<Option<QName>, ()> {
    let written = names::written(node);
    match context.find_relation(&written) {
        None if is_system_catalog(&written) => {
            context.unknown("a system catalog is changed");
            Err(())
        }
        Some((name, Relation::Table | Relation::View)) => Ok(Some(name)),
        Some(_) => Ok(None),
        None if context.is_foreign(&written) => Ok(None),
        None => {
            context.missing_relation(node, "relation", &written);
            Err(())
        }
    }
}

fn truncate(context: &mut Context<'_>, truncate: &ast::Truncate) {
    let list = truncate.table_list();
    let nodes = list
        .into_iter()
        .flat_map(|list| list.table_relation_names());
    for node in nodes.filter_map(|node| node.table_name_ref()) {
        if let Ok(table) = target(context, &node) {
            context.emit(Change::Data {
                statement: "TRUNCATE",
                table,
            });
        }
    }
}
