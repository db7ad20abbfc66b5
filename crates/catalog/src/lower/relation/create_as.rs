//! `CREATE TABLE … AS` and `SELECT … INTO`: the columns follow from the query, as far as that can be told.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, names},
    create,
    query_columns::{self, Need},
};
use crate::{
    Change, Name, Object,
    model::{Persistence, Table},
};

/// `CREATE TABLE … AS`.
pub(super) fn table_as(context: &mut Context<'_>, statement: &ast::CreateTableAs) -> Option<()> {
    let node = statement.table_name()?;
    let persistence = super::persistence(statement.persistence());
    let if_not_exists = statement.if_not_exists().is_some();
    let name = super::new_relation(context, &node, persistence, if_not_exists)?;
    let select = match statement.query()? {
        ast::CreateTableAsQuery::SelectVariant(select) => Some(select),
        ast::CreateTableAsQuery::Execute(_) => None,
    };
    let need = need(persistence);
    let columns = select.and_then(|select| query_columns::of(context, &select, need));
    let Some(columns) = columns else {
        context.unknown("a table whose columns follow from a query");
        return None;
    };
    let mut table = Table::new(columns);
    let list = statement.table_arg_list();
    let given = list.into_iter().flat_map(|list| list.args());
    let given: Vec<Name> = given
        .filter_map(|arg| match arg {
            ast::TableArg::Column(column) => Some(names::name(&column.name()?)),
            _ => None,
        })
        .collect();
    if given.len() > table.columns.len() {
        context.problem(node.syntax(), "too many column names were specified");
        return None;
    }
    for (column, given) in table.columns.iter_mut().zip(given) {
        column.name = given;
    }
    table.persistence = super::persistence_in(&name, persistence);
    table.owner.clone_from(&context.session.role);
    table.tablespace = super::tablespace(context, statement.tablespace_clause());
    table.access_method = super::access_method(context, statement.using_method());
    table.parameters = create::parameters(statement.table_params());
    context.emit(Change::Create(Box::new(Object::Table(name, table))));
    Some(())
}

fn need(persistence: Persistence) -> Need {
    match persistence {
        Persistence::Temporary => Need::Some,
        Persistence::Permanent | Persistence::Unlogged => Need::All,
    }
}

/// `SELECT … INTO table`.
pub(super) fn select_into(context: &mut Context<'_>, statement: &ast::SelectInto) -> Option<()> {
    let into = statement.into_clause()?;
    let node = into.table_name()?;
    let persistence: Persistence = super::persistence(into.persistence());
    let name = super::new_relation(context, &node, persistence, false)?;
    let targets = statement.select_clause();
    let columns = query_columns::of_parts(
        context,
        statement.with_clause().is_some(),
        targets.and_then(|clause| clause.target_list()),
        statement.from_clause(),
        need(persistence),
    );
    let Some(columns) = columns else {
        context.unknown("a table whose columns follow from a query");
        return None;
    };
    let mut table = Table::new(columns);
    table.persistence = super::persistence_in(&name, persistence);
    table.owner.clone_from(&context.session.role);
    table
        .tablespace
        .clone_from(&context.session.default_tablespace);
    table.access_method = super::access_method(context, None);
    context.emit(Change::Create(Box::new(Object::Table(name, table))));
    Some(())
}
