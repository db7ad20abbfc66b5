//! Tables and indexes that a rename cannot have anything to do with: nearly all of a large schema, which are told from the others
//! without copying them.

use std::collections::BTreeSet;

use crate::{
    Catalog, Expr, QName,
    map::Sought,
    model::{ConstraintKind, Index, IndexTerm, ReplicaIdentity, Table, TableKind},
    rewrite::Moved,
    row_types::holders,
};

/// What has moved, and where it can be named.
pub(super) struct Apart<'a> {
    moved: &'a Moved,
    /// Of a column: the tables and types in whose values there are rows of its relation. An expression of a table or index
    /// that is not among them cannot name it: it has no subqueries (sql-createtable.html, "CHECK"; sql-createindex.html).
    holders: Option<BTreeSet<QName>>,
}

impl<'a> Apart<'a> {
    pub(super) fn new(before: &Catalog, moved: &'a Moved) -> Self {
        let holders = match moved {
            Moved::Column(of, ..) => Some(holders(before, of)),
            Moved::Relation(..)
            | Moved::Type(..)
            | Moved::Routine(..)
            | Moved::Label(..)
            | Moved::Schema(..) => None,
        };
        Self { moved, holders }
    }

    /// What mentions the indexes that it may have to do with.
    pub(super) fn indexes(&self) -> Sought {
        let Some(holders) = &self.holders else {
            return self.moved.sought();
        };
        let names = holders.iter().map(|of| &of.name);
        names.fold(Sought::default(), |sought, name| sought.or(name))
    }

    /// Whether a table names nothing that has moved. Of what it may name by text, any mention counts.
    pub(super) fn table(&self, name: &QName, table: &Table) -> bool {
        let (Moved::Relation(of, _) | Moved::Column(of, ..)) = self.moved else {
            return false;
        };
        let has_queries =
            !(table.triggers.is_empty() && table.policies.is_empty() && table.rules.is_empty());
        let has_family = table.partition_of.is_some() || !table.inherits.is_empty();
        let names_indexes = table.cluster_on.is_some()
            || matches!(table.replica_identity, ReplicaIdentity::Index(_));
        let is_near = name == of
            || has_queries
            || table.kind != TableKind::Plain
            || table.of_type.is_some()
            || match &self.holders {
                Some(holders) => holders.contains(name),
                None => has_family || names_indexes,
            };
        !is_near && self.columns_are_apart(of, table) && self.constraints_are_apart(of, table)
    }

    fn columns_are_apart(&self, of: &QName, table: &Table) -> bool {
        table.columns.iter().all(|column| {
            let generated = column.generated.as_ref().map(|own| &own.expression);
            let identity = column.identity.as_ref();
            column.data_type.name != *of
                && identity.is_none_or(|identity| identity.sequence != *of)
                && self.is_silent(column.default.as_ref())
                && self.is_silent(generated)
        })
    }

    fn constraints_are_apart(&self, of: &QName, table: &Table) -> bool {
        table.constraints.values().all(|constraint| {
            let own = match &constraint.kind {
                ConstraintKind::Check { expression, .. } => self.is_silent(Some(expression)),
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
    pub(super) fn index(&self, index: &Index) -> bool {
        let (Moved::Relation(of, _) | Moved::Column(of, ..)) = self.moved else {
            return false;
        };
        if let Some(holders) = &self.holders {
            return !holders.contains(&index.table);
        }
        let keys = index.keys.iter().all(|key| match &key.term {
            IndexTerm::Column(_) => true,
            IndexTerm::Expression(expression) => self.is_silent(Some(expression)),
        });
        index.table != *of
            && index.attached_to.is_none()
            && keys
            && self.is_silent(index.predicate.as_ref())
    }

    /// Whether an expression of a table that is none of the holders does not name it.
    fn is_silent(&self, expr: Option<&Expr>) -> bool {
        self.holders.is_some() || expr.is_none_or(|expr| !self.moved.may_be_in(&expr.text))
    }
}
