//! The results of functions: those of the server that are met most, and those of the schema that have one form only.

use squawk_syntax::ast;

use super::{
    super::super::{
        Context,
        names::{self, Written},
    },
    from::Scope,
    types::{Typed, typed},
};
use crate::{DataType, model::RoutineKind};

/// The type of a call; `None`: it does not follow from the text.
pub(super) fn result(
    context: &mut Context<'_>,
    call: &ast::CallExpr,
    scope: &Scope<'_>,
) -> Option<Typed> {
    if call.exists_fn().is_some() {
        return Some(Typed::builtin("boolean"));
    }
    let written = match call.expr()? {
        ast::Expr::NameRef(name) => Written::bare(names::name(&name)),
        ast::Expr::FieldExpr(field) => {
            let ast::Expr::NameRef(schema) = field.base()? else {
                return None;
            };
            Written {
                schema: Some(names::name(&schema)),
                name: names::name(&field.field()?),
            }
        }
        _ => return None,
    };
    let is_servers = written.schema.is_none() || written.is_system();
    let fixed = fixed(&written.name).filter(|_| is_servers);
    if let Some(fixed) = fixed {
        return Some(Typed::builtin(fixed));
    }
    let mut arguments = Vec::new();
    for argument in call.arg_list()?.args() {
        arguments.push(typed(context, &argument.expr()?, scope)?);
    }
    match written.name.as_str() {
        _ if !is_servers => of_schema(context, &written, &arguments),
        "coalesce" | "greatest" | "least" => {
            let mut rest = arguments.iter();
            let first = rest.next()?.clone();
            rest.try_fold(first, |common, of| common.common(of))
        }
        "max" | "min" => extreme(arguments.first()?),
        "sum" => sum(arguments.first()?),
        _ => of_schema(context, &written, &arguments),
    }
}

/// What functions give that have just one result type.
fn fixed(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool_and" | "bool_or" | "every" => "boolean",
        "count" | "dense_rank" | "nextval" | "rank" | "row_number" => "bigint",
        "concat" | "format" | "lower" | "md5" | "replace" | "string_agg" | "upper" => "text",
        "gen_random_uuid" => "uuid",
        "json_agg" | "json_build_object" => "json",
        "jsonb_agg" | "jsonb_build_object" => "jsonb",
        "now" => "timestamp with time zone",
        _ => return None,
    })
}

/// The greatest or least of values, of which there is one for each type that is listed (functions-aggregate.html).
fn extreme(of: &Typed) -> Option<Typed> {
    let known = of.known()?;
    let own = [
        "date",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
    ];
    if of.number().is_some() || own.iter().any(|own| known.is(own)) {
        return Some(of.clone().bare());
    }
    let is_text = known.is("text") || known.is("character varying");
    is_text.then(|| Typed::builtin("text"))
}

/// A sum has room for more than its values.
fn sum(of: &Typed) -> Option<Typed> {
    let known = of.known()?;
    let name = match known.name.name.as_str() {
        _ if of.number().is_none() => return None,
        "smallint" | "integer" => "bigint",
        "bigint" | "numeric" => "numeric",
        other => other,
    };
    Some(Typed::builtin(name))
}

/// A function of the schema, where there is one of that name, and it takes such arguments.
fn of_schema(context: &Context<'_>, name: &Written, arguments: &[Typed]) -> Option<Typed> {
    let found = context.find_routines(name);
    let [id] = found.as_slice() else {
        return None;
    };
    let routine = context.catalog.routines.get(id)?;
    let returns = routine.returns.as_ref()?;
    let kind = &returns.data_type.name;
    let is_plain = kind.schema != "pg_catalog"
        || !(kind.name.starts_with("any")
            || ["record", "trigger", "void"].contains(&kind.name.as_str()));
    let fits = id.arguments.len() == arguments.len()
        && id
            .arguments
            .iter()
            .zip(arguments)
            .all(|(wanted, given)| takes(wanted, given));
    let fits = fits && routine.kind == RoutineKind::Function && !returns.set && is_plain;
    fits.then(|| Typed::of(returns.data_type.clone()).bare())
}

/// Whether an argument is taken as it is, or as the number that it also is.
fn takes(wanted: &DataType, given: &Typed) -> bool {
    let wanted = Typed::of(wanted.clone());
    let is_same = given.known().is_some_and(|given| {
        let wanted = wanted.known();
        wanted.is_some_and(|wanted| wanted.name == given.name && wanted.array == given.array)
    });
    let is_number = wanted.number().zip(given.number());
    is_same || given.is_literal() || is_number.is_some_and(|(wanted, given)| given <= wanted)
}
