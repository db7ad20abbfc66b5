//! `ALTER` and `DROP` of functions, procedures, routines and aggregates (sql-alterfunction.html).

use squawk_syntax::ast;

use super::{
    lifecycle, routine_options,
    signature::{self, Called},
};
use crate::{Change, ObjectRef, lower::Context};

/// What can be done to a routine, whatever the statement calls it.
enum Action {
    Options(ast::FuncOptionList),
    Owner(ast::OwnerTo),
    Schema(ast::SetSchema),
    Rename(squawk_syntax::SyntaxNode),
    /// `DEPENDS ON EXTENSION`: the model does not keep it.
    Depends,
}

/// `ALTER FUNCTION`.
pub(super) fn alter_function(context: &mut Context<'_>, statement: &ast::AlterFunction) {
    use ast::{AlterFunctionAction as From, AstNode};
    let action = statement.action().map(|action| match action {
        From::FuncOptionList(list) => Action::Options(list),
        From::OwnerTo(to) => Action::Owner(to),
        From::SetSchema(to) => Action::Schema(to),
        From::FunctionRenameTo(to) => Action::Rename(to.syntax().clone()),
        From::DependsOnExtension(_) | From::NoDependsOnExtension(_) => Action::Depends,
    });
    let found = statement
        .function_sig()
        .and_then(|sig| find_function(context, &sig, false));
    act(context, found, action);
}

/// `ALTER PROCEDURE`.
pub(super) fn alter_procedure(context: &mut Context<'_>, statement: &ast::AlterProcedure) {
    use ast::{AlterProcedureAction as From, AstNode};
    let action = statement.action().map(|action| match action {
        From::FuncOptionList(list) => Action::Options(list),
        From::OwnerTo(to) => Action::Owner(to),
        From::SetSchema(to) => Action::Schema(to),
        From::ProcedureRenameTo(to) => Action::Rename(to.syntax().clone()),
        From::DependsOnExtension(_) | From::NoDependsOnExtension(_) => Action::Depends,
    });
    let found = statement
        .procedure_sig()
        .and_then(|sig| find_procedure(context, &sig, false));
    act(context, found, action);
}

/// `ALTER ROUTINE`.
pub(super) fn alter_routine(context: &mut Context<'_>, statement: &ast::AlterRoutine) {
    use ast::{AlterRoutineAction as From, AstNode};
    let action = statement.action().map(|action| match action {
        From::FuncOptionList(list) => Action::Options(list),
        From::OwnerTo(to) => Action::Owner(to),
        From::SetSchema(to) => Action::Schema(to),
        From::RoutineRenameTo(to) => Action::Rename(to.syntax().clone()),
        From::DependsOnExtension(_) | From::NoDependsOnExtension(_) => Action::Depends,
    });
    let found = statement
        .routine_sig()
        .and_then(|sig| find_routine(context, &sig, false));
    act(context, found, action);
}

/// `ALTER AGGREGATE`.
pub(super) fn alter_aggregate(context: &mut Context<'_>, statement: &ast::AlterAggregate) {
    use ast::{AlterAggregateAction as From, AstNode};
    let action = statement.action().map(|action| match action {
        From::OwnerTo(to) => Action::Owner(to),
        From::SetSchema(to) => Action::Schema(to),
        From::AggregateRenameTo(to) => Action::Rename(to.syntax().clone()),
    });
    let found = statement
        .aggregate()
        .and_then(|aggregate| find_aggregate(context, &aggregate, false));
    act(context, found, action);
}

fn act(context: &mut Context<'_>, object: Option<ObjectRef>, action: Option<Action>) {
    let (Some(object), Some(action)) = (object, action) else {
        return;
    };
    match action {
        Action::Owner(to) => lifecycle::set_owner(context, object, &to),
        Action::Schema(to) => lifecycle::set_schema(context, object, &to),
        Action::Rename(to) => {
            use ast::AstNode;
            let name = to.descendants().find_map(ast::Path::cast);
            lifecycle::rename(context, object, name);
        }
        Action::Depends => context.emit(Change::Nothing),
        Action::Options(list) => {
            let ObjectRef::Routine(id) = object else {
                return;
            };
            let Some(before) = context.catalog.routines.get(&id) else {
                return;
            };
            let mut after = before.as_ref().clone();
            if routine_options::apply(context, &mut after, &id, list.options()) {
                let after = Box::new(after);
                context.emit(Change::Routine { id, after });
            }
        }
    }
}

/// The function that is meant.
pub(super) fn find_function(
    context: &mut Context<'_>,
    sig: &ast::FunctionSig,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = sig.function_name_ref()?;
    signature::find(
        context,
        &name,
        sig.param_list(),
        Called::Function,
        missing_ok,
    )
}

/// The procedure that is meant.
pub(super) fn find_procedure(
    context: &mut Context<'_>,
    sig: &ast::ProcedureSig,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = sig.procedure_name_ref()?;
    signature::find(
        context,
        &name,
        sig.param_list(),
        Called::Procedure,
        missing_ok,
    )
}

/// The routine that is meant.
pub(super) fn find_routine(
    context: &mut Context<'_>,
    sig: &ast::RoutineSig,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = sig.routine_name_ref()?;
    signature::find(
        context,
        &name,
        sig.param_list(),
        Called::Routine,
        missing_ok,
    )
}

/// The aggregate that is meant.
pub(super) fn find_aggregate(
    context: &mut Context<'_>,
    aggregate: &ast::Aggregate,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = aggregate.path_ref()?;
    signature::find(
        context,
        &name,
        aggregate.param_list(),
        Called::Aggregate,
        missing_ok,
    )
}

/// `DROP FUNCTION`.
pub(super) fn drop_function(context: &mut Context<'_>, statement: &ast::DropFunction) {
    let list = statement.function_sig_list();
    lifecycle::drop(
        context,
        list.into_iter().flat_map(|list| list.function_sigs()),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find_function,
    );
}

/// `DROP PROCEDURE`.
pub(super) fn drop_procedure(context: &mut Context<'_>, statement: &ast::DropProcedure) {
    let list = statement.procedure_sig_list();
    lifecycle::drop(
        context,
        list.into_iter().flat_map(|list| list.procedure_sigs()),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find_procedure,
    );
}

/// `DROP ROUTINE`.
pub(super) fn drop_routine(context: &mut Context<'_>, statement: &ast::DropRoutine) {
    let list = statement.routine_sig_list();
    lifecycle::drop(
        context,
        list.into_iter().flat_map(|list| list.routine_sigs()),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find_routine,
    );
}

/// `DROP AGGREGATE`.
pub(super) fn drop_aggregate(context: &mut Context<'_>, statement: &ast::DropAggregate) {
    lifecycle::drop(
        context,
        statement.aggregates(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find_aggregate,
    );
}
