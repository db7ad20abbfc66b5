//! `SET`, `RESET` and the like, as far as they decide what names mean and what new objects are like.

use squawk_syntax::ast::{self, AstNode};

use super::super::{Context, expression, names};
use crate::{Change, Name, change::SessionChange};

/// Emits a change of the session.
pub(super) fn emit(context: &mut Context<'_>, change: SessionChange) {
    context.emit(Change::Session(change));
}

/// `SET LOCAL` holds until the transaction ends.
fn scoped(change: SessionChange, scope: Option<ast::SetScope>) -> SessionChange {
    match scope {
        Some(ast::SetScope::LocalScope(_)) => SessionChange::Local(Box::new(change)),
        _ => change,
    }
}

/// `SET`.
pub(super) fn set(context: &mut Context<'_>, set: &ast::Set) {
    let change = match set.set_target() {
        Some(ast::SetTarget::SetConfig(config)) => configured(context, &config),
        // `SET SCHEMA 'x'` is another way to write `SET search_path TO x`
        Some(ast::SetTarget::SetSchemaValue(schema)) => schema
            .literal()
            .and_then(|literal| expression::string(&literal))
            .map(|schema| SessionChange::SearchPath(Some(vec![Name::quoted(&schema)]))),
        Some(ast::SetTarget::SetTimeZone(zone)) => {
            let zone = zone.config_value().map(|value| text(&value));
            Some(SessionChange::TimeZone(zone))
        }
        _ => None,
    };
    match change {
        Some(change) => emit(context, scoped(change, set.set_scope())),
        None => context.emit(Change::Nothing),
    }
}

fn configured(context: &Context<'_>, config: &ast::SetConfig) -> Option<SessionChange> {
    let parameter = names::written(&config.config_parameter_ref()?);
    if parameter.schema.is_some() {
        return None;
    }
    let ast::ConfigAssignment::ToConfigValue(to) = config.config_assignment()? else {
        return None;
    };
    let values: Vec<String> = to.config_values().map(|value| text(&value)).collect();
    let values = (to.default_token().is_none()).then_some(values);
    change(context, &parameter.name, values)
}

/// A value as it is written: a name folded, a text as it is.
fn text(value: &ast::ConfigValue) -> String {
    match value {
        ast::ConfigValue::Literal(literal) => expression::value_text(literal.syntax()),
        ast::ConfigValue::ConfigValueName(name) => names::name(name).as_str().to_owned(),
        ast::ConfigValue::PrefixExpr(number) => number.syntax().text().to_string(),
    }
}

/// What a parameter's new value changes; `None`: nothing that matters here. `values` is `None` for the default.
fn change(
    context: &Context<'_>,
    parameter: &str,
    values: Option<Vec<String>>,
) -> Option<SessionChange> {
    let first = |values: Option<Vec<String>>| {
        let first = values.and_then(|values| values.into_iter().next());
        first.filter(|value| !value.is_empty())
    };
    Some(match parameter {
        "search_path" => SessionChange::SearchPath(values.map(|values| {
            let names = values.iter().map(|value| Name::quoted(value));
            resolved(context, names)
        })),
        "role" => {
            let role = first(values).filter(|role| role != "none");
            SessionChange::Role(role.map(|role| Name::quoted(&role)))
        }
        "session_authorization" => {
            SessionChange::Role(first(values).map(|role| Name::quoted(&role)))
        }
        "default_tablespace" => {
            let name = first(values).filter(|name| name != "pg_default");
            SessionChange::DefaultTablespace(name.map(Name::stored))
        }
        "default_table_access_method" => {
            let method = first(values).filter(|method| method != "heap");
            SessionChange::DefaultAccessMethod(method.map(Name::stored))
        }
        "timezone" => SessionChange::TimeZone(first(values)),
        _ => return None,
    })
}

/// `$user` is the schema of the role's own name; the deploying role's name is not known here, and a schema of its
/// name is taken for one that is not there.
fn resolved(context: &Context<'_>, path: impl Iterator<Item = Name>) -> Vec<Name> {
    path.filter_map(|name| match name.as_str() {
        "$user" => context.session.role.clone(),
        "" => None,
        _ => Some(name),
    })
    .collect()
}

/// `set_config('search_path', value, local)` with literals, as `pg_dump` writes it; `None`: some other call.
pub(super) fn set_config(context: &Context<'_>, arguments: &[ast::Expr]) -> Option<SessionChange> {
    let [parameter, value, local] = arguments else {
        return None;
    };
    let literal = |expr: &ast::Expr| match expression::inner(expr) {
        ast::Expr::Literal(literal) => expression::string(&literal),
        _ => None,
    };
    let parameter = literal(parameter)?.to_ascii_lowercase();
    let value = literal(value)?;
    let local = local
        .syntax()
        .text()
        .to_string()
        .trim()
        .eq_ignore_ascii_case("true");
    let values = match parameter.as_str() {
        "search_path" => split_path(&value),
        _ => vec![value],
    };
    let change = change(context, &parameter, Some(values))?;
    Some(match local {
        true => SessionChange::Local(Box::new(change)),
        false => change,
    })
}

