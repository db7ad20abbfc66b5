//! Tables and indexes that a rename cannot have anything to do with: nearly all of a large schema, which are told from the others
//! without copying them.

use crate::{
    Expr, QName,
    model::{ConstraintKind, Index, IndexTerm, ReplicaIdentity, Table, TableKind},
    rewrite::Moved,
};

/// Whether a table names nothing that has moved. Of what it may name by text, any mention counts.
pub(super) fn table(moved: &Moved, name: &QName, table: &Table) -> bool {
    let (Moved::Relation(of, _) | Moved::Column(of, ..)) = moved else {
        return false;
    };
    let is_column = matches!(moved, Moved::Column(..));
    let has_queries =
        !(table.triggers.is_empty() && table.policies.is_empty() && table.rules.is_empty());
    let has_family = table.partition_of.is_some() || !table.inherits.is_empty();
    let names_indexes =
        table.cluster_on.is_some() || matches!(table.replica_identity, ReplicaIdentity::Index(_));
    let is_near = name == of
        || has_queries
        || table.kind != TableKind::Plain
        || table.of_type.is_some()
        || (!is_column && (has_family || names_indexes));
    !is_near && columns_are_apart(moved, of, table) && constraints_are_apart(moved, of, table)
}

fn columns_are_apart(moved: &Moved, of: &QName, table: &Table) -> bool {
    table.columns.iter().all(|column| {
        let generated = column.generated.as_ref().map(|own| &own.expression);
        let identity = column.identity.as_ref();
        column.data_type.name != *of
            && identity.is_none_or(|identity| identity.sequence != *of)
            && is_silent(moved, column.default.as_ref())
            && is_silent(moved, generated)
    })
}

fn constraints_are_apart(moved: &Moved, of: &QName, table: &Table) -> bool {
    table.constraints.values().all(|constraint| {
        let own = match &constraint.kind {
            ConstraintKind::Check { expression, .. } => is_silent(moved, Some(expression)),
            ConstraintKind::ForeignKey(key) => key.references != *of,
            ConstraintKind::Exclude(_) => false,
            ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) => true,
        };
        own && constraint
            .index()
            .is_none_or(|index| index.attached_to.is_none())
    })
}

/// Whether an index names nothing that has moved.
pub(super) fn index(moved: &Moved, index: &Index) -> bool {
    let (Moved::Relation(of, _) | Moved::Column(of, ..)) = moved else {
        return false;
    };
    let keys = index.keys.iter().all(|key| match &key.term {
        IndexTerm::Column(_) => true,
        IndexTerm::Expression(expression) => is_silent(moved, Some(expression)),
    });
    index.table != *of
        && index.attached_to.is_none()
        && keys
        && is_silent(moved, index.predicate.as_ref())
}

fn is_silent(moved: &Moved, expr: Option<&Expr>) -> bool {
    expr.is_none_or(|expr| !moved.may_be_in(&expr.text))
}
