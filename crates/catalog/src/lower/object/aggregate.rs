//! `CREATE AGGREGATE`, in the present and in the old form with `basetype` (sql-createaggregate.html).

use squawk_syntax::ast::{self, AstNode};

use super::{references, routine, types};
use crate::{
    DataType, Name, QName,
    lower::{Context, expression, names},
    model::{Argument, ArgumentMode, Parallel, Parameters, Returns, RoutineKind, Volatility},
};

/// Parameters that name a function.
const FUNCTIONS: &[&str] = &[
    "sfunc",
    "finalfunc",
    "combinefunc",
    "serialfunc",
    "deserialfunc",
    "msfunc",
    "minvfunc",
    "mfinalfunc",
];

/// `CREATE AGGREGATE`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateAggregate) {
    let (Some(node), Some(list)) = (statement.aggregate_name(), statement.attribute_list()) else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    let written = statement.param_list();
    let direct = written.as_ref().and_then(direct_arguments);
    let Some(mut arguments) = routine::arguments(context, written) else {
        return;
    };
    let mut made = Made::default();
    for option in list.attribute_options() {
        if !parameter(context, &option, &mut made) {
            return;
        }
    }
    arguments.extend(made.old_style.take());
    drop_usual(&mut made.parameters, direct.is_some());
    let gives = made.result(context);
    let known = gives.is_some();
    let kind = RoutineKind::Aggregate {
        parameters: made.parameters,
        direct_arguments: direct,
        hypothetical: made.hypothetical,
    };
    let mut aggregate = routine::blank(kind, arguments, gives);
    // what an aggregate is in `pg_proc` (`AggregateCreate`)
    aggregate.language = Name::stored("internal");
    aggregate.volatility = Volatility::Immutable;
    aggregate.parallel = made.parallel;
    let id = routine::identity(name, &aggregate.arguments);
    let replace = statement.or_replace().is_some();
    routine::add(context, &node, id, aggregate, replace);
    if !known && !context.has_problems() {
        context.unknown("what an aggregate gives, which its final function tells");
    }
}

/// What the parameters say.
#[derive(Default)]
struct Made {
    parameters: Parameters,
    /// The argument of the old form.
    old_style: Option<Argument>,
    state: Option<DataType>,
    last: Option<QName>,
    parallel: Parallel,
    hypothetical: bool,
}

impl Made {
    /// The state's type, or what the final function gives.
    fn result(&self, context: &Context<'_>) -> Option<Returns> {
        let data_type = match &self.last {
            None => self.state.clone()?,
            Some(function) if function.is_system() => {
                let mut known = FINAL.iter();
                let (_, gives) = known.find(|(name, _)| function.name == *name)?;
                DataType::builtin(gives)
            }
            Some(function) => {
                let mut routines = context.catalog.routines.iter();
                let found = routines.find(|(id, _)| id.name == *function);
                found?.1.returns.as_ref()?.data_type.clone()
            }
        };
        Some(Returns {
            data_type,
            set: false,
        })
    }
}

/// The number of arguments in front of `ORDER BY`, if it is written.
fn direct_arguments(list: &ast::ParamList) -> Option<u16> {
    list.aggregate_order_by()?;
    u16::try_from(list.params().count()).ok()
}

