//! `CREATE`, `ALTER` and `DROP SCHEMA` (sql-createschema.html).

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Change, DefaultFor, Name, Object, ObjectRef,
    apply::privileges,
    lower::{Context, dispatch, names},
    model::Schema,
};

/// `CREATE SCHEMA`, with the statements within it.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateSchema) {
    let Some((name, owner)) = target(context, statement) else {
        return context.unknown("a schema named after the role that deploys");
    };
    if context.has_schema(&name) {
        if statement.if_not_exists().is_some() {
            return context.emit(Change::Nothing);
        }
        let message = format!("schema \"{}\" already exists", name.as_str());
        return context.problem(statement.syntax(), message);
    }
    let schema = Schema {
        privileges: privileges::initial(
            &context.catalog,
            DefaultFor::Schemas,
            owner.as_ref(),
            None,
        ),
        owner: owner.clone(),
        comment: None,
    };
    let object = Object::Schema(name.clone(), schema);
    context.emit(Change::Create(Box::new(object)));
    elements(context, statement, name, owner);
}

/// Its name, which may be that of its owner, and its owner.
fn target(context: &Context<'_>, statement: &ast::CreateSchema) -> Option<(Name, Option<Name>)> {
    match statement.create_schema_target()? {
        ast::CreateSchemaTarget::NamedSchema(named) => {
            let owner = match named.role_ref() {
                Some(role) => context.role(&role),
                None => lifecycle::owner(context),
            };
            Some((names::name(&named.schema()?), owner))
        }
        ast::CreateSchemaTarget::AuthorizationSchema(of) => {
            let role = of.role()?;
            let owner =
                if role.current_user_token().is_some() || role.current_role_token().is_some() {
                    lifecycle::owner(context)?
                } else if role.session_user_token().is_some() {
                    return None;
                } else {
                    names::name(&role)
                };
            Some((owner.clone(), Some(owner)))
        }
    }
}

/// The statements within run as the owner, with the schema first in the path, in the order that the server
/// chooses (`transformCreateSchemaStmtElements` in `parse_utilcmd.c`).
fn elements(
    context: &mut Context<'_>,
    statement: &ast::CreateSchema,
    name: Name,
    owner: Option<Name>,
) {
    let mut elements: Vec<ast::SchemaElement> = statement.schema_elements().collect();
    if elements.is_empty() {
        return;
    }
    elements.sort_by_key(|element| match element {
        ast::SchemaElement::CreateTable(_) => 2,
        ast::SchemaElement::CreateView(_) => 3,
        ast::SchemaElement::CreateIndex(_) => 4,
        ast::SchemaElement::CreateTrigger(_) => 5,
        ast::SchemaElement::Grant(_) => 6,
        _ => 1,
    });
    let mut session = context.session.clone();
    session.search_path.insert(0, name);
    session.role = owner;
    context.within_session(&session, |context| {
        for element in elements {
            if let Some(statement) = ast::Stmt::cast(element.syntax().clone()) {
                dispatch(context, &statement);
            }
        }
    });
}

/// `ALTER SCHEMA`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterSchema) {
    let found = statement
        .schema_ref()
        .and_then(|node| find(context, &node, false));
    let (Some(object), Some(action)) = (found, statement.action()) else {
        return;
    };
    match action {
        ast::AlterSchemaAction::OwnerTo(to) => lifecycle::set_owner(context, object, &to),
        ast::AlterSchemaAction::SchemaRenameTo(to) => {
            lifecycle::rename(context, object, to.schema());
        }
    }
}

/// `DROP SCHEMA`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropSchema) {
    lifecycle::drop(
        context,
        statement.schema_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The schema that is named.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::SchemaRef,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = names::name(node);
    let there = if missing_ok {
        context.has_schema(&name)
    } else {
        context.check_schema(node, &name)
    };
    there.then_some(ObjectRef::Schema(name))
}
