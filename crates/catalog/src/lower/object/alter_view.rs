//! `ALTER VIEW`, `ALTER MATERIALIZED VIEW` and `REFRESH` (sql-alterview.html, sql-altermaterializedview.html).

use squawk_syntax::ast::{self, AstNode};

use super::{
    lifecycle,
    view::{self, Which},
};
use crate::{
    Change, Name, ObjectRef, QName, ViewChange,
    lower::{Context, expression, names},
};

/// `ALTER VIEW`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterView) {
    let missing_ok = statement.if_exists().is_some();
    let found = statement
        .view_ref()
        .and_then(|node| view::find(context, &node, Which::Plain, missing_ok));
    let (Some(name), Some(action)) = (found, statement.action()) else {
        return nothing_left(context);
    };
    let object = ObjectRef::View(name.clone());
    use ast::AlterViewAction as Action;
    match action {
        Action::OwnerTo(to) => lifecycle::set_owner(context, object, &to),
        Action::SetSchema(to) => lifecycle::set_schema(context, object, &to),
        Action::ViewRenameTo(to) => lifecycle::rename(context, object, to.view()),
        Action::RenameColumn(rename) => rename_column(context, &name, &rename),
        Action::SetOptions(set) => set_options(context, &name, &set),
        Action::ResetOptions(reset) => reset_options(context, &name, &reset),
        Action::AlterViewColumn(column) => {
            let Some(column_name) = column.name().map(|node| names::name(&node)) else {
                return;
            };
            let default = match column.alter_view_column_action() {
                Some(ast::AlterViewColumnAction::SetDefault(set)) => {
                    set.expr().map(|expr| expression::expr(&expr))
                }
                _ => None,
            };
            emit(
                context,
                &name,
                ViewChange::SetDefault {
                    column: column_name,
                    default,
                },
            );
        }
    }
}

/// What was missing may be missing.
fn nothing_left(context: &mut Context<'_>) {
    if !context.has_problems() {
        context.emit(Change::Nothing);
    }
}

fn emit(context: &mut Context<'_>, view: &QName, change: ViewChange) {
    context.emit(Change::View {
        view: view.clone(),
        change,
    });
}

fn rename_column(context: &mut Context<'_>, view: &QName, rename: &ast::RenameColumn) {
    if let Some(from) = rename.column_name_ref() {
        let object = ObjectRef::Column(view.clone(), names::name(&from));
        lifecycle::rename(context, object, rename.column_name());
    }
}

fn set_options(context: &mut Context<'_>, view: &QName, set: &ast::SetOptions) {
    if let Some(list) = set.attribute_list() {
        let change = ViewChange::SetParameters {
            set: expression::parameters(&list),
            reset: Vec::new(),
        };
        emit(context, view, change);
    }
}

fn reset_options(context: &mut Context<'_>, view: &QName, reset: &ast::ResetOptions) {
    if let Some(list) = reset.attribute_list() {
        let change = ViewChange::SetParameters {
            set: crate::model::Parameters::new(),
            reset: expression::parameter_names(&list),
        };
        emit(context, view, change);
    }
}

/// `ALTER MATERIALIZED VIEW`.
pub(super) fn alter_materialized(
    context: &mut Context<'_>,
    statement: &ast::AlterMaterializedView,
) {
    if statement.all_in_tablespace().is_some() {
        return context.unknown("all materialized views of a tablespace move");
    }
    let missing_ok = statement.if_exists().is_some();
    let found = statement
        .view_ref()
        .and_then(|node| view::find(context, &node, Which::Materialized, missing_ok));
    let Some(name) = found else {
        return nothing_left(context);
    };
    for action in statement.action() {
        act(context, &name, &action);
    }
}

fn act(context: &mut Context<'_>, name: &QName, action: &ast::AlterMaterializedViewAction) {
    let object = ObjectRef::View(name.clone());
    use ast::AlterMaterializedViewAction as Action;
    match action {
        Action::RenameColumn(rename) => rename_column(context, name, rename),
        Action::SetSchema(to) => lifecycle::set_schema(context, object, to),
        Action::ViewRenameTo(to) => lifecycle::rename(context, object, to.view()),
        Action::DependsOnExtension(_) | Action::NoDependsOnExtension(_) => {
            context.emit(Change::Nothing);
        }
        Action::AlterTableAction(action) => like_a_table(context, name, action),
    }
}

/// The actions that a materialized view shares with tables.
fn like_a_table(context: &mut Context<'_>, name: &QName, action: &ast::AlterTableAction) {
    let object = ObjectRef::View(name.clone());
    use ast::AlterTableAction as Action;
    match action {
        Action::OwnerTo(to) => lifecycle::set_owner(context, object, to),
        Action::RenameColumn(rename) => rename_column(context, name, rename),
        Action::SetSchema(to) => lifecycle::set_schema(context, object, to),
        Action::TableRenameTo(to) => lifecycle::rename(context, object, to.table_name()),
        Action::SetOptions(set) => set_options(context, name, set),
        Action::ResetOptions(reset) => reset_options(context, name, reset),
        Action::SetTablespace(to) => {
            let tablespace = to.tablespace_ref().map(|node| names::name(&node));
            let tablespace = tablespace.filter(|name| *name != "pg_default");
            emit(context, name, ViewChange::SetTablespace(tablespace));
        }
        Action::SetAccessMethod(to) => {
            let method = to.access_method_ref().map(|node| names::name(&node));
            let method = method.filter(|name: &Name| *name != "heap");
            emit(context, name, ViewChange::SetAccessMethod(method));
        }
        Action::AlterColumn(alter) => alter_column(context, name, alter),
        Action::ClusterOn(_) | Action::SetWithoutCluster(_) => context.emit(Change::Nothing),
        other => {
            let text = other.syntax().text().to_string();
            context.unknown(format!("a materialized view is altered: {text}"));
        }
    }
}

fn alter_column(context: &mut Context<'_>, name: &QName, alter: &ast::AlterColumn) {
    let Some(column) = alter.column_name_ref().map(|node| names::name(&node)) else {
        return;
    };
    match alter.option() {
        Some(ast::AlterColumnOption::SetStatistics(set)) => {
            let target = set.expr().and_then(|expr| expression::integer(&expr));
            let target = target.and_then(|target| i32::try_from(target).ok());
            let target = target.filter(|target| *target >= 0);
            emit(context, name, ViewChange::SetStatistics { column, target });
        }
        // storage, compression and options of such a column are not kept
        _ => context.emit(Change::Nothing),
    }
}

/// `REFRESH MATERIALIZED VIEW`.
pub(super) fn refresh(context: &mut Context<'_>, statement: &ast::Refresh) {
    let found = statement
        .view_ref()
        .and_then(|node| view::find(context, &node, Which::Materialized, false));
    if let Some(name) = found {
        let populated = !matches!(
            statement.data_option(),
            Some(ast::DataOption::WithNoData(_))
        );
        emit(context, &name, ViewChange::Refresh { populated });
    }
}
