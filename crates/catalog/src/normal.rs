//! How servers rewrite what was written: one habit per file below `normal/`, each pure and idempotent.

use crate::Expr;

/// Whether two expressions mean the same, as far as that shows in their texts.
pub fn same(first: &Expr, second: &Expr) -> bool {
    first.text == second.text
}