/// One parameter; `false` where it is wrong.
fn parameter(context: &mut Context<'_>, option: &ast::AttributeOption, made: &mut Made) -> bool {
    let Some(key) = option.name() else {
        return true;
    };
    let key = names::name(&key);
    // `sfunc1`, `stype1`, `initcond1` are how old scripts call them
    let key = match key.as_str() {
        "sfunc1" => "sfunc",
        "stype1" => "stype",
        "initcond1" => "initcond",
        other => other,
    };
    let value = option.attribute_value();
    let text = value
        .as_ref()
        .map(|value| expression::value_text(value.syntax()));
    let truth = text.as_deref().is_none_or(|text| text != "false");
    match (key, &value) {
        ("hypothetical", _) => made.hypothetical = truth,
        ("parallel", _) => {
            made.parallel = match text.as_deref() {
                Some("safe") => Parallel::Safe,
                Some("restricted") => Parallel::Restricted,
                _ => Parallel::Unsafe,
            };
        }
        ("basetype", Some(value)) => return base_type(context, value, made),
        ("stype" | "mstype", Some(value)) => {
            let Some(found) = value.ty().and_then(|ty| context.data_type(&ty)) else {
                return false;
            };
            made.parameters.insert(key.to_owned(), found.to_string());
            if key == "stype" {
                made.state = Some(found);
            }
        }
        (_, Some(value)) if FUNCTIONS.contains(&key) => {
            let found = references::function(context, &types::written_value(value));
            made.parameters.insert(key.to_owned(), found.to_string());
            if key == "finalfunc" {
                made.last = Some(found);
            }
        }
        ("initcond" | "minitcond", _) => {
            made.parameters
                .insert(key.to_owned(), text.unwrap_or_default());
        }
        ("finalfunc_extra" | "mfinalfunc_extra", _) if truth => {
            made.parameters.insert(key.to_owned(), String::new());
        }
        ("finalfunc_extra" | "mfinalfunc_extra", _) => {}
        ("sortop", _) => {
            let operator = sort_operator(&text.unwrap_or_default());
            made.parameters.insert(key.to_owned(), operator);
        }
        _ => {
            made.parameters
                .insert(key.to_owned(), text.unwrap_or_default());
        }
    }
    true
}

/// `<` or `OPERATOR(schema.<)`, with the schema: that of the server where none is written.
fn sort_operator(written: &str) -> String {
    let within = written
        .strip_prefix("operator(")
        .and_then(|rest| rest.strip_suffix(')'));
    let name = within.unwrap_or(written);
    if name.contains('.') {
        format!("OPERATOR({name})")
    } else {
        format!("OPERATOR(pg_catalog.{name})")
    }
}

/// What final functions of the server give, of those that aggregates of users name.
const FINAL: &[(&str, &str)] = &[
    ("array_agg_array_finalfn", "anyarray"),
    ("array_agg_finalfn", "anyarray"),
    ("array_to_string", "text"),
    ("array_upper", "integer"),
    ("float8_avg", "double precision"),
    ("int8_avg", "numeric"),
    ("interval_avg", "interval"),
    ("json_agg_finalfn", "json"),
    ("json_object_agg_finalfn", "json"),
    ("jsonb_agg_finalfn", "jsonb"),
    ("jsonb_object_agg_finalfn", "jsonb"),
    ("mode_final", "anyelement"),
    ("numeric_avg", "numeric"),
    ("numeric_poly_avg", "numeric"),
    ("numeric_poly_sum", "numeric"),
    ("numeric_sum", "numeric"),
    ("percentile_cont_float8_final", "double precision"),
    ("percentile_disc_final", "anyelement"),
    ("string_agg_finalfn", "text"),
];

/// `basetype = type`, or `"ANY"` for no argument at all.
fn base_type(context: &mut Context<'_>, value: &ast::AttributeValue, made: &mut Made) -> bool {
    let text = expression::value_text(value.syntax());
    if text.eq_ignore_ascii_case("any") {
        return true;
    }
    let Some(mut data_type) = value.ty().and_then(|ty| context.data_type(&ty)) else {
        return false;
    };
    data_type.modifier = None;
    made.old_style = Some(Argument {
        mode: ArgumentMode::In,
        name: None,
        data_type,
        default: None,
    });
    true
}

/// What is as by default is not kept.
fn drop_usual(parameters: &mut Parameters, ordered: bool) {
    let usual = if ordered { "read_write" } else { "read_only" };
    for key in ["finalfunc_modify", "mfinalfunc_modify"] {
        if parameters.get(key).is_some_and(|value| value == usual) {
            parameters.remove(key);
        }
    }
    for key in ["sspace", "msspace"] {
        if parameters.get(key).is_some_and(|value| value == "0") {
            parameters.remove(key);
        }
    }
}
