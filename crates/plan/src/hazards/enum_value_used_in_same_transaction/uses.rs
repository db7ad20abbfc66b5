//! Where a statement makes a value of an enum out of a text.

use segue_catalog::{Catalog, Change, DataType, Name, Object, QName, TableChange};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Moment, written};

/// The text in a statement that is taken as this value of this type.
pub(super) fn find(moment: &Moment<'_>, of: &QName, value: &str) -> Option<SyntaxNode> {
    let statement = moment.statement()?;
    if matches!(
        statement,
        ast::Stmt::CommentOn(_)
            | ast::Stmt::AlterType(_)
            | ast::Stmt::Do(_)
            | ast::Stmt::Prepare(_)
    ) {
        return None;
    }
    let literals = statement
        .syntax()
        .descendants()
        .filter_map(ast::Literal::cast);
    let mut literals = literals.filter(|literal| literal.string_value().as_deref() == Some(value));
    literals
        .find(|literal| is_taken(moment, of, literal.syntax()))
        .map(|literal| literal.syntax().clone())
}

/// Whether a text is taken as a value of the type: what stands nearest to it decides.
fn is_taken(moment: &Moment<'_>, of: &QName, literal: &SyntaxNode) -> bool {
    for node in literal.ancestors().skip(1) {
        if let Some(cast) = ast::CastExpr::cast(node.clone()) {
            return cast.ty().is_some_and(|ty| names(&ty, of));
        }
        if let Some(compared) = compared(&node) {
            let mut columns = compared.into_iter();
            return columns.any(|column| is_of(moment, &column, of));
        }
        if let Some(set) = ast::SetSingleColumn::cast(node.clone()) {
            let column = set.column_target().and_then(|target| target.name());
            return column.is_some_and(|column| is_of(moment, &written::name(&column), of));
        }
        if ast::Row::can_cast(node.kind()) {
            return is_in_row(moment, of, literal, &node);
        }
        if ast::Stmt::can_cast(node.kind()) {
            break;
        }
    }
    is_default(moment, of)
}

/// The columns that a comparison is about; none where it is no comparison.
fn compared(node: &SyntaxNode) -> Option<Vec<Name>> {
    let is_comparison = match ast::BinExpr::cast(node.clone()) {
        Some(binary) => !matches!(
            binary.op(),
            Some(ast::BinOp::And(_) | ast::BinOp::Or(_)) | None
        ),
        None => ast::BetweenExpr::can_cast(node.kind()),
    };
    let names = node.descendants().filter_map(ast::NameRef::cast);
    is_comparison.then(|| names.map(|name| written::name(&name)).collect())
}

/// Whether a type is written that is this one, or an array of it.
fn names(ty: &ast::Type, of: &QName) -> bool {
    written::parts(ty.syntax()).last() == Some(&of.name)
}

/// Whether a table that the statement is about has a column of this name and type.
fn is_of(moment: &Moment<'_>, column: &Name, of: &QName) -> bool {
    let tables = tables(moment).into_iter();
    let mut columns = tables.filter_map(|table| column_type(moment.after(), &table, column));
    columns.any(|data_type| data_type.name == *of)
}

fn column_type(catalog: &Catalog, table: &QName, column: &Name) -> Option<DataType> {
    let found = catalog.tables.get(table)?.column(column)?;
    Some(found.data_type.clone())
}

/// The tables that the statement names.
fn tables(moment: &Moment<'_>) -> Vec<QName> {
    let mut tables: Vec<QName> = moment
        .table_changes()
        .map(|(table, _)| table.clone())
        .collect();
    for change in moment.changes() {
        match change {
            Change::Create(object) => match &**object {
                Object::Table(name, _) => tables.push(name.clone()),
                Object::Index(_, index) => tables.push(index.table.clone()),
                _ => {}
            },
            Change::Data {
                table: Some(table), ..
            } => tables.push(table.clone()),
            _ => {}
        }
    }
    if let Some(statement) = moment.statement() {
        let named = statement.syntax().descendants();
        let named = named.filter_map(ast::RelationNameRef::cast);
        tables.extend(named.filter_map(|name| moment.relation(&name)));
    }
    tables
}

/// Whether the place of a text in a row of `VALUES` is that of a column of the type.
fn is_in_row(moment: &Moment<'_>, of: &QName, literal: &SyntaxNode, row: &SyntaxNode) -> bool {
    let insert = row.ancestors().find_map(ast::Insert::cast);
    let Some(insert) = insert else {
        return false;
    };
    let range = literal.text_range();
    let mut values = row
        .children()
        .filter(|node| ast::Expr::can_cast(node.kind()));
    let place = values.position(|value| value.text_range().contains_range(range));
    let table = insert
        .relation_name_ref()
        .and_then(|name| moment.relation(&name));
    let (Some(place), Some(table)) = (place, table) else {
        return false;
    };
    let column = match insert.column_target_list() {
        Some(list) => {
            let target = list.column_targets().nth(place);
            target.and_then(|target| Some(written::name(&target.name()?)))
        }
        None => {
            let known = moment.after().tables.get(&table);
            known.and_then(|known| Some(known.columns.get(place)?.name.clone()))
        }
    };
    let column = column.and_then(|column| column_type(moment.after(), &table, &column));
    column.is_some_and(|column| column.name == *of)
}

/// Whether the statement gives a column of the type a default.
fn is_default(moment: &Moment<'_>, of: &QName) -> bool {
    moment.changes().iter().any(|change| match change {
        Change::Table {
            change: TableChange::AddColumn(column),
            ..
        } => column.default.is_some() && column.data_type.name == *of,
        Change::Table {
            table,
            change:
                TableChange::SetDefault {
                    column,
                    default: Some(_),
                },
        } => column_type(moment.after(), table, column).is_some_and(|found| found.name == *of),
        Change::Create(object) => match &**object {
            Object::Table(_, table) => {
                let mut columns = table.columns.iter();
                columns.any(|column| column.default.is_some() && column.data_type.name == *of)
            }
            _ => false,
        },
        _ => false,
    })
}
