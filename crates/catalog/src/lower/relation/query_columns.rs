//! The columns of a query's result, where they are plain to see: columns of known tables, casts, literals. Anything
//! else is for a server to tell.

use squawk_syntax::{
    ast::{self, AstNode, LitKind},
    column_name::ColumnName,
};

use super::{
    super::{Context, expression, names},
    create,
};
use crate::{DataType, Name, QName, model::Column};

/// A table that the query reads, by the name that it has there.
struct Read {
    alias: Name,
    columns: Vec<Column>,
}

/// How much has to be known of the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// All of them, with their types.
    All,
    /// What can be had: for a temporary table, which no schema is compared by. Types are `unknown` where they are.
    Some,
}

/// The columns of a query's result; `None`: not plain to see.
pub(super) fn of(
    context: &mut Context<'_>,
    select: &ast::SelectVariant,
    need: Need,
) -> Option<Vec<Column>> {
    match select {
        ast::SelectVariant::Select(select) => of_parts(
            context,
            select.with_clause().is_some(),
            select
                .select_clause()
                .and_then(|clause| clause.target_list()),
            select.from_clause(),
            need,
        ),
        ast::SelectVariant::ParenSelect(paren) => {
            let within = paren
                .syntax()
                .children()
                .find_map(ast::SelectVariant::cast)?;
            of(context, &within, need)
        }
        ast::SelectVariant::CompoundSelect(compound) => {
            let first = of(context, &compound.lhs()?, need)?;
            let second = of(context, &compound.rhs()?, need)?;
            // branches of different types: the server looks for one that fits both
            let types = |columns: &[Column]| -> Vec<(DataType, Option<QName>)> {
                let of = |column: &Column| (column.data_type.clone(), column.collation.clone());
                columns.iter().map(of).collect()
            };
            (need == Need::Some || types(&first) == types(&second)).then_some(first)
        }
        ast::SelectVariant::Table(table) => {
            let node = table
                .syntax()
                .descendants()
                .find_map(ast::RelationNameRef::cast)?;
            let (name, found) = context.find_relation(&names::written(&node))?;
            let columns = create::columns_of(context, &name, &found)?;
            Some(columns.iter().map(plain).collect())
        }
        _ => None,
    }
}

/// The columns of a SELECT.
pub(super) fn of_parts(
    context: &mut Context<'_>,
    with: bool,
    targets: Option<ast::TargetList>,
    from: Option<ast::FromClause>,
    need: Need,
) -> Option<Vec<Column>> {
    let reads = match from {
        _ if with => None,
        Some(from) => self::reads(context, &from),
        None => Some(Vec::new()),
    };
    if reads.is_none() && need == Need::All {
        return None;
    }
    let reads = reads.unwrap_or_default();
    let mut columns: Vec<Column> = Vec::new();
    for target in targets?.targets() {
        match of_target(context, &target, &reads) {
            Some(found) => columns.extend(found),
            None if need == Need::All => return None,
            None => columns.extend(named(&target)),
        }
    }
    // the same name twice is refused by the server, and none is guessed here
    let unique = columns.iter().enumerate().all(|(at, column)| {
        let mut before = columns[..at].iter();
        !before.any(|other| other.name == column.name)
    });
    (unique || need == Need::Some).then_some(columns)
}

/// A column of which nothing but the name is known.
fn named(target: &ast::Target) -> Option<Column> {
    let (name, _) = ColumnName::from_target(target.clone())?;
    let name = Name::quoted(&name.to_string()?);
    Some(Column::new(name, DataType::builtin("unknown")))
}

/// The tables of a FROM; `None` where there is anything else.
fn reads(context: &Context<'_>, from: &ast::FromClause) -> Option<Vec<Read>> {
    let mut reads = Vec::new();
    for node in from.syntax().descendants() {
        // USING and NATURAL merge columns
        if ast::JoinUsingClause::can_cast(node.kind()) || ast::ParenSelect::can_cast(node.kind()) {
            return None;
        }
        let Some(item) = ast::FromItem::cast(node) else {
            continue;
        };
        let ast::FromItem::RelationFromItem(item) = item else {
            return None;
        };
        let node = item.relation_name_ref()?;
        let (name, found) = context.find_relation(&names::written(&node))?;
        let alias = match item.alias() {
            Some(alias) => {
                let text = alias
                    .syntax()
                    .descendants()
                    .find_map(ast::TableAlias::cast)?;
                names::name(&text)
            }
            None => name.name.clone(),
        };
        reads.push(Read {
            alias,
            columns: create::columns_of(context, &name, &found)?,
        });
    }
    let text = from.syntax().text().to_string().to_ascii_lowercase();
    (!text.contains("natural")).then_some(reads)
}

