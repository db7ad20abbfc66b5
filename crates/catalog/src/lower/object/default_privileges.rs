//! `ALTER DEFAULT PRIVILEGES` (sql-alterdefaultprivileges.html).

use squawk_syntax::ast;

use super::{grant, lifecycle, roles};
use crate::{
    Change, DefaultFor, DefaultPrivilegesKey, Name, Privilege,
    apply::privileges::Kind,
    change::PrivilegesChange,
    lower::{Context, names},
};

/// `ALTER DEFAULT PRIVILEGES`: one line for each role and schema.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterDefaultPrivileges) {
    let Some(action) = statement.action() else {
        return;
    };
    let Some(asked) = asked(&action) else {
        return;
    };
    if grant::refused(context, asked.grant && asked.option, asked.roles.as_ref()) {
        return;
    }
    let whose: Vec<Option<Name>> = match statement.for_roles().and_then(|of| of.role_ref_list()) {
        Some(list) => list.role_refs().map(|role| context.role(&role)).collect(),
        None => vec![lifecycle::owner(context)],
    };
    let mut schemas = vec![None];
    if let Some(written) = statement.in_schemas() {
        schemas.clear();
        for node in written.schema_refs() {
            let name = names::name(&node);
            if context.check_schema(&node, &name) {
                schemas.push(Some(name));
            }
        }
    }
    for role in whose {
        for schema in &schemas {
            line(context, role.clone(), schema.clone(), &asked);
        }
    }
}

/// What is granted or revoked.
struct Asked {
    grant: bool,
    option: bool,
    words: Vec<String>,
    objects: DefaultFor,
    roles: Option<ast::RoleRefList>,
}

fn asked(action: &ast::AlterDefaultPrivilegesAction) -> Option<Asked> {
    let (grant, option, privileges, target, roles) = match action {
        ast::AlterDefaultPrivilegesAction::GrantDefaultPrivileges(of) => (
            true,
            grant::has_option(of.grant_with_clause()),
            of.privileges()?,
            of.privilege_target()?,
            of.role_ref_list(),
        ),
        ast::AlterDefaultPrivilegesAction::RevokeDefaultPrivileges(of) => (
            false,
            of.grant_option_for().is_some(),
            of.privileges()?,
            of.privilege_target()?,
            of.role_ref_list(),
        ),
    };
    let words = grant::words(&privileges);
    Some(Asked {
        grant,
        option,
        words: words.into_iter().map(|(word, _)| word).collect(),
        objects: match target {
            ast::PrivilegeTarget::PrivilegeTargetTables(_) => DefaultFor::Tables,
            ast::PrivilegeTarget::PrivilegeTargetSequences(_) => DefaultFor::Sequences,
            ast::PrivilegeTarget::PrivilegeTargetFunctions(_)
            | ast::PrivilegeTarget::PrivilegeTargetRoutines(_) => DefaultFor::Functions,
            ast::PrivilegeTarget::PrivilegeTargetTypes(_) => DefaultFor::Types,
            ast::PrivilegeTarget::PrivilegeTargetSchemas(_) => DefaultFor::Schemas,
            ast::PrivilegeTarget::PrivilegeTargetLargeObjects(_) => DefaultFor::LargeObjects,
        },
        roles,
    })
}

fn line(context: &mut Context<'_>, role: Option<Name>, schema: Option<Name>, asked: &Asked) {
    let Some(grantees) = roles::grantees(context, asked.roles.clone(), role.as_ref()) else {
        return context.unknown("default privileges for the role that deploys");
    };
    let kind = Kind::of_defaults(asked.objects);
    let words = asked.words.iter();
    let privileges: Vec<Privilege> = words
        .flat_map(|word| grant::privileges_of(kind, context.catalog.major, word))
        .collect();
    context.emit(Change::DefaultPrivileges {
        key: DefaultPrivilegesKey {
            role,
            schema,
            objects: asked.objects,
        },
        change: PrivilegesChange {
            grant: asked.grant,
            privileges,
            grantees,
            grant_option: asked.option,
        },
    });
}
