//! The columns of a query's result, where they are plain to see: columns of known tables and views, casts, literals, and
//! what `query_columns/types.rs` can tell of expressions. Anything else is for a server to tell.

mod calls;
mod from;
mod types;

use squawk_syntax::{
    ast::{self, AstNode},
    column_name::ColumnName,
};

use super::super::{Context, names};
use crate::{DataType, Name, model::Column};
use from::Scope;
use types::Typed;

/// How much has to be known of the columns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// All of them, with their types.
    All,
    /// What can be had: for a temporary table, which no schema is compared by. Types are `unknown` where they are.
    Some,
}

/// One column of a result.
#[derive(Clone)]
struct Output {
    name: Name,
    typed: Typed,
}

/// The columns of a query's result; `None`: not plain to see.
pub(super) fn of(
    context: &mut Context<'_>,
    select: &ast::SelectVariant,
    need: Need,
) -> Option<Vec<Column>> {
    let outputs = outputs(context, select, need, None)?;
    columns(outputs, need)
}

/// The columns of a SELECT.
pub(super) fn of_parts(
    context: &mut Context<'_>,
    with: bool,
    targets: Option<ast::TargetList>,
    from: Option<ast::FromClause>,
    need: Need,
) -> Option<Vec<Column>> {
    let outputs = of_select(context, with, targets, from, need, None)?;
    columns(outputs, need)
}

fn columns(outputs: Vec<Output>, need: Need) -> Option<Vec<Column>> {
    // the same name twice is refused by the server, and none is guessed here
    let unique = outputs.iter().enumerate().all(|(at, output)| {
        let mut before = outputs[..at].iter();
        !before.any(|other| other.name == output.name)
    });
    let column = |output: Output| {
        let (data_type, collation) = output.typed.settled();
        let mut column = Column::new(output.name, data_type);
        column.collation = collation;
        column
    };
    (unique || need == Need::Some).then(|| outputs.into_iter().map(column).collect())
}

/// The columns of a query within a scope, if it is within one.
fn outputs(
    context: &mut Context<'_>,
    select: &ast::SelectVariant,
    need: Need,
    outer: Option<&Scope<'_>>,
) -> Option<Vec<Output>> {
    match select {
        ast::SelectVariant::Select(select) => of_select(
            context,
            select.with_clause().is_some(),
            select
                .select_clause()
                .and_then(|clause| clause.target_list()),
            select.from_clause(),
            need,
            outer,
        ),
        ast::SelectVariant::ParenSelect(paren) if paren.with_clause().is_none() => {
            outputs(context, &paren.select()?, need, outer)
        }
        ast::SelectVariant::CompoundSelect(compound) => {
            let first = outputs(context, &compound.lhs()?, need, outer)?;
            let Some(second) = outputs(context, &compound.rhs()?, need, outer) else {
                return (need == Need::Some).then_some(first);
            };
            let merged: Option<Vec<Output>> = merged(&first, &second);
            merged.or((need == Need::Some).then_some(first))
        }
        ast::SelectVariant::Table(table) => {
            let node = table
                .syntax()
                .descendants()
                .find_map(ast::RelationNameRef::cast)?;
            let (name, found) = context.find_relation(&names::written(&node))?;
            from::columns_of(context, &name, &found)
        }
        _ => None,
    }
}

/// The columns of a UNION: the names of the first branch, and a type that fits both.
fn merged(first: &[Output], second: &[Output]) -> Option<Vec<Output>> {
    if first.len() != second.len() {
        return None;
    }
    let pairs = first.iter().zip(second);
    pairs
        .map(|(first, second)| {
            Some(Output {
                name: first.name.clone(),
                typed: first.typed.common(&second.typed)?,
            })
        })
        .collect()
}

fn of_select(
    context: &mut Context<'_>,
    with: bool,
    targets: Option<ast::TargetList>,
    from: Option<ast::FromClause>,
    need: Need,
    outer: Option<&Scope<'_>>,
) -> Option<Vec<Output>> {
    let scope = match from {
        _ if with => None,
        Some(from) => Scope::of(context, &from, outer),
        None => Some(Scope::empty(outer)),
    };
    if scope.is_none() && need == Need::All {
        return None;
    }
    let scope = scope.unwrap_or(Scope::empty(outer));
    let mut all = Vec::new();
    for target in targets?.targets() {
        match of_target(context, &target, &scope) {
            Some(found) => all.extend(found),
            None if need == Need::All => return None,
            None => all.extend(name_of(&target).map(|name| Output {
                name,
                typed: Typed::of(DataType::builtin("unknown")),
            })),
        }
    }
    Some(all)
}

/// The name that a column of a result gets.
fn name_of(target: &ast::Target) -> Option<Name> {
    let (name, _) = ColumnName::from_target(target.clone())?;
    Some(Name::quoted(&name.to_string()?))
}

fn of_target(
    context: &mut Context<'_>,
    target: &ast::Target,
    scope: &Scope<'_>,
) -> Option<Vec<Output>> {
    if target.star_token().is_some() {
        return Some(scope.all());
    }
    let expr = target.expr()?;
    if let ast::Expr::FieldExpr(field) = &expr
        && field.star_token().is_some()
    {
        let ast::Expr::NameRef(alias) = field.base()? else {
            return None;
        };
        return scope.all_of(&names::name(&alias));
    }
    let typed = types::typed(context, &expr, scope)?;
    let name = name_of(target)?;
    Some(vec![Output { name, typed }])
}
