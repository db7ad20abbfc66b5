//! What changes no schema: settings of the session, rows, maintenance, transactions.

use squawk_syntax::ast;

use super::Context;

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    let _ = (context, statement);
    false
}
