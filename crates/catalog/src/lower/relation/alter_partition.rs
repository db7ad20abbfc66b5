//! `ATTACH` and `DETACH PARTITION`, `INHERIT` and `NO INHERIT`.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::Context,
    alter::{Target, emit},
    partition,
};
use crate::{QName, TableChange, model::TableKind};

/// `ATTACH PARTITION`.
pub(super) fn attach(
    context: &mut Context<'_>,
    target: &Target,
    attach: &ast::AttachPartition,
) -> Option<()> {
    let node = attach.table_name_ref()?;
    let partition = context.table(&node)?;
    let parent = context.catalog.tables.get(&target.name)?.clone();
    if !matches!(parent.kind, TableKind::Partitioned(_)) {
        let message = format!("table \"{}\" is not partitioned", target.name.name.as_str());
        context.problem(attach.syntax(), message);
        return None;
    }
    let own = context.catalog.tables.get(&partition)?.clone();
    if own.partition_of.is_some() {
        let message = format!("\"{}\" is already a partition", partition.name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    check_columns(context, &node, &partition, &target.name)?;
    let bound = partition::bound(&attach.partition_type()?);
    emit(
        context,
        target,
        TableChange::AttachPartition { partition, bound },
    )
}

/// A child has all columns of its parent, of the same types (`MergeAttributesIntoExisting`).
fn check_columns(
    context: &mut Context<'_>,
    node: &ast::TableNameRef,
    child: &QName,
    parent: &QName,
) -> Option<()> {
    let own = context.catalog.tables.get(child)?.clone();
    let above = context.catalog.tables.get(parent)?.clone();
    for column in &above.columns {
        let name = column.name.as_str();
        let message = match own.column(&column.name) {
            None => format!("child table is missing column \"{name}\""),
            Some(found) if found.data_type != column.data_type => {
                let child = child.name.as_str();
                format!("child table \"{child}\" has different type for column \"{name}\"")
            }
            Some(_) => continue,
        };
        context.problem(node.syntax(), message);
        return None;
    }
    Some(())
}

/// `DETACH PARTITION`.
pub(super) fn detach(
    context: &mut Context<'_>,
    target: &Target,
    detach: &ast::DetachPartition,
) -> Option<()> {
    let node = detach.table_name_ref()?;
    let partition = context.table(&node)?;
    let of = context.catalog.tables.get(&partition)?.partition_of.clone();
    if of.is_none_or(|of| of.parent != target.name) {
        let message = format!(
            "relation \"{}\" is not a partition of relation \"{}\"",
            partition.name.as_str(),
            target.name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    emit(context, target, TableChange::DetachPartition(partition))
}

/// `INHERIT parent`.
pub(super) fn inherit(
    context: &mut Context<'_>,
    target: &Target,
    inherit: &ast::InheritTable,
) -> Option<()> {
    let node = inherit.table_name_ref()?;
    let parent = context.table(&node)?;
    let own = context.catalog.tables.get(&target.name)?;
    if own.inherits.contains(&parent) {
        let message = format!(
            "relation \"{}\" would be inherited from more than once",
            parent.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    check_columns(context, &node, &target.name, &parent)?;
    emit(context, target, TableChange::Inherit(parent))
}

/// `NO INHERIT parent`.
pub(super) fn no_inherit(
    context: &mut Context<'_>,
    target: &Target,
    no_inherit: &ast::NoInheritTable,
) -> Option<()> {
    let node = no_inherit.table_name_ref()?;
    let parent = context.table(&node)?;
    let own = context.catalog.tables.get(&target.name)?;
    if !own.inherits.contains(&parent) {
        let message = format!(
            "relation \"{}\" is not a parent of relation \"{}\"",
            parent.name.as_str(),
            target.name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    emit(context, target, TableChange::NoInherit(parent))
}