fn of_target(
    context: &mut Context<'_>,
    target: &ast::Target,
    reads: &[Read],
) -> Option<Vec<Column>> {
    if target.star_token().is_some() {
        let all = reads.iter().flat_map(|read| &read.columns);
        return Some(all.map(plain).collect());
    }
    let expr = target.expr()?;
    if let ast::Expr::FieldExpr(field) = &expr
        && field.star_token().is_some()
    {
        let ast::Expr::NameRef(alias) = field.base()? else {
            return None;
        };
        let alias = names::name(&alias);
        let read = reads.iter().find(|read| read.alias == alias)?;
        return Some(read.columns.iter().map(plain).collect());
    }
    let (data_type, collation) = typed(context, &expr, reads)?;
    let mut column = named(target)?;
    column.data_type = data_type;
    column.collation = collation;
    Some(vec![column])
}

/// What a new table has of a column that it is filled from: the type and its collation.
fn plain(column: &Column) -> Column {
    let mut plain = Column::new(column.name.clone(), column.data_type.clone());
    plain.collation.clone_from(&column.collation);
    plain
}

fn typed(
    context: &mut Context<'_>,
    expr: &ast::Expr,
    reads: &[Read],
) -> Option<(DataType, Option<QName>)> {
    match expression::inner(expr) {
        ast::Expr::NameRef(name) => {
            let name = names::name(&name);
            let all = reads.iter().flat_map(|read| &read.columns);
            let mut found = all.filter(|column| column.name == name);
            let column = found.next()?;
            // in two tables: ambiguous, and refused
            found
                .next()
                .is_none()
                .then(|| (column.data_type.clone(), column.collation.clone()))
        }
        ast::Expr::FieldExpr(field) => {
            let ast::Expr::NameRef(alias) = field.base()? else {
                return None;
            };
            let (alias, name) = (names::name(&alias), names::name(&field.field()?));
            let read = reads.iter().find(|read| read.alias == alias)?;
            let column = read.columns.iter().find(|column| column.name == name)?;
            Some((column.data_type.clone(), column.collation.clone()))
        }
        ast::Expr::CastExpr(cast) => Some((context.data_type(&cast.ty()?)?, None)),
        ast::Expr::Literal(literal) => Some((literal_type(&literal)?, None)),
        ast::Expr::CallExpr(call) => Some((result_type(&call)?, None)),
        _ => None,
    }
}

/// The type of a literal in a query's result (typeconv-select.html).
fn literal_type(literal: &ast::Literal) -> Option<DataType> {
    let name = match literal.kind()? {
        LitKind::IntNumber(token) => {
            let digits = token.text().replace('_', "");
            if digits.parse::<i32>().is_ok() {
                "integer"
            } else if digits.parse::<i64>().is_ok() {
                "bigint"
            } else {
                "numeric"
            }
        }
        LitKind::NumericNumber(_) => "numeric",
        LitKind::True(_) | LitKind::False(_) => "boolean",
        LitKind::String(_)
        | LitKind::EscString(_)
        | LitKind::DollarQuotedString(_)
        | LitKind::UnicodeEscString(_)
        | LitKind::Null(_) => "text",
        _ => return None,
    };
    Some(DataType::builtin(name))
}

/// The type of a call of a function that has just one.
fn result_type(call: &ast::CallExpr) -> Option<DataType> {
    let ast::Expr::NameRef(name) = call.expr()? else {
        return None;
    };
    let data_type = match names::name(&name).as_str() {
        "count" | "dense_rank" | "rank" | "row_number" => "bigint",
        "concat" | "format" | "lower" | "md5" | "replace" | "string_agg" | "upper" => "text",
        "gen_random_uuid" => "uuid",
        "now" => "timestamp with time zone",
        _ => return None,
    };
    Some(DataType::builtin(data_type))
}
