//! How a table comes to its parents: in which form `CREATE TABLE` says it, and what it then need not say.

use super::name::{columns_in_name, is_chosen};
use crate::{
    Catalog, Name, QName,
    model::{Column, Constraint, ConstraintKind, IndexTerm, Partition, Table},
};

/// The form of `CREATE TABLE` that gives exactly this table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// It has no parents.
    Alone,
    /// `PARTITION OF`: columns and constraints are the parent's, with names that the server chooses.
    PartitionOf(&'a Partition),
    /// On its own, then `ATTACH PARTITION`.
    Attached(&'a Partition),
    /// `INHERITS`, with the columns that are its own.
    Inherits,
    /// On its own, then `INHERIT`: the parents' columns stand elsewhere than `INHERITS` would put them.
    InheritsLater,
}

impl Form<'_> {
    /// Whether the table's own definition has this constraint, rather than its parent's.
    pub(crate) fn lists(self, catalog: &Catalog, name: &Name, constraint: &Constraint) -> bool {
        match self {
            Self::Alone | Self::InheritsLater => true,
            Self::PartitionOf(_) => constraint.inherited == 0,
            Self::Inherits => constraint.local,
            Self::Attached(partition) => {
                !comes_by_attaching(catalog, &partition.parent, name, constraint)
            }
        }
    }

    /// Whether the table's own definition has this column.
    pub(crate) fn lists_column(self, column: &Column) -> bool {
        match self {
            Self::PartitionOf(_) => false,
            Self::Inherits => column.local,
            Self::Alone | Self::Attached(_) | Self::InheritsLater => true,
        }
    }
}

/// `ATTACH PARTITION` gives the partition the parent's foreign keys, by the same names (`CloneFkReferencing`).
fn comes_by_attaching(
    catalog: &Catalog,
    parent: &QName,
    name: &Name,
    constraint: &Constraint,
) -> bool {
    let parents = catalog
        .tables
        .get(parent)
        .and_then(|table| table.constraints.get(name));
    constraint.inherited > 0
        && matches!(constraint.kind, ConstraintKind::ForeignKey(_))
        && parents.is_some_and(|found| matches!(found.kind, ConstraintKind::ForeignKey(_)))
}

/// The form that fits a table.
pub(crate) fn form<'a>(catalog: &Catalog, name: &QName, table: &'a Table) -> Form<'a> {
    if let Some(partition) = &table.partition_of {
        let parent = catalog.tables.get(&partition.parent);
        return match parent {
            Some(parent) if is_as_its_parent(name, table, &partition.parent, parent) => {
                Form::PartitionOf(partition)
            }
            _ => Form::Attached(partition),
        };
    }
    if table.inherits.is_empty() {
        Form::Alone
    } else if stands_in_order(catalog, table) || table.columns.iter().any(|column| !column.local) {
        Form::Inherits
    } else {
        Form::InheritsLater
    }
}

/// Whether `INHERITS` would put the columns in the order that they have: first the parents', then its own
/// (sql-createtable.html, `INHERITS`).
fn stands_in_order(catalog: &Catalog, table: &Table) -> bool {
    let mut order: Vec<&Name> = Vec::new();
    let parents = table
        .inherits
        .iter()
        .filter_map(|name| catalog.tables.get(name));
    let inherited = parents.flat_map(|parent| &parent.columns);
    for column in inherited.chain(&table.columns) {
        if !order.contains(&&column.name) {
            order.push(&column.name);
        }
    }
    order
        .into_iter()
        .eq(table.columns.iter().map(|column| &column.name))
}

/// Whether `PARTITION OF` gives this partition as it is.
fn is_as_its_parent(name: &QName, table: &Table, parent_name: &QName, parent: &Table) -> bool {
    let columns = table.columns.len() == parent.columns.len()
        && std::iter::zip(&table.columns, &parent.columns).all(|(own, parents)| same(own, parents));
    let constraints = table.constraints.iter().all(|(own, constraint)| {
        (constraint.inherited == 0 && !is_in_an_index(constraint, parent))
            || parents_constraint(name, own, constraint, parent_name, parent).is_some()
    });
    let all = parent.constraints.iter().all(|(inherited, constraint)| {
        !is_passed_on(constraint)
            || table.constraints.iter().any(|(own, candidate)| {
                candidate.inherited > 0
                    && parents_constraint(name, own, candidate, parent_name, parent)
                        == Some(inherited)
            })
    });
    columns && constraints && all && !names_not_nulls(table)
}

