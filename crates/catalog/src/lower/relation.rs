//! Tables, their columns and constraints, indexes and sequences.

use squawk_syntax::ast;

pub(crate) mod naming;

use super::Context;

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    let _ = (context, statement);
    false
}
