//! Roles as grantees.

use squawk_syntax::ast::{self, AstNode};

use crate::{Grantee, Name, lower::Context};

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    /// Somebody with a name, or everybody.
    Grantee(Grantee),
    /// `CURRENT_USER` and the like, where that is the role that deploys: its name is not known.
    Deployer,
}

/// Whom a role specification names.
pub(super) fn grantee(context: &Context<'_>, role: &ast::RoleRef) -> Named {
    if let Some(ast::RoleRefValue::RoleNameRef(named)) = role.role_ref_value()
        && named
            .syntax()
            .text()
            .to_string()
            .trim()
            .eq_ignore_ascii_case("public")
    {
        return Named::Grantee(Grantee::Public);
    }
    match context.role(role) {
        Some(name) => Named::Grantee(Grantee::Role(name)),
        None => Named::Deployer,
    }
}

/// Whom a list of them names, for an object of this owner; `None` where one has no name that is known.
pub(super) fn grantees(
    context: &Context<'_>,
    list: Option<ast::RoleRefList>,
    owner: Option<&Name>,
) -> Option<Vec<Grantee>> {
    let roles = list.into_iter().flat_map(|list| list.role_refs());
    roles
        .map(|role| match grantee(context, &role) {
            Named::Grantee(Grantee::Role(name)) if Some(&name) == owner => Some(Grantee::Owner),
            Named::Grantee(grantee) => Some(grantee),
            Named::Deployer => owner.is_none().then_some(Grantee::Owner),
        })
        .collect()
}