/// A path in one text: names with commas between, folded unless quoted (`SplitIdentifierString`).
pub(crate) fn split_path(value: &str) -> Vec<String> {
    let parts = value
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts
        .map(|part| {
            match part
                .strip_prefix('"')
                .and_then(|part| part.strip_suffix('"'))
            {
                Some(quoted) => quoted.replace("\"\"", "\""),
                None => part.to_ascii_lowercase(),
            }
        })
        .collect()
}

/// `RESET`.
pub(super) fn reset(context: &mut Context<'_>, reset: &ast::Reset) {
    match reset.reset_target() {
        Some(ast::ResetTarget::All(_)) => reset_all(context),
        Some(ast::ResetTarget::ConfigParameterRef(parameter)) => {
            match change(context, &names::name(&parameter), None) {
                Some(change) => emit(context, change),
                None => context.emit(Change::Nothing),
            }
        }
        Some(ast::ResetTarget::ResetTimeZone(_)) => emit(context, SessionChange::TimeZone(None)),
        _ => context.emit(Change::Nothing),
    }
}

/// `RESET ALL` leaves the role as it is (`GUC_NO_RESET_ALL`).
fn reset_all(context: &mut Context<'_>) {
    for parameter in [
        "search_path",
        "default_tablespace",
        "default_table_access_method",
        "timezone",
    ] {
        if let Some(change) = change(context, parameter, None) {
            emit(context, change);
        }
    }
}

/// `SET ROLE`.
pub(super) fn set_role(context: &mut Context<'_>, set: &ast::SetRole) {
    let role = match set.set_role_target() {
        Some(ast::SetRoleTarget::RoleRef(role)) => context.role(&role),
        Some(ast::SetRoleTarget::Literal(text)) => {
            let text = expression::string(&text).filter(|text| text != "none");
            text.map(|text| Name::quoted(&text))
        }
        Some(ast::SetRoleTarget::SetRoleNone(_)) | None => None,
    };
    emit(context, scoped(SessionChange::Role(role), set.set_scope()));
}

/// `SET SESSION AUTHORIZATION`.
pub(super) fn set_session_authorization(context: &mut Context<'_>, set: &ast::SetSessionAuth) {
    let role = match set.set_session_auth_target() {
        Some(ast::SetSessionAuthTarget::RoleRef(role)) => context.role(&role),
        Some(ast::SetSessionAuthTarget::Literal(text)) => {
            expression::string(&text).map(|text| Name::quoted(&text))
        }
        Some(ast::SetSessionAuthTarget::SetSessionAuthDefault(_)) | None => None,
    };
    emit(context, scoped(SessionChange::Role(role), set.set_scope()));
}

/// `DISCARD ALL` resets the session; `DISCARD TEMP` drops its temporary tables.
pub(super) fn discard(context: &mut Context<'_>, discard: &ast::Discard) {
    let target = discard.discard_target();
    let all = matches!(target, Some(ast::DiscardTarget::DiscardAll(_)));
    if all {
        reset_all(context);
        emit(context, SessionChange::Role(None));
    }
    if all || matches!(target, Some(ast::DiscardTarget::DiscardTemp(_))) {
        let schema = Name::stored("pg_temp");
        let temporary = context.catalog.tables_of(&schema);
        let temporary: Vec<_> = temporary.map(|(name, _)| name.clone()).collect();
        for name in temporary {
            context.emit(Change::Drop {
                object: crate::ObjectRef::Table(name),
                cascade: true,
            });
        }
    }
    if !all {
        context.emit(Change::Nothing);
    }
}

/// `COMMIT`, unless it is that of a prepared transaction.
pub(super) fn commit(context: &mut Context<'_>, commit: &ast::Commit) {
    match commit {
        ast::Commit::CommitTransaction(_) => emit(context, SessionChange::Commit),
        ast::Commit::CommitPrepared(_) => context.emit(Change::Nothing),
    }
}

/// `ROLLBACK`. What a savepoint takes back is the business of who keeps the transaction.
pub(super) fn rollback(context: &mut Context<'_>, rollback: &ast::Rollback) {
    match rollback {
        ast::Rollback::RollbackTransaction(_) if !context.session.is_in_transaction() => {
            // a warning is all that it gives
            context.emit(Change::Nothing);
        }
        ast::Rollback::RollbackTransaction(_) => {
            context.unknown("a transaction that is rolled back");
            emit(context, SessionChange::Rollback);
        }
        ast::Rollback::RollbackToSavepoint(_) => {
            context.unknown("a transaction that goes back to a savepoint");
        }
        ast::Rollback::RollbackPrepared(_) => context.emit(Change::Nothing),
    }
}
