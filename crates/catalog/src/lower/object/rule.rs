//! `CREATE`, `ALTER` and `DROP RULE` (sql-createrule.html).

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Catalog, Change, Name, Object, ObjectRef, QName,
    lower::{Context, expression, names},
    model::{Enabled, Rule, RuleEvent},
};

/// `CREATE RULE`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateRule) {
    let (Some(node), Some(on), Some(does)) =
        (statement.rule(), statement.rule_on(), statement.rule_do())
    else {
        return;
    };
    let Some((table, _)) = on
        .relation_name_ref()
        .and_then(|relation| context.table_or_view(&relation))
    else {
        return;
    };
    let name = names::name(&node);
    let Some(event) = on.rule_event().map(|event| event_of(&event)) else {
        return;
    };
    if event == RuleEvent::Select && context.catalog.tables.contains_key(&table) {
        return context.unknown("a rule that makes a table a view");
    }
    let before = of(&context.catalog, &table, &name).cloned();
    if before.is_some() && statement.or_replace().is_none() {
        let message = format!(
            "rule \"{}\" for relation \"{}\" already exists",
            name.as_str(),
            table.name.as_str()
        );
        return context.problem(node.syntax(), message);
    }
    let condition = on.where_clause().and_then(|clause| clause.expr());
    let rule = Rule {
        event,
        instead: does.instead_token().is_some(),
        condition: condition.map(|expr| expression::expr(&expr)),
        actions: actions(&does),
        enabled: before
            .as_ref()
            .map_or(Enabled::default(), |before| before.enabled),
        comment: before.as_ref().and_then(|before| before.comment.clone()),
    };
    let object = Box::new(Object::Rule(table, name, rule));
    context.emit(match before {
        Some(_) => Change::Replace(object),
        None => Change::Create(object),
    });
}

fn event_of(event: &ast::RuleEvent) -> RuleEvent {
    if event.insert_token().is_some() {
        RuleEvent::Insert
    } else if event.update_token().is_some() {
        RuleEvent::Update
    } else if event.delete_token().is_some() {
        RuleEvent::Delete
    } else {
        RuleEvent::Select
    }
}

fn actions(does: &ast::RuleDo) -> Vec<crate::Expr> {
    match does.rule_action() {
        Some(ast::RuleAction::RuleStmt(one)) => vec![expression::text(&one)],
        Some(ast::RuleAction::RuleStmtList(list)) => list
            .rule_stmts()
            .map(|one| expression::text(&one))
            .collect(),
        Some(ast::RuleAction::Nothing(_)) | None => Vec::new(),
    }
}

fn of<'a>(catalog: &'a Catalog, table: &QName, name: &Name) -> Option<&'a Rule> {
    let of_table = catalog
        .tables
        .get(table)
        .and_then(|table| table.rules.get(name));
    of_table.or_else(|| catalog.views.get(table)?.rules.get(name))
}

/// The rule that is named; a problem where there is none, unless it may be missing.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::RuleRef,
    on: &impl AstNode,
    missing_ok: bool,
) -> Option<(QName, Name)> {
    if missing_ok && context.find_relation(&names::written(on)).is_none() {
        return None;
    }
    let (table, _) = context.table_or_view(on)?;
    let name = names::name(node);
    if of(&context.catalog, &table, &name).is_some() {
        return Some((table, name));
    }
    if !missing_ok {
        let message = format!(
            "rule \"{}\" for relation \"{}\" does not exist",
            name.as_str(),
            table.name.as_str()
        );
        context.problem(node.syntax(), message);
    }
    None
}

/// `ALTER RULE`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterRule) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    let (Some(node), Some(on)) = (statement.rule_ref(), on) else {
        return;
    };
    if let Some((table, name)) = find(context, &node, &on, false) {
        let to = statement.rule_rename_to().and_then(|to| to.rule());
        lifecycle::rename(context, ObjectRef::Rule(table, name), to);
    }
}

/// `DROP RULE`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropRule) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    let (Some(node), Some(on)) = (statement.rule_ref(), on) else {
        return;
    };
    lifecycle::drop(
        context,
        std::iter::once(node),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        |context, node, missing_ok| {
            let (table, name) = find(context, node, &on, missing_ok)?;
            Some(ObjectRef::Rule(table, name))
        },
    );
}
