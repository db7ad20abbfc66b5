//! Partitions and children: which there are, and what they get from above.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression},
    constraint, index,
};
use crate::{
    Catalog, Change, Expr, IndexChange, Name, QName, TableChange, choose,
    model::{Column, Constraint, ConstraintKind, Partition, PartitionBy, PartitionStrategy, Table},
};

/// The partitions of a table, by name.
pub(super) fn partitions_of(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let of = |one: &Table| {
        let partition = one.partition_of.as_ref();
        partition.is_some_and(|partition| partition.parent == *table)
    };
    let all = catalog.tables.iter();
    all.filter(|(_, one)| of(one))
        .map(|(name, _)| name.clone())
        .collect()
}

/// All tables below a table, children before grandchildren, each once.
pub(super) fn descendants(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let mut found = crate::apply::table::children(catalog, table);
    let mut next = 0;
    while next < found.len() {
        for child in crate::apply::table::children(catalog, &found[next]) {
            if !found.contains(&child) {
                found.push(child);
            }
        }
        next += 1;
    }
    found
}

/// `PARTITION BY`.
pub(super) fn partition_by(
    context: &mut Context<'_>,
    written: &ast::PartitionBy,
    name: &QName,
    table: &Table,
) -> Option<PartitionBy> {
    let word = written.partition_strategy()?.syntax().text().to_string();
    let (strategy, method) = match word.trim().to_ascii_lowercase().as_str() {
        "range" => (PartitionStrategy::Range, "btree"),
        "list" => (PartitionStrategy::List, "btree"),
        "hash" => (PartitionStrategy::Hash, "hash"),
        other => {
            let message = format!("unrecognized partitioning strategy \"{other}\"");
            context.problem(written.syntax(), message);
            return None;
        }
    };
    let list = written.partition_item_list()?;
    let keys = index::keys(context, &list, &Name::stored(method), name, table)?;
    Some(PartitionBy { strategy, keys })
}

/// `FOR VALUES …` or `DEFAULT`, as it is written.
pub(super) fn bound(written: &ast::PartitionType) -> Expr {
    expression::text(written)
}

/// What a partition has of its parent when it is made: columns and CHECKs. Keys, indexes, foreign keys and triggers are
/// what creating it leads to.
pub(super) fn inherit(table: &mut Table, parent_name: &QName, parent: &Table, bound: Expr) {
    table.columns = parent.columns.iter().map(inherited_column).collect();
    for (name, constraint) in &parent.constraints {
        if matches!(
            constraint.kind,
            ConstraintKind::Check {
                no_inherit: false,
                ..
            }
        ) {
            table
                .constraints
                .insert(name.clone(), inherited(constraint));
        }
    }
    table.partition_of = Some(Partition {
        parent: parent_name.clone(),
        bound,
    });
}

/// A column as a child has it that defines none of its own.
pub(super) fn inherited_column(column: &Column) -> Column {
    let mut own = Column::new(column.name.clone(), column.data_type.clone());
    own.collation.clone_from(&column.collation);
    own.default.clone_from(&column.default);
    own.generated.clone_from(&column.generated);
    own.storage.clone_from(&column.storage);
    own.compression.clone_from(&column.compression);
    own.not_null = column
        .not_null
        .clone()
        .filter(|not_null| !not_null.no_inherit);
    if let Some(not_null) = &mut own.not_null {
        not_null.comment = None;
        if not_null.name.is_some() {
            not_null.inherited = 1;
            not_null.local = false;
            // a new table has no rows that could break it
            not_null.validated = true;
        }
    }
    own.inherited = 1;
    own.local = false;
    own
}

/// A constraint as a child has it that defines none of its own.
pub(super) fn inherited(constraint: &Constraint) -> Constraint {
    let mut own = constraint.clone();
    own.comment = None;
    own.inherited = 1;
    own.local = false;
    if let Some(index) = own.index_mut() {
        index.index_comment = None;
    }
    own
}

/// The keys and foreign keys that partitions get when their parent does (`DefineIndex`,
/// `addFkRecurseReferencing`).
pub(super) fn pass_on(context: &mut Context<'_>, parent: &QName, of: &Name, added: &Constraint) {
    for partition in partitions_of(&context.catalog, parent) {
        let chosen = match &added.kind {
            ConstraintKind::ForeignKey(_) => foreign_key_name(context, &partition, of, added),
            ConstraintKind::Check { .. } => return,
            _ => key_name(context, &partition, parent, of, added),
        };
        let Some(chosen) = chosen else { continue };
        let mut own = inherited(added);
        if let Some(index) = own.index_mut() {
            index.attached_to = Some(parent.sibling(of.clone()));
        }
        context.emit(Change::Table {
            table: partition.clone(),
            change: TableChange::AddConstraint {
                name: chosen.clone(),
                constraint: Box::new(own),
                using_index: None,
            },
        });
        pass_on(context, &partition, &chosen, added);
    }
}

/// The name that the server gives the key of a partition; `None`: one of its own has been attached.
fn key_name(
    context: &mut Context<'_>,
    partition: &QName,
    parent: &QName,
    of: &Name,
    key: &Constraint,
) -> Option<Name> {
    if let Some(own) = own_key(context, partition, key) {
        context.emit(Change::Index {
            index: parent.sibling(of.clone()),
            change: IndexChange::Attach(partition.sibling(own)),
        });
        return None;
    }
    let (addition, label) = constraint::copied_name_parts(key);
    let parts = (partition.name.as_str(), addition.as_deref(), label);
    Some(choose::relation(
        &context.catalog,
        &partition.schema,
        parts,
        Some(&BTreeSet::new()),
    ))
}

/// A key of the partition's own that is like the parent's.
fn own_key(context: &Context<'_>, name: &QName, wanted: &Constraint) -> Option<Name> {
    let table = context.catalog.tables.get(name)?;
    let same = |one: &Constraint| match (&one.kind, &wanted.kind) {
        (ConstraintKind::PrimaryKey(own), ConstraintKind::PrimaryKey(of))
        | (ConstraintKind::Unique(own), ConstraintKind::Unique(of)) => {
            own.columns == of.columns
                && own.include == of.include
                && own.nulls_not_distinct == of.nulls_not_distinct
                && own.attached_to.is_none()
        }
        _ => false,
    };
    let mut own = table.constraints.iter();
    own.find(|(_, one)| same(one)).map(|(name, _)| name.clone())
}

/// A foreign key keeps its name where the partition has no constraint of that name (`CloneFkReferencing`).
fn foreign_key_name(
    context: &Context<'_>,
    partition: &QName,
    of: &Name,
    added: &Constraint,
) -> Option<Name> {
    let table = context.catalog.tables.get(partition)?;
    if !table.constraints.contains_key(of) {
        return Some(of.clone());
    }
    let (addition, label) = constraint::name_parts(added);
    let parts = (partition.name.as_str(), addition.as_deref(), label);
    Some(choose::constraint(
        &context.catalog,
        &partition.schema,
        parts,
        &BTreeSet::new(),
    ))
}
