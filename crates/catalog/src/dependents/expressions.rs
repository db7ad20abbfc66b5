//! Which expressions there are in a schema, whose they are, and what they name.

use crate::{Catalog, Expr, Name, QName};

/// Whether an expression over a table names this column of it.
pub(super) fn mentions_column(catalog: &Catalog, expr: &Expr, of: &QName, column: &Name) -> bool {
    let _ = (catalog, of);
    expr.text.contains(column.as_str())
}
