//! `CREATE FUNCTION` and `CREATE PROCEDURE` (sql-createfunction.html). Their options are in `routine_options.rs`,
//! aggregates in `aggregate.rs`, `ALTER` and `DROP` in `alter_routine.rs`.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::{lifecycle, references, routine_options, signature};
use crate::{
    Change, DataType, DefaultFor, Name, Object, Privileges, QName, RoutineId,
    apply::privileges,
    lower::{Context, expression, names, types},
    model::{
        Argument, ArgumentMode, Body, Parallel, Parameters, Returns, Routine, RoutineKind,
        Volatility,
    },
};

/// `CREATE FUNCTION`.
pub(super) fn create_function(context: &mut Context<'_>, statement: &ast::CreateFunction) {
    let Some(node) = statement.name() else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    let Some(mut arguments) = arguments(context, statement.param_list()) else {
        return;
    };
    let returns = match statement.ret_type() {
        Some(written) => match returned(context, &written, &mut arguments) {
            Some(returns) => Some(returns),
            None => return,
        },
        None => of_outputs(&arguments),
    };
    let parts = Parts {
        options: statement.option_list(),
        body: statement.body(),
        replace: statement.or_replace().is_some(),
    };
    let routine = blank(RoutineKind::Function, arguments, returns);
    create(context, &node, name, routine, &parts);
}

/// `CREATE PROCEDURE`.
pub(super) fn create_procedure(context: &mut Context<'_>, statement: &ast::CreateProcedure) {
    let Some(node) = statement.name() else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    let Some(arguments) = arguments(context, statement.param_list()) else {
        return;
    };
    // a procedure gives a record as soon as it gives anything (`interpret_function_parameter_list`)
    let gives = of_outputs(&arguments).map(|_| Returns {
        data_type: DataType::builtin("record"),
        set: false,
    });
    let parts = Parts {
        options: statement.option_list(),
        body: statement.body(),
        replace: statement.or_replace().is_some(),
    };
    let routine = blank(RoutineKind::Procedure, arguments, gives);
    create(context, &node, name, routine, &parts);
}

/// What functions and procedures have in common.
struct Parts {
    options: Option<ast::FuncOptionList>,
    body: Option<ast::RoutineBody>,
    replace: bool,
}

fn create(
    context: &mut Context<'_>,
    node: &impl AstNode,
    name: QName,
    mut routine: Routine,
    parts: &Parts,
) {
    let id = identity(name, &routine.arguments);
    if let Some(body) = &parts.body {
        routine.body = Body::Sql(expression::text(body));
        routine.depends_on = references::of(context, body.syntax());
    }
    let options = parts.options.iter().flat_map(|list| list.options());
    if !routine_options::apply(context, &mut routine, &id, options) {
        return;
    }
    add(context, node, id, routine, parts.replace);
}

/// A new routine, or one in the place of another.
pub(super) fn add(
    context: &mut Context<'_>,
    node: &impl AstNode,
    id: RoutineId,
    mut routine: Routine,
    replace: bool,
) {
    let before = context.catalog.routines.get(&id).cloned();
    if let Some(before) = before {
        if !replace {
            let name = names::written(node).name;
            let message = format!(
                "function \"{}\" already exists with same argument types",
                name.as_str()
            );
            return context.problem(node.syntax(), message);
        }
        routine.owner.clone_from(&before.owner);
        routine.privileges.clone_from(&before.privileges);
        routine.comment.clone_from(&before.comment);
        return context.emit(Change::Replace(Box::new(Object::Routine(id, routine))));
    }
    routine.owner = lifecycle::owner(context);
    routine.privileges = privileges::initial(
        &context.catalog,
        DefaultFor::Functions,
        routine.owner.as_ref(),
        Some(&id.name.schema),
    );
    context.emit(Change::Create(Box::new(Object::Routine(id, routine))));
}

/// A routine that nothing but its signature is known of.
pub(super) fn blank(
    kind: RoutineKind,
    arguments: Vec<Argument>,
    returns: Option<Returns>,
) -> Routine {
    Routine {
        kind,
        arguments,
        returns,
        language: Name::stored("sql"),
        body: Body::None,
        volatility: Volatility::default(),
        strict: false,
        security_definer: false,
        leakproof: false,
        parallel: Parallel::default(),
        cost: None,
        rows: None,
        settings: Parameters::new(),
        support: None,
        transforms: Vec::new(),
        depends_on: BTreeSet::new(),
        owner: None,
        privileges: Privileges::default(),
        comment: None,
    }
}

/// Name and input arguments.
pub(super) fn identity(name: QName, arguments: &[Argument]) -> RoutineId {
    let inputs = arguments
        .iter()
        .filter(|argument| !matches!(argument.mode, ArgumentMode::Out | ArgumentMode::Table));
    RoutineId {
        name,
        arguments: inputs.map(|argument| argument.data_type.clone()).collect(),
    }
}

/// The arguments that are written; `None` where one is wrong.
pub(super) fn arguments(
    context: &mut Context<'_>,
    list: Option<ast::ParamList>,
) -> Option<Vec<Argument>> {
    let params: Vec<ast::Param> = list.into_iter().flat_map(|list| params(&list)).collect();
    let mut all = Vec::with_capacity(params.len());
    for param in params {
        all.push(argument(context, &param)?);
    }
    Some(all)
}

/// All arguments of a list, those behind `ORDER BY` included.
fn params(list: &ast::ParamList) -> Vec<ast::Param> {
    let ordered = list.aggregate_order_by();
    let ordered = ordered.into_iter().flat_map(|by| by.params());
    list.params().chain(ordered).collect()
}

fn argument(context: &mut Context<'_>, param: &ast::Param) -> Option<Argument> {
    let data_type = signature::type_of(context, &param.func_type()?)?;
    Some(Argument {
        mode: signature::mode(param),
        name: param.name().map(|name| names::name(&name)),
        data_type,
        default: param
            .param_default()
            .and_then(|default| default.expr())
            .map(|expr| expression::expr(&expr)),
    })
}

/// `RETURNS`: the columns of `RETURNS TABLE` become arguments.
fn returned(
    context: &mut Context<'_>,
    written: &ast::RetType,
    arguments: &mut Vec<Argument>,
) -> Option<Returns> {
    if let Some(list) = written.return_table_arg_list() {
        let mut columns = Vec::new();
        for column in list.args() {
            columns.push(Argument {
                mode: ArgumentMode::Table,
                name: column.name().map(|name| names::name(&name)),
                data_type: signature::type_of(context, &column.func_type()?)?,
                default: None,
            });
        }
        let data_type = match columns.as_slice() {
            [one] => one.data_type.clone(),
            _ => DataType::builtin("record"),
        };
        arguments.append(&mut columns);
        return Some(Returns {
            data_type,
            set: true,
        });
    }
    let ty = written.func_type()?;
    Some(Returns {
        data_type: signature::type_of(context, &ty)?,
        set: types::is_setof(&ty),
    })
}

/// What output arguments make the result: the type of the only one, or a record of several.
fn of_outputs(arguments: &[Argument]) -> Option<Returns> {
    let outputs: Vec<&Argument> = arguments
        .iter()
        .filter(|argument| matches!(argument.mode, ArgumentMode::Out | ArgumentMode::InOut))
        .collect();
    let data_type = match outputs.as_slice() {
        [] => return None,
        [one] => one.data_type.clone(),
        _ => DataType::builtin("record"),
    };
    Some(Returns {
        data_type,
        set: false,
    })
}
