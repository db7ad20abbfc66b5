//! What the valid CHECKs of a table prove, so that the server does not have to look at its rows
//! (`ConstraintImpliedByRelConstraint`, `tablecmds.c`).

use segue_catalog::model::{ConstraintKind, Table};

use super::expression::{self, Word};

/// What every row of a table is known to satisfy, by its CHECKs: the parts that all of them demand.
pub(super) struct Known(Vec<Vec<Word>>);

impl Known {
    /// What is known of a table. What is not validated, or not enforced, counts for nothing.
    pub(super) fn of(table: &Table) -> Self {
        let mut parts = Vec::new();
        for constraint in table.constraints.values() {
            if let ConstraintKind::Check { expression, .. } = &constraint.kind
                && constraint.validated
                && constraint.enforced
            {
                let words = expression::words(&expression.text);
                parts.extend(
                    expression::conjuncts(&words)
                        .into_iter()
                        .map(<[Word]>::to_vec),
                );
            }
        }
        Self(parts)
    }

    /// Whether a column is known to hold no NULL.
    pub(super) fn is_not_null(&self, column: &str) -> bool {
        self.0.iter().any(|part| demands_value(part, column))
    }
}

/// `column IS NOT NULL`, however it is written. A condition that is merely false of a NULL does not prove it: a CHECK is
/// passed by what is unknown.
fn demands_value(part: &[Word], column: &str) -> bool {
    match part {
        [not, rest @ ..] if not.is("not") => {
            let rest = expression::bare(rest);
            match rest {
                [operand @ .., is, null] if is.is("is") && null.is("null") => {
                    is_column(operand, column)
                }
                [operand @ .., isnull] if isnull.is("isnull") => is_column(operand, column),
                _ => false,
            }
        }
        [operand @ .., is, not, null] if is.is("is") && not.is("not") && null.is("null") => {
            is_column(operand, column)
        }
        [operand @ .., notnull] if notnull.is("notnull") => is_column(operand, column),
        _ => false,
    }
}

/// Whether words are nothing but a column, perhaps with its table in front.
pub(super) fn is_column(words: &[Word], column: &str) -> bool {
    match expression::bare(words) {
        [name] => name.is_name() && name.text == column,
        [.., dot, name] => {
            let path = words.len() <= 5
                && words
                    .iter()
                    .all(|word| word.is_name() || word.is(".") || word.is("(") || word.is(")"));
            path && dot.is(".") && name.text == column
        }
        _ => false,
    }
}
