//! Everything that is no table: schemas, types, routines, views, triggers, policies, privileges, comments….

use squawk_syntax::ast;

use super::Context;

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    let _ = (context, statement);
    false
}
