//! The options of functions and procedures, in whatever order they are written, for `CREATE` and `ALTER`.

use squawk_syntax::ast::{self, AstNode};

use super::references;
use crate::{
    Name, RoutineId,
    lower::{Context, expression, names},
    model::{Body, Parallel, Routine, RoutineKind, Volatility},
};

/// Applies options to a routine; `false` where one of them cannot be told.
pub(super) fn apply(
    context: &mut Context<'_>,
    routine: &mut Routine,
    id: &RoutineId,
    options: impl Iterator<Item = ast::FuncOption>,
) -> bool {
    let mut target = None;
    for option in options {
        match option {
            ast::FuncOption::AsFuncOption(text) => target = text.as_func_target(),
            ast::FuncOption::SetFuncOption(set) => {
                if !configure(context, routine, &set) {
                    return false;
                }
            }
            ast::FuncOption::TransformFuncOption(transform) => {
                for of in transform.transform_for_types() {
                    let found = of.ty().and_then(|ty| context.data_type(&ty));
                    routine.transforms.extend(found);
                }
            }
            ast::FuncOption::SupportFuncOption(support) => {
                let written = support
                    .function_name_ref()
                    .map(|node| names::written(&node));
                routine.support = written.map(|written| references::function(context, &written));
            }
            other => simple(routine, &other),
        }
    }
    if let Some(target) = target {
        routine.body = body(&target, &routine.language, id);
    }
    normalize(routine);
    true
}

/// Options that need nothing but what is written.
fn simple(routine: &mut Routine, option: &ast::FuncOption) {
    use ast::FuncOption as Option;
    match option {
        Option::LanguageFuncOption(language) => {
            let literal = language.literal().as_ref().and_then(expression::string);
            let named = language.language_ref().map(|node| names::name(&node));
            if let Some(name) = named.or_else(|| literal.map(|text| Name::quoted(&text))) {
                routine.language = name;
            }
        }
        Option::WindowFuncOption(_) => routine.kind = RoutineKind::Window,
        Option::VolatilityFuncOption(volatility) => {
            routine.volatility = match volatility {
                ast::VolatilityFuncOption::Immutable(_) => Volatility::Immutable,
                ast::VolatilityFuncOption::Stable(_) => Volatility::Stable,
                ast::VolatilityFuncOption::Volatile(_) => Volatility::Volatile,
            };
        }
        Option::StrictFuncOption(_) | Option::ReturnsNullOnNullInputFuncOption(_) => {
            routine.strict = true;
        }
        Option::CalledOnNullInputFuncOption(_) => routine.strict = false,
        Option::SecurityDefinerFuncOption(_) => routine.security_definer = true,
        Option::SecurityInvokerFuncOption(_) => routine.security_definer = false,
        Option::LeakproofFuncOption(_) => routine.leakproof = true,
        Option::NotLeakproofFuncOption(_) => routine.leakproof = false,
        Option::ParallelFuncOption(parallel) => {
            let word = parallel
                .ident_token()
                .map(|token| token.text().to_ascii_lowercase());
            routine.parallel = match word.as_deref() {
                Some("safe") => Parallel::Safe,
                Some("restricted") => Parallel::Restricted,
                _ => Parallel::Unsafe,
            };
        }
        Option::CostFuncOption(cost) => routine.cost = cost.literal().map(|one| number(&one)),
        Option::RowsFuncOption(rows) => routine.rows = rows.literal().map(|one| number(&one)),
        Option::ResetFuncOption(reset) => match reset.config_parameter_ref() {
            Some(parameter) => {
                routine.settings.remove(&parameter_name(&parameter));
            }
            None => routine.settings.clear(),
        },
        _ => {}
    }
}

/// What is as by default is not kept: COST is 1 in C and 100 elsewhere, ROWS of a set 1000 (sql-createfunction.html).
fn normalize(routine: &mut Routine) {
    let native = routine.language == "c" || routine.language == "internal";
    let usual = if native { "1" } else { "100" };
    routine.cost = routine.cost.take().filter(|cost| cost != usual);
    routine.rows = routine.rows.take().filter(|rows| rows != "1000");
}

/// A number as the server prints a `float4`.
fn number(literal: &ast::Literal) -> String {
    let text = literal.syntax().text().to_string();
    match text.trim().replace('_', "").parse::<f32>() {
        Ok(value) => value.to_string(),
        Err(_) => text,
    }
}

/// `AS`: a text, or an object file and a symbol in it, which is the function's name if it is not given
/// (`interpret_AS_clause` in `functioncmds.c`).
fn body(target: &ast::AsFuncTarget, language: &Name, id: &RoutineId) -> Body {
    let text = |literal: Option<ast::Literal>| {
        literal
            .as_ref()
            .and_then(expression::string)
            .unwrap_or_default()
    };
    match target {
        ast::AsFuncTarget::AsDefinition(definition) if *language == "c" => Body::Object {
            file: text(definition.literal()),
            symbol: id.name.name.as_str().to_owned(),
        },
        ast::AsFuncTarget::AsDefinition(definition) => Body::Text(text(definition.literal())),
        ast::AsFuncTarget::AsObjFile(object) => {
            let symbol = text(object.link_symbol());
            Body::Object {
                file: text(object.obj_file()),
                symbol: if symbol == "-" {
                    id.name.name.as_str().to_owned()
                } else {
                    symbol
                },
            }
        }
    }
}

/// `SET parameter …`; `false` where the value is one of the session that is not known.
fn configure(context: &mut Context<'_>, routine: &mut Routine, set: &ast::SetFuncOption) -> bool {
    let Some(set) = set.set_config_param() else {
        return true;
    };
    let Some(parameter) = set.config_parameter_ref() else {
        return true;
    };
    let name = parameter_name(&parameter);
    match set.config_assignment() {
        Some(ast::ConfigAssignment::ToConfigValue(to)) => {
            let values: Vec<String> = to
                .config_values()
                .map(|value| setting(&name, &value))
                .collect();
            if values.is_empty() {
                routine.settings.remove(&name);
            } else {
                routine.settings.insert(name, values.join(", "));
            }
        }
        Some(ast::ConfigAssignment::FromCurrent(_)) if name == "search_path" => {
            let path = context.session.search_path_setting();
            routine.settings.insert(name, path);
        }
        Some(ast::ConfigAssignment::FromCurrent(_)) => {
            context.unknown(format!("a function with the session's value of {name}"));
            return false;
        }
        None => {}
    }
    true
}

/// Settings that are lists of names, each of which the server quotes (`GUC_LIST_QUOTE` in `guc.h`).
const LISTS: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// A setting's name as the server has it: a few are not in lower case.
fn parameter_name(node: &ast::ConfigParameterRef) -> String {
    let parts: Vec<String> = names::parts(node.syntax())
        .iter()
        .map(|part| part.as_str().to_owned())
        .collect();
    match parts.join(".").as_str() {
        "timezone" => "TimeZone".to_owned(),
        "datestyle" => "DateStyle".to_owned(),
        "intervalstyle" => "IntervalStyle".to_owned(),
        other => other.to_owned(),
    }
}

/// One value as `flatten_set_variable_args` (`guc_funcs.c`) writes it.
fn setting(parameter: &str, value: &ast::ConfigValue) -> String {
    let text = match value {
        ast::ConfigValue::ConfigValueName(name) => names::name(name).as_str().to_owned(),
        other => expression::value_text(other.syntax()),
    };
    if LISTS.contains(&parameter) {
        Name::stored(&text).to_string()
    } else {
        text
    }
}
