//! `CREATE VIEW` and `CREATE MATERIALIZED VIEW` (sql-createview.html); what `ALTER` does is in `alter_view.rs`.

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode};

use super::{lifecycle, references};
use crate::{
    Change, DefaultFor, Expr, Name, Object, ObjectRef, QName, Relation,
    apply::privileges,
    lower::{Context, expression, names},
    model::{CheckOption, Persistence, View, ViewKind},
    render::view::output_names,
};

/// `CREATE VIEW`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateView) {
    let (Some(node), Some(query)) = (statement.view(), statement.query()) else {
        return;
    };
    let depends_on = references::of(context, query.syntax());
    let temporary = matches!(statement.persistence(), Some(ast::Persistence::Temp(_)))
        || names::written(&node)
            .schema
            .is_some_and(|schema| schema == "pg_temp")
        || reads_temporary(context, &depends_on);
    let name = if temporary {
        QName::new("pg_temp", names::written(&node).name)
    } else {
        let Some(name) = context.new_name(&node) else {
            return;
        };
        name
    };
    let columns = columns(statement.column_list());
    let text = expression::text(&query);
    let recursive = statement.recursive_token().is_some();
    let mut view = View::new(
        ViewKind::Plain,
        if recursive {
            recursive_query(&name.name, &columns, &text)
        } else {
            text
        },
    );
    view.columns = columns;
    view.depends_on = depends_on;
    view.depends_on.remove(&ObjectRef::View(name.clone()));
    if let Some(list) = statement
        .with_params()
        .and_then(|with| with.attribute_list())
    {
        view.parameters = expression::parameters(&list);
    }
    view.check_option = check_option(statement, &mut view);
    if let Some(before) = context.catalog.views.get(&name).cloned()
        && statement.or_replace().is_some()
        && !before.is_materialized()
    {
        if let Some(message) = other_columns(&before, &view) {
            return context.problem(node.syntax(), message);
        }
        keep(&mut view, &before);
        return context.emit(Change::Replace(Box::new(Object::View(name, view))));
    }
    if !is_free(context, &node, &name, statement.or_replace().is_some()) {
        return;
    }
    add(context, name, view);
}

/// Columns that are listed.
fn columns(list: Option<ast::ColumnList>) -> Vec<Name> {
    let list = list.into_iter().flat_map(|list| list.column_names());
    list.map(|column| names::name(&column)).collect()
}

/// A view that reads a temporary relation is temporary itself (sql-createview.html).
fn reads_temporary(
    context: &Context<'_>,
    depends_on: &std::collections::BTreeSet<ObjectRef>,
) -> bool {
    depends_on.iter().any(|object| match object {
        ObjectRef::Table(name) => {
            let found = context.catalog.tables.get(name);
            found.is_some_and(|found| found.persistence == Persistence::Temporary)
        }
        ObjectRef::View(name) => name.schema == "pg_temp",
        _ => false,
    })
}

/// `CREATE RECURSIVE VIEW name (columns) AS query` is short for this (sql-createview.html).
fn recursive_query(name: &Name, columns: &[Name], query: &Expr) -> Expr {
    let columns: Vec<String> = columns.iter().map(Name::to_string).collect();
    let columns = columns.join(", ");
    Expr::written(format!(
        "WITH RECURSIVE {name}({columns}) AS ({query}) SELECT {columns} FROM {name}"
    ))
}

/// `WITH CHECK OPTION`, which may stand among the parameters too.
fn check_option(statement: &ast::CreateView, view: &mut View) -> Option<CheckOption> {
    let parameter = view.parameters.remove("check_option");
    if let Some(written) = statement.with_check_option() {
        return Some(match written.check_option_level() {
            Some(ast::CheckOptionLevel::LocalCheckOption(_)) => CheckOption::Local,
            _ => CheckOption::Cascaded,
        });
    }
    parameter.map(|value| match value.as_str() {
        "local" => CheckOption::Local,
        _ => CheckOption::Cascaded,
    })
}

/// Why the server does not put a view in the place of another (checkViewColumns): it only may have more columns behind those that
/// are there. What the text does not show is left to the server.
fn other_columns(before: &View, view: &View) -> Option<String> {
    let names = |view: &View| match view.columns.is_empty() {
        true => output_names(&view.query.text),
        false => Some(view.columns.clone()),
    };
    let (old, new) = (names(before)?, names(view)?);
    let other = old.iter().zip(&new).find(|(old, new)| old != new);
    if let Some((old, new)) = other {
        let (old, new) = (old.as_str(), new.as_str());
        return Some(format!(
            "cannot change name of view column \"{old}\" to \"{new}\""
        ));
    }
    // a list may leave out the last ones
    let are_whole = before.columns.is_empty() && view.columns.is_empty();
    (are_whole && new.len() < old.len()).then(|| "cannot drop columns from view".to_owned())
}

