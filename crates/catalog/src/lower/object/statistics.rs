//! `CREATE`, `ALTER` and `DROP STATISTICS` (sql-createstatistics.html).

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Change, Name, Object, ObjectRef, QName, choose,
    lower::{Context, expression, names},
    model::{IndexTerm, Statistics},
};

/// `CREATE STATISTICS`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateStatistics) {
    let Some(on) = statement
        .from_table()
        .and_then(|from| from.table_name_ref())
    else {
        return;
    };
    let Some(table) = context.table(&on) else {
        return;
    };
    let expressions: Vec<ast::Expr> = statement
        .statistics_on_clause()
        .into_iter()
        .flat_map(|clause| clause.exprs())
        .collect();
    let name = match statement.statistics() {
        Some(node) => match context.new_name(&node) {
            Some(name) => name,
            None => return,
        },
        None => chosen_name(context, &table, &expressions),
    };
    if context.catalog.statistics.contains_key(&name) {
        if statement.if_not_exists().is_some() {
            return context.emit(Change::Nothing);
        }
        let message = format!(
            "statistics object \"{}\" already exists",
            name.name.as_str()
        );
        return context.problem(statement.syntax(), message);
    }
    let terms = terms(context, &table, &expressions);
    let kinds = kinds(statement.stat_types(), &terms);
    let statistics = Statistics {
        table,
        kinds,
        terms,
        target: None,
        owner: lifecycle::owner(context),
        comment: None,
    };
    let object = Object::Statistics(name, statistics);
    context.emit(Change::Create(Box::new(object)));
}

fn column_of(expr: &ast::Expr) -> Option<Name> {
    match expr {
        ast::Expr::NameRef(name) => Some(names::name(name)),
        _ => None,
    }
}

/// Columns in the table's order, then expressions.
fn terms(context: &Context<'_>, table: &QName, written: &[ast::Expr]) -> Vec<IndexTerm> {
    let columns: Vec<Name> = written.iter().filter_map(column_of).collect();
    let of_table = context.catalog.tables.get(table);
    let of_table = of_table.into_iter().flat_map(|table| table.columns.iter());
    let in_order = of_table.filter(|column| columns.contains(&column.name));
    let expressions = written.iter().filter(|expr| column_of(expr).is_none());
    in_order
        .map(|column| IndexTerm::Column(column.name.clone()))
        .chain(expressions.map(|expr| IndexTerm::Expression(expression::expr(expr))))
        .collect()
}

/// The kinds that are listed, or all of them; a single expression has none of its own.
fn kinds(written: Option<ast::StatTypes>, terms: &[IndexTerm]) -> BTreeSet<String> {
    let listed: BTreeSet<String> = written
        .into_iter()
        .flat_map(|list| list.statistics_kinds())
        .map(|kind| names::name(&kind).as_str().to_owned())
        .collect();
    if !listed.is_empty() || matches!(terms, [IndexTerm::Expression(_)]) {
        return listed;
    }
    let all = ["ndistinct", "dependencies", "mcv"];
    all.map(str::to_owned).into()
}

/// The name that the server chooses (`ChooseExtendedStatisticName` in `statscmds.c`), in the table's schema.
fn chosen_name(context: &Context<'_>, table: &QName, written: &[ast::Expr]) -> QName {
    choose::statistics(&context.catalog, table, written.iter().map(column_of))
}

/// `ALTER STATISTICS`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterStatistics) {
    let found = statement
        .statistics_ref()
        .and_then(|node| find(context, &node, false));
    let (Some(object), Some(action)) = (found, statement.action()) else {
        return;
    };
    match action {
        ast::AlterStatisticsAction::OwnerTo(to) => lifecycle::set_owner(context, object, &to),
        ast::AlterStatisticsAction::SetSchema(to) => lifecycle::set_schema(context, object, &to),
        ast::AlterStatisticsAction::StatisticsRenameTo(to) => {
            lifecycle::rename(context, object, to.statistics());
        }
        ast::AlterStatisticsAction::SetStatistics(set) => {
            let target = set.expr().and_then(|expr| expression::integer(&expr));
            let target = target.and_then(|target| i32::try_from(target).ok());
            if let ObjectRef::Statistics(statistics) = object {
                context.emit(Change::StatisticsTarget {
                    statistics,
                    target: target.filter(|target| *target >= 0),
                });
            }
        }
    }
}

/// `DROP STATISTICS`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropStatistics) {
    lifecycle::drop(
        context,
        statement.statistics_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The statistics that are named.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::StatisticsRef,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let written = names::written(node);
    let schemas = match &written.schema {
        Some(schema) => vec![schema.clone()],
        None => context.search_path(),
    };
    let found = schemas.into_iter().find_map(|schema| {
        let name = QName::new(schema, written.name.clone());
        context
            .catalog
            .statistics
            .contains_key(&name)
            .then_some(name)
    });
    if found.is_none() && !missing_ok {
        let message = format!("statistics object \"{written}\" does not exist");
        context.problem(node.syntax(), message);
    }
    found.map(ObjectRef::Statistics)
}
