//! Constraints that forbid the same, whatever types their columns have.

use segue_catalog::{
    Catalog, Expr, QName,
    model::{Constraint, ConstraintKind},
    normal::{self, About, Tree},
};

/// Whether two constraints forbid the same, whatever types their columns have.
pub(crate) fn says_the_same(
    catalog: &Catalog,
    table: &QName,
    one: &Constraint,
    other: &Constraint,
) -> bool {
    let tree = |of: &Expr| {
        let tree = normal::tree(of, catalog, About::condition(Some(table)))?;
        Some(without_casts(&tree))
    };
    match (&one.kind, &other.kind) {
        (
            ConstraintKind::Check {
                expression: one, ..
            },
            ConstraintKind::Check {
                expression: other, ..
            },
        ) => tree(one).is_some_and(|one| Some(one) == tree(other)),
        (ConstraintKind::ForeignKey(one), ConstraintKind::ForeignKey(other)) => {
            (&one.columns, &one.references, &one.referenced_columns)
                == (&other.columns, &other.references, &other.referenced_columns)
        }
        _ => false,
    }
}

fn without_casts(tree: &Tree) -> Tree {
    let tree = tree.uncast();
    Tree::new(
        tree.head.clone(),
        tree.parts.iter().map(without_casts).collect(),
    )
}