/// What a view keeps when its query is replaced.
fn keep(view: &mut View, before: &View) {
    view.column_details.clone_from(&before.column_details);
    view.triggers.clone_from(&before.triggers);
    view.rules.clone_from(&before.rules);
    view.owner.clone_from(&before.owner);
    view.privileges.clone_from(&before.privileges);
    view.comment.clone_from(&before.comment);
}

/// Whether no relation or type has the name; a problem where one has.
fn is_free(context: &mut Context<'_>, node: &ast::View, name: &QName, replace: bool) -> bool {
    let found = context.catalog.relation(name);
    if found.is_none() && !context.catalog.types.contains_key(name) {
        return true;
    }
    if replace && found.is_some() {
        let message = format!("\"{}\" is not a view", name.name.as_str());
        context.problem(node.syntax(), message);
    } else {
        lifecycle::already_there(context, node, "relation");
    }
    false
}

fn add(context: &mut Context<'_>, name: QName, mut view: View) {
    view.owner = lifecycle::owner(context);
    view.privileges = privileges::initial(
        &context.catalog,
        DefaultFor::Tables,
        view.owner.as_ref(),
        Some(&name.schema),
    );
    context.emit(Change::Create(Box::new(Object::View(name, view))));
}

/// `CREATE MATERIALIZED VIEW`.
pub(super) fn create_materialized(
    context: &mut Context<'_>,
    statement: &ast::CreateMaterializedView,
) {
    let (Some(node), Some(query)) = (statement.view(), statement.query()) else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    if context.catalog.relation(&name).is_some() && statement.if_not_exists().is_some() {
        return context.emit(Change::Nothing);
    }
    if !is_free(context, &node, &name, false) {
        return;
    }
    let method = statement
        .using_method()
        .and_then(|using| using.access_method_ref());
    let tablespace = statement
        .tablespace_clause()
        .and_then(|clause| clause.tablespace_ref());
    let kind = ViewKind::Materialized {
        populated: !matches!(
            statement.data_option(),
            Some(ast::DataOption::WithNoData(_))
        ),
        access_method: method
            .map(|method| names::name(&method))
            .or_else(|| context.session.default_access_method.clone())
            .filter(|method| *method != "heap"),
        tablespace: tablespace
            .map(|tablespace| names::name(&tablespace))
            .or_else(|| context.session.default_tablespace.clone()),
    };
    let mut view = View::new(kind, expression::text(&query));
    view.columns = columns(statement.column_list());
    view.column_details = BTreeMap::new();
    view.depends_on = references::of(context, query.syntax());
    if let Some(list) = statement
        .with_params()
        .and_then(|with| with.attribute_list())
    {
        view.parameters = expression::parameters(&list);
    }
    add(context, name, view);
}

/// Which kind of view a statement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// `VIEW`.
    Plain,
    /// `MATERIALIZED VIEW`.
    Materialized,
}

/// The view that is named; a problem where there is none, unless it may be missing.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &impl AstNode,
    which: Which,
    missing_ok: bool,
) -> Option<QName> {
    let written = names::written(node);
    let word = match which {
        Which::Plain => "view",
        Which::Materialized => "materialized view",
    };
    let Some((name, kind)) = context.find_relation(&written) else {
        if !missing_ok {
            context.missing_relation(node, word, &written);
        }
        return None;
    };
    let found = context.catalog.views.get(&name);
    let fits = kind == Relation::View
        && found.is_some_and(|found| found.is_materialized() == (which == Which::Materialized));
    if !fits {
        let message = format!("\"{}\" is not a {word}", name.name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    Some(name)
}

/// `DROP VIEW`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropView) {
    let if_exists = statement.if_exists().is_some();
    let behavior = statement.drop_behavior();
    drop_all(
        context,
        Which::Plain,
        statement.view_refs(),
        if_exists,
        behavior,
    );
}

/// `DROP MATERIALIZED VIEW`.
pub(super) fn drop_materialized(context: &mut Context<'_>, statement: &ast::DropMaterializedView) {
    let if_exists = statement.if_exists().is_some();
    let behavior = statement.drop_behavior();
    drop_all(
        context,
        Which::Materialized,
        statement.view_refs(),
        if_exists,
        behavior,
    );
}

fn drop_all(
    context: &mut Context<'_>,
    which: Which,
    named: impl Iterator<Item = ast::ViewRef>,
    if_exists: bool,
    behavior: Option<ast::DropBehavior>,
) {
    let cascade = lifecycle::cascades(behavior);
    lifecycle::drop(
        context,
        named,
        if_exists,
        cascade,
        |context, node, missing_ok| find(context, node, which, missing_ok).map(ObjectRef::View),
    );
}
