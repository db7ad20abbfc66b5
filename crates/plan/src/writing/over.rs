//! What a constraint is over.

use segue_catalog::{
    Name, QName,
    model::{Constraint, ConstraintKind},
};

use crate::effect;

/// Whether a constraint of the table `of` is over a column: one of its own, or one that it refers to. Of an EXCLUDE constraint,
/// which nothing is built for beside it, that is not told.
pub(crate) fn is_over(constraint: &Constraint, of: &QName, table: &QName, column: &Name) -> bool {
    match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            table == of && key.columns.contains(column)
                || *table == key.references && key.referenced_columns.contains(column)
        }
        ConstraintKind::PrimaryKey(own) | ConstraintKind::Unique(own) => {
            table == of && (own.columns.contains(column) || own.include.contains(column))
        }
        ConstraintKind::Check { expression, .. } => {
            table == of && effect::mentions(&expression.text, column)
        }
        ConstraintKind::Exclude(_) => false,
    }
}
