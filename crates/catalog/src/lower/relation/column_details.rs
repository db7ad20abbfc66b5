//! Details of columns that the server keeps only where they say something: defaults, storage, compression.

use squawk_syntax::ast;

use super::super::{Context, expression};
use crate::{DataType, Expr, model::TypeKind};

/// The default that is kept: one that is just NULL says nothing, unless the type makes more of it: a domain, or a
/// type with a length, which is applied to it (`AddRelationNewConstraints` in `heap.c`).
pub(super) fn default(
    context: &Context<'_>,
    written: &ast::Expr,
    data_type: &DataType,
) -> Option<Expr> {
    let plain = data_type.modifier.is_none() && !is_domain(context, data_type);
    if plain && is_null(written) {
        return None;
    }
    Some(expression::expr(written))
}

fn is_null(written: &ast::Expr) -> bool {
    match expression::inner(written) {
        ast::Expr::Literal(literal) => {
            matches!(literal.kind(), Some(ast::LitKind::Null(_)))
        }
        ast::Expr::CastExpr(cast) => cast.expr().is_some_and(|within| is_null(&within)),
        _ => false,
    }
}

fn is_domain(context: &Context<'_>, data_type: &DataType) -> bool {
    let found = context.catalog.types.get(&data_type.name);
    !data_type.array && found.is_some_and(|found| matches!(found.kind, TypeKind::Domain(_)))
}

/// What a domain is over in the end.
pub(super) fn base_type(context: &Context<'_>, data_type: &DataType) -> DataType {
    let found = context.catalog.types.get(&data_type.name);
    match found.map(|found| &found.kind) {
        Some(TypeKind::Domain(domain)) if !data_type.array => base_type(context, &domain.base),
        _ => data_type.clone(),
    }
}

/// `SET STORAGE`: `None` where it is that of the type, or `DEFAULT`.
pub(super) fn storage(context: &Context<'_>, data_type: &DataType, mode: &str) -> Option<String> {
    let mode = mode.trim().trim_matches('"').to_ascii_lowercase();
    if mode == "default" || mode == type_storage(context, data_type) {
        return None;
    }
    Some(mode)
}

/// `typstorage` of a type (`pg_type.dat`).
fn type_storage(context: &Context<'_>, data_type: &DataType) -> &'static str {
    const PLAIN: &[&str] = &[
        "bigint",
        "boolean",
        "box",
        "char",
        "date",
        "double precision",
        "integer",
        "interval",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "name",
        "oid",
        "pg_lsn",
        "point",
        "real",
        "smallint",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "circle",
        "tid",
        "uuid",
        "xid",
        "xid8",
        "cid",
    ];
    let base = base_type(context, data_type);
    if base.array {
        return "extended";
    }
    if !base.is_builtin() {
        let found = context.catalog.types.get(&base.name);
        return match found.map(|found| &found.kind) {
            Some(TypeKind::Enum(_)) => "plain",
            _ => "extended",
        };
    }
    match base.name.name.as_str() {
        "numeric" | "inet" | "cidr" => "main",
        name if PLAIN.contains(&name) || name.starts_with("reg") => "plain",
        _ => "extended",
    }
}

/// `SET COMPRESSION`; `None` for `DEFAULT`.
pub(super) fn compression(method: &str) -> Option<String> {
    let method = method.trim().trim_matches('"').to_ascii_lowercase();
    (method != "default").then_some(method)
}
