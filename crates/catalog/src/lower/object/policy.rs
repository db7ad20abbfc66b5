//! `CREATE`, `ALTER` and `DROP POLICY` (sql-createpolicy.html).

use squawk_syntax::ast;

use super::{
    hanging::{self, Hanging},
    lifecycle, roles,
};
use crate::{
    Change, Expr, Grantee, Name, Object, ObjectRef, QName,
    lower::{Context, expression, names},
    model::{Policy, PolicyCommand},
};

/// `CREATE POLICY`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreatePolicy) {
    let on = statement.on_table().and_then(|on| on.table_name_ref());
    let (Some(node), Some(on)) = (statement.policy(), on) else {
        return;
    };
    let Some(table) = context.table(&on) else {
        return;
    };
    let name = names::name(&node);
    if !hanging::is_free(context, Hanging::Policy, &node, &table) {
        return;
    }
    let Some(roles) = for_whom(context, statement.policy_roles()) else {
        return context.unknown("a policy for the role that deploys");
    };
    let restrictive = statement
        .as_policy_type()
        .and_then(|of| of.ident_token())
        .is_some_and(|word| word.text().eq_ignore_ascii_case("restrictive"));
    let policy = Policy {
        permissive: !restrictive,
        command: command(statement.policy_command()),
        roles: roles.unwrap_or_else(|| vec![Grantee::Public]),
        using: using(statement.using_expr_clause()),
        check: check(statement.with_check_expr_clause()),
        comment: None,
    };
    let object = Object::Policy(table, name, policy);
    context.emit(Change::Create(Box::new(object)));
}

/// The roles in order of their names, if any are written; with `PUBLIC` there is nobody else (`policy_role_list_to_array`
/// in `policy.c`). `None`: one of them has no name that is known.
fn for_whom(
    context: &Context<'_>,
    written: Option<ast::PolicyRoles>,
) -> Option<Option<Vec<Grantee>>> {
    let Some(list) = written.and_then(|roles| roles.role_ref_list()) else {
        return Some(None);
    };
    let mut found: Vec<Grantee> = Vec::new();
    for role in list.role_refs() {
        found.push(match roles::grantee(context, &role) {
            roles::Named::Grantee(grantee) => grantee,
            roles::Named::Deployer => return None,
        });
    }
    if found.contains(&Grantee::Public) {
        return Some(Some(vec![Grantee::Public]));
    }
    found.sort();
    found.dedup();
    Some(Some(found))
}

fn command(written: Option<ast::PolicyCommand>) -> PolicyCommand {
    match written.and_then(|written| written.command()) {
        None | Some(ast::PolicyCommandKind::PolicyCommandAll(_)) => PolicyCommand::All,
        Some(ast::PolicyCommandKind::PolicyCommandSelect(_)) => PolicyCommand::Select,
        Some(ast::PolicyCommandKind::PolicyCommandInsert(_)) => PolicyCommand::Insert,
        Some(ast::PolicyCommandKind::PolicyCommandUpdate(_)) => PolicyCommand::Update,
        Some(ast::PolicyCommandKind::PolicyCommandDelete(_)) => PolicyCommand::Delete,
    }
}

fn using(clause: Option<ast::UsingExprClause>) -> Option<Expr> {
    clause
        .and_then(|clause| clause.expr())
        .map(|expr| expression::expr(&expr))
}

fn check(clause: Option<ast::WithCheckExprClause>) -> Option<Expr> {
    clause
        .and_then(|clause| clause.expr())
        .map(|expr| expression::expr(&expr))
}

/// `ALTER POLICY`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterPolicy) {
    let on = statement.on_table().and_then(|on| on.table_name_ref());
    let (Some(node), Some(on)) = (statement.policy_ref(), on) else {
        return;
    };
    let Some((table, name)) = hanging::find(context, Hanging::Policy, &node, &on, false) else {
        return;
    };
    match statement.action() {
        Some(ast::AlterPolicyAction::PolicyRenameTo(to)) => {
            lifecycle::rename(context, ObjectRef::Policy(table, name), to.policy());
        }
        Some(ast::AlterPolicyAction::AlterPolicyTo(to)) => change(context, table, name, &to),
        None => {}
    }
}

fn change(context: &mut Context<'_>, table: QName, name: Name, to: &ast::AlterPolicyTo) {
    let before = context.catalog.tables.get(&table);
    let Some(before) = before.and_then(|table| table.policies.get(&name)) else {
        return;
    };
    let mut after = before.clone();
    match for_whom(context, to.policy_roles()) {
        Some(Some(roles)) => after.roles = roles,
        Some(None) => {}
        None => return context.unknown("a policy for the role that deploys"),
    }
    if let Some(expr) = using(to.using_expr_clause()) {
        after.using = Some(expr);
    }
    if let Some(expr) = check(to.with_check_expr_clause()) {
        after.check = Some(expr);
    }
    let after = Box::new(after);
    context.emit(Change::Policy { table, name, after });
}

/// `DROP POLICY`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropPolicy) {
    let on = statement.on_table().and_then(|on| on.table_name_ref());
    hanging::drop(
        context,
        Hanging::Policy,
        (statement.policy_ref(), on),
        statement.if_exists().is_some(),
        statement.drop_behavior(),
    );
}
