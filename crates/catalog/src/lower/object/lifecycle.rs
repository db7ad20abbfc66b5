//! What every kind of object can have done to it: a new name, schema or owner, and its end.

use squawk_syntax::ast::{self, AstNode};

use crate::{
    Change, Name, ObjectRef,
    lower::{Context, names},
};

/// Whether `CASCADE` is written.
pub(super) fn cascades(behavior: Option<ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}

/// `RENAME TO`.
pub(super) fn rename<N: AstNode>(context: &mut Context<'_>, object: ObjectRef, to: Option<N>) {
    if let Some(to) = to {
        let to = names::name(&to);
        context.emit(Change::Rename { object, to });
    }
}

/// `SET SCHEMA`.
pub(super) fn set_schema(context: &mut Context<'_>, object: ObjectRef, to: &ast::SetSchema) {
    let Some(schema) = to.schema_ref() else {
        return;
    };
    let name = names::name(&schema);
    if context.check_schema(&schema, &name) {
        context.emit(Change::SetSchema {
            object,
            schema: name,
        });
    }
}

/// `OWNER TO`.
pub(super) fn set_owner(context: &mut Context<'_>, object: ObjectRef, to: &ast::OwnerTo) {
    let Some(role) = to.role_ref() else {
        return;
    };
    let owner = context.role(&role);
    context.emit(Change::SetOwner { object, owner });
}

/// `DROP`, of each object that is named. `find` says which one a name stands for; what is not there is passed over
/// after `IF EXISTS`, else it is a problem.
pub(super) fn drop<N: AstNode>(
    context: &mut Context<'_>,
    named: impl Iterator<Item = N>,
    if_exists: bool,
    cascade: bool,
    find: impl Fn(&mut Context<'_>, &N, bool) -> Option<ObjectRef>,
) {
    let found: Vec<ObjectRef> = named
        .filter_map(|node| find(context, &node, if_exists))
        .collect();
    if found.is_empty() && !context.has_problems() {
        context.emit(Change::Nothing);
    }
    for object in found {
        context.emit(Change::Drop { object, cascade });
    }
}

/// An object of the kind that has its names to itself in the database; a problem where there is none, unless it may
/// be missing.
pub(super) fn check<N: AstNode>(
    context: &mut Context<'_>,
    node: &N,
    kind: &str,
    there: bool,
    missing_ok: bool,
) -> bool {
    if !there && !missing_ok {
        let name = names::name(node);
        context.problem(
            node.syntax(),
            format!("{kind} \"{}\" does not exist", name.as_str()),
        );
    }
    there
}

/// Says that there is one of this name already.
pub(super) fn already_there(context: &mut Context<'_>, node: &impl AstNode, kind: &str) {
    let name = names::written(node).name;
    let message = format!("{kind} \"{}\" already exists", name.as_str());
    context.problem(node.syntax(), message);
}

/// The role that new objects belong to.
pub(super) fn owner(context: &Context<'_>) -> Option<Name> {
    context.session.role.clone()
}
