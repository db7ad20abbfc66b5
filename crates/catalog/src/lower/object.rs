//! Everything that is no table: schemas, types, routines, views, triggers, policies, privileges, comments….

mod aggregate;
mod alter_routine;
mod alter_type;
mod alter_view;
mod comment;
mod default_privileges;
mod domain;
mod extension;
mod grant;
mod hanging;
mod lifecycle;
mod opaque;
mod policy;
mod publication;
mod references;
mod roles;
mod routine;
mod routine_options;
mod rule;
mod schema;
mod signature;
mod statistics;
mod trigger;
mod types;
mod view;

#[cfg(test)]
mod tests;

use squawk_syntax::ast::{self, Stmt};

use super::Context;
use crate::Change;

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    schemas_and_types(context, statement)
        || routines(context, statement)
        || of_relations(context, statement)
        || rights(context, statement)
        || opaque::lower(context, statement)
        || outside(context, statement)
}

fn schemas_and_types(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        Stmt::CreateSchema(s) => schema::create(context, s),
        Stmt::AlterSchema(s) => schema::alter(context, s),
        Stmt::DropSchema(s) => schema::drop(context, s),
        Stmt::CreateExtension(s) => extension::create(context, s),
        Stmt::AlterExtension(s) => extension::alter(context, s),
        Stmt::DropExtension(s) => extension::drop(context, s),
        Stmt::CreateType(s) => types::create(context, s),
        Stmt::AlterType(s) => alter_type::alter(context, s),
        Stmt::DropType(s) => types::drop(context, s),
        Stmt::CreateDomain(s) => domain::create(context, s),
        Stmt::AlterDomain(s) => domain::alter(context, s),
        Stmt::DropDomain(s) => domain::drop(context, s),
        _ => return false,
    }
    true
}

fn routines(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        Stmt::CreateFunction(s) => routine::create_function(context, s),
        Stmt::CreateProcedure(s) => routine::create_procedure(context, s),
        Stmt::CreateAggregate(s) => aggregate::create(context, s),
        Stmt::AlterFunction(s) => alter_routine::alter_function(context, s),
        Stmt::AlterProcedure(s) => alter_routine::alter_procedure(context, s),
        Stmt::AlterRoutine(s) => alter_routine::alter_routine(context, s),
        Stmt::AlterAggregate(s) => alter_routine::alter_aggregate(context, s),
        Stmt::DropFunction(s) => alter_routine::drop_function(context, s),
        Stmt::DropProcedure(s) => alter_routine::drop_procedure(context, s),
        Stmt::DropRoutine(s) => alter_routine::drop_routine(context, s),
        Stmt::DropAggregate(s) => alter_routine::drop_aggregate(context, s),
        _ => return false,
    }
    true
}

/// Views, and what tables and views have beside their columns.
fn of_relations(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        Stmt::CreateView(s) => view::create(context, s),
        Stmt::CreateMaterializedView(s) => view::create_materialized(context, s),
        Stmt::AlterView(s) => alter_view::alter(context, s),
        Stmt::AlterMaterializedView(s) => alter_view::alter_materialized(context, s),
        Stmt::Refresh(s) => alter_view::refresh(context, s),
        Stmt::DropView(s) => view::drop(context, s),
        Stmt::DropMaterializedView(s) => view::drop_materialized(context, s),
        Stmt::CreateTrigger(s) => trigger::create(context, s),
        Stmt::AlterTrigger(s) => trigger::alter(context, s),
        Stmt::DropTrigger(s) => trigger::drop(context, s),
        Stmt::CreateRule(s) => rule::create(context, s),
        Stmt::AlterRule(s) => rule::alter(context, s),
        Stmt::DropRule(s) => rule::drop(context, s),
        Stmt::CreatePolicy(s) => policy::create(context, s),
        Stmt::AlterPolicy(s) => policy::alter(context, s),
        Stmt::DropPolicy(s) => policy::drop(context, s),
        Stmt::CreateStatistics(s) => statistics::create(context, s),
        Stmt::AlterStatistics(s) => statistics::alter(context, s),
        Stmt::DropStatistics(s) => statistics::drop(context, s),
        Stmt::CreatePublication(s) => publication::create(context, s),
        Stmt::AlterPublication(s) => publication::alter(context, s),
        Stmt::DropPublication(s) => publication::drop(context, s),
        _ => return false,
    }
    true
}

fn rights(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        Stmt::CommentOn(s) => comment::lower(context, s),
        Stmt::Grant(s) => grant::grant(context, s),
        Stmt::Revoke(s) => grant::revoke(context, s),
        Stmt::AlterDefaultPrivileges(s) => default_privileges::alter(context, s),
        Stmt::Reassign(_) => context.unknown("everything that some role owns changes hands"),
        Stmt::DropOwned(_) => context.unknown("everything that some role owns is dropped"),
        _ => return false,
    }
    true
}

/// What is in no schema: roles, databases, tablespaces, settings of the server, labels of security providers.
fn outside(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    match statement {
        Stmt::CreateRole(_)
        | Stmt::CreateUser(_)
        | Stmt::CreateGroup(_)
        | Stmt::AlterRole(_)
        | Stmt::AlterUser(_)
        | Stmt::AlterGroup(_)
        | Stmt::DropRole(_)
        | Stmt::DropUser(_)
        | Stmt::DropGroup(_)
        | Stmt::CreateDatabase(_)
        | Stmt::AlterDatabase(_)
        | Stmt::DropDatabase(_)
        | Stmt::CreateTablespace(_)
        | Stmt::AlterTablespace(_)
        | Stmt::DropTablespace(_)
        | Stmt::AlterSystem(_)
        | Stmt::AlterLargeObject(_)
        | Stmt::SecurityLabel(_) => context.emit(Change::Nothing),
        Stmt::ImportForeignSchema(_) => {
            context.unknown("foreign tables as another server has them")
        }
        _ => return false,
    }
    true
}
