//! `CLUSTER`: which index a table was last ordered by is kept (`mark_index_clustered`). The rows are not looked at here.

use squawk_syntax::ast;

use super::super::{Context, names};
use crate::{
    Catalog, Change, Name, QName, TableChange,
    catalog::Relation,
    model::{Constraint, TableKind},
};

/// `CLUSTER`, with an index or without.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Cluster) -> Option<()> {
    let legacy = statement.cluster_legacy();
    let index = match &legacy {
        Some(legacy) => legacy.index_ref(),
        None => statement
            .cluster_using_index()
            .and_then(|using| using.index_ref()),
    };
    let of_legacy = legacy.and_then(|legacy| legacy.on_path()?.table_name_ref());
    let found = match of_legacy.or_else(|| statement.table_name_ref()) {
        Some(node) => Some(context.relation(&node)?),
        None => None,
    };
    context.emit(Change::Nothing);
    // views do not say which of their indexes it is
    if let (Some((table, Relation::Table)), Some(index)) = (found, index) {
        mark(context, &table, &names::name(&index));
    }
    Some(())
}

/// Of a partitioned table the partitions are ordered, each by its part of the index.
fn mark(context: &mut Context<'_>, table: &QName, index: &Name) {
    let Some(found) = context.catalog.tables.get(table) else {
        return;
    };
    if !matches!(found.kind, TableKind::Partitioned(_)) {
        let change = TableChange::ClusterOn(Some(index.clone()));
        let table = table.clone();
        return context.emit(Change::Table { table, change });
    }
    for partition in super::partition::partitions_of(&context.catalog, table) {
        let whole = table.sibling(index.clone());
        if let Some(part) = part_of(&context.catalog, &partition, &whole) {
            mark(context, &partition, &part);
        }
    }
}

/// The index of a partition that is attached to one of its parent's.
fn part_of(catalog: &Catalog, partition: &QName, whole: &QName) -> Option<Name> {
    let mut free = catalog.indexes_of(partition);
    let found = free.find(|(_, index)| index.attached_to.as_ref() == Some(whole));
    if let Some((name, _)) = found {
        return Some(name.name.clone());
    }
    let of_table = &catalog.tables.get(partition)?.constraints;
    let is_part = |one: &Constraint| {
        let index = one.index();
        index.is_some_and(|index| index.attached_to.as_ref() == Some(whole))
    };
    let found = of_table.iter().find(|(_, one)| is_part(one));
    found.map(|(name, _)| name.clone())
}
