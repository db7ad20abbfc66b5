//! `GRANT` and `REVOKE` on objects (sql-grant.html). Roles, databases and the like are in no schema. Default privileges are
//! in `default_privileges.rs`.

mod targets;

use squawk_syntax::ast::{self, AstNode};

use super::roles;
use crate::{
    Change, Name, ObjectRef, Privilege,
    apply::privileges::{Kind, all},
    change::PrivilegesChange,
    lower::{Context, names},
};
use targets::Target;

/// What a GRANT and a REVOKE have in common.
struct Asked {
    grant: bool,
    option: bool,
    privileges: ast::Privileges,
    roles: Option<ast::RoleRefList>,
}

/// `GRANT`.
pub(super) fn grant(context: &mut Context<'_>, statement: &ast::Grant) {
    let objects = statement
        .on_privilege_objects_clause()
        .and_then(|on| on.privilege_objects());
    let (Some(objects), Some(privileges)) = (objects, statement.privileges()) else {
        return context.emit(Change::Nothing);
    };
    let asked = Asked {
        grant: true,
        option: has_option(statement.grant_with_clause()),
        privileges,
        roles: statement.role_ref_list(),
    };
    lower(context, &objects, &asked);
}

/// `WITH GRANT OPTION`.
pub(super) fn has_option(with: Option<ast::GrantWithClause>) -> bool {
    with.is_some_and(|with| with.grant_option().is_some())
}

/// `REVOKE`.
pub(super) fn revoke(context: &mut Context<'_>, statement: &ast::Revoke) {
    let objects = statement
        .on_privilege_objects_clause()
        .and_then(|on| on.privilege_objects());
    let (Some(objects), Some(privileges)) = (objects, statement.privileges()) else {
        return context.emit(Change::Nothing);
    };
    let option = statement.revoke_option_for();
    let asked = Asked {
        grant: false,
        option: matches!(option, Some(ast::RevokeOptionFor::GrantOptionFor(_))),
        privileges,
        roles: statement.role_ref_list(),
    };
    lower(context, &objects, &asked);
}

fn lower(context: &mut Context<'_>, objects: &ast::PrivilegeObjects, asked: &Asked) {
    let targets = targets::of(context, objects);
    if context.has_problems() {
        return;
    }
    if targets.is_empty() {
        return context.emit(Change::Nothing);
    }
    if refused(context, asked.grant && asked.option, asked.roles.as_ref()) {
        return;
    }
    for target in targets {
        on(context, &target, asked);
    }
}

/// `WITH GRANT OPTION` is for roles, not for everybody (sql-grant.html).
pub(super) fn refused(
    context: &mut Context<'_>,
    option: bool,
    roles: Option<&ast::RoleRefList>,
) -> bool {
    let all = roles.into_iter().flat_map(|list| list.role_refs());
    let public = all.filter(|_| option).find(|role| {
        roles::grantee(context, role) == roles::Named::Grantee(crate::Grantee::Public)
    });
    if let Some(role) = &public {
        context.problem(role.syntax(), "grant options can only be granted to roles");
    }
    public.is_some()
}

/// One object, with its columns where columns are listed.
fn on(context: &mut Context<'_>, target: &Target, asked: &Asked) {
    let owner = targets::owner(&context.catalog, &target.object);
    let Some(grantees) = roles::grantees(context, asked.roles.clone(), owner.as_ref()) else {
        return context.unknown("privileges of the role that deploys, on what another owns");
    };
    let emit = |context: &mut Context<'_>, object: ObjectRef, privileges: Vec<Privilege>| {
        if !privileges.is_empty() {
            context.emit(Change::Privileges {
                object,
                change: PrivilegesChange {
                    grant: asked.grant,
                    privileges,
                    grantees: grantees.clone(),
                    grant_option: asked.option,
                },
            });
        }
    };
    let mut whole = Vec::new();
    for (word, columns) in words(&asked.privileges) {
        if columns.is_empty() {
            whole.extend(spelled(context, target, &word));
            continue;
        }
        let (ObjectRef::Table(name) | ObjectRef::View(name)) = &target.object else {
            continue;
        };
        let privileges = privileges_of(Kind::Column, context.catalog.major, &word);
        for column in columns {
            let object = ObjectRef::Column(name.clone(), column);
            emit(context, object, privileges.clone());
        }
    }
    emit(context, target.object.clone(), whole);
}

/// Each privilege as it is written, in upper case, with its columns.
pub(super) fn words(privileges: &ast::Privileges) -> Vec<(String, Vec<Name>)> {
    let columns = |list: Option<ast::ColumnRefList>| {
        let list = list.into_iter().flat_map(|list| list.column_name_refs());
        list.map(|column| names::name(&column))
            .collect::<Vec<Name>>()
    };
    match privileges {
        ast::Privileges::AllPrivileges(all) => {
            vec![("ALL".to_owned(), columns(all.column_ref_list()))]
        }
        ast::Privileges::RevokeCommandList(list) => list
            .revoke_commands()
            .map(|command| {
                let text = command.syntax().text().to_string();
                let word = text
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next();
                let word = word.unwrap_or_default().to_ascii_uppercase();
                (word, columns(command.column_ref_list()))
            })
            .collect(),
    }
}

/// A privilege of this name, or all of them, of a kind of object.
pub(super) fn privileges_of(kind: Kind, major: u16, word: &str) -> Vec<Privilege> {
    let known = all(kind, major).iter();
    known
        .filter(|privilege| word == "ALL" || **privilege == word)
        .copied()
        .collect()
}

/// As [`privileges_of`]; a problem where the kind has no such privilege. On a sequence that is called a table, what
/// sequences do not have is passed over (`ExecGrant_Relation`).
fn spelled(context: &mut Context<'_>, target: &Target, word: &str) -> Vec<Privilege> {
    let major = context.catalog.major;
    let found = privileges_of(target.kind, major, word);
    if found.is_empty() && !target.lenient {
        let message = format!("invalid privilege type {word} for {}", target.object.kind());
        context.problem(&target.node, message);
    }
    found
}
