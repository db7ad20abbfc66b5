//! Names within expressions: which there are, and what a rename makes of them. On the syntax tree, never as text.

use crate::{Expr, Name};

/// What the server calls the column of an index that is over an expression (FigureIndexColname).
pub(crate) fn index_column_name(expression: &Expr) -> Name {
    let _ = expression;
    Name::stored("expr")
}