/// Whether an own constraint's index is a part of an index of the parent that no constraint has: a partition that is
/// made `PARTITION OF` would get an index beside it.
fn is_in_an_index(constraint: &Constraint, parent: &Table) -> bool {
    let index = constraint.index();
    let attached = index.and_then(|index| index.attached_to.as_ref());
    attached.is_some_and(|index| !parent.constraints.contains_key(&index.name))
}

/// Whether a primary key in the definition of the partition would give its columns NOT NULLs with names of their own
/// (`AddRelationNotNullConstraints`).
fn names_not_nulls(table: &Table) -> bool {
    let constraints = table.constraints.values();
    let mut own = constraints.filter(|one| one.inherited == 0);
    let has_own_key = own.any(|one| matches!(one.kind, ConstraintKind::PrimaryKey(_)));
    has_own_key
        && table.primary_key().iter().any(|column| {
            let not_null = table.column(column).and_then(|one| one.not_null.as_ref());
            not_null.is_some_and(|of| of.name.is_some() && of.inherited > 0)
        })
}

/// Whether a new partition gets this constraint.
fn is_passed_on(constraint: &Constraint) -> bool {
    match &constraint.kind {
        ConstraintKind::Check { no_inherit, .. } => !no_inherit,
        _ => constraint.index().is_none_or(|index| index.index_valid),
    }
}

fn same(own: &Column, parents: &Column) -> bool {
    let not_null = match (&own.not_null, &parents.not_null) {
        (Some(own), Some(parents)) => {
            let both = own.inherited > 0 && own.local;
            own.name == parents.name && own.validated == parents.validated && !both
        }
        (own, parents) => own.is_none() && parents.is_none(),
    };
    own.name == parents.name
        && own.data_type == parents.data_type
        && own.collation == parents.collation
        && own.default == parents.default
        && own.generated == parents.generated
        && own.storage == parents.storage
        && own.compression == parents.compression
        && own.identity.is_none()
        && not_null
}

/// The constraint of the parent that this one comes from, if `PARTITION OF` would give it this name.
fn parents_constraint<'a>(
    table: &QName,
    name: &Name,
    constraint: &Constraint,
    parent_name: &QName,
    parent: &'a Table,
) -> Option<&'a Name> {
    let Some(index) = constraint.index() else {
        return parent
            .constraints
            .get_key_value(name)
            .map(|(found, _)| found);
    };
    let attached = index.attached_to.as_ref()?;
    let (found, _) = parent.constraints.get_key_value(&attached.name)?;
    let same_schema = attached.schema == parent_name.schema;
    (same_schema && has_chosen_name(table, name, constraint)).then_some(found)
}

/// Whether an indexed constraint has the name that the server chooses (`ChooseIndexName` in indexcmds.c).
fn has_chosen_name(table: &QName, name: &Name, constraint: &Constraint) -> bool {
    let columns = |index: &crate::model::IndexedConstraint| {
        let keys: Vec<IndexTerm> = index
            .columns
            .iter()
            .cloned()
            .map(IndexTerm::Column)
            .collect();
        columns_in_name(keys.iter(), &index.include)
    };
    let (middle, end) = match &constraint.kind {
        ConstraintKind::PrimaryKey(_) => return is_chosen(name, &table.name, "pkey", ""),
        ConstraintKind::Unique(index) => (columns(index), "_key"),
        ConstraintKind::Exclude(exclusion) => {
            let keys = exclusion.keys.iter().map(|(key, _)| &key.term);
            (columns_in_name(keys, &exclusion.index.include), "_excl")
        }
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => return false,
    };
    middle.is_some_and(|middle| is_chosen(name, &table.name, middle.as_str(), end))
}
