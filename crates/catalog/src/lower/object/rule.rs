//! `CREATE`, `ALTER` and `DROP RULE` (sql-createrule.html).

use squawk_syntax::ast;

use super::{
    hanging::{self, Hanging},
    lifecycle,
};
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
    if statement.or_replace().is_none() && !hanging::is_free(context, Hanging::Rule, &node, &table)
    {
        return;
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

/// `ALTER RULE`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterRule) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    let (Some(node), Some(on)) = (statement.rule_ref(), on) else {
        return;
    };
    if let Some((table, name)) = hanging::find(context, Hanging::Rule, &node, &on, false) {
        let to = statement.rule_rename_to().and_then(|to| to.rule());
        lifecycle::rename(context, ObjectRef::Rule(table, name), to);
    }
}

/// `DROP RULE`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropRule) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    hanging::drop(
        context,
        Hanging::Rule,
        (statement.rule_ref(), on),
        statement.if_exists().is_some(),
        statement.drop_behavior(),
    );
}
