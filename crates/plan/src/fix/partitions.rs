//! An index of a partitioned table, built partition by partition.

use segue_catalog::{
    Change, Object, QName,
    model::{Index, TableKind},
    render::{self, IndexBuild},
};
use squawk_syntax::ast;

use super::{instead, stands_alone};
use crate::{Fix, Moment};

/// The parent's index without those of the partitions, each of these concurrently, and both put together.
pub(crate) fn partition_by_partition(moment: &Moment<'_>) -> Option<Fix> {
    let Some(ast::Stmt::CreateIndex(_)) = moment.statement() else {
        return None;
    };
    let mut indexes = moment.changes().iter().map(created);
    let (parent, index) = indexes.next()??;
    let is_partitioned = |table: &QName| {
        let table = moment.before().tables.get(table);
        table.is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_)))
    };
    if !is_partitioned(&index.table) || !stands_alone(moment) {
        return None;
    }
    let mut statements = vec![built(parent, index, true)];
    for found in indexes {
        // partitions of partitions, and indexes that are there already, are for people
        let (name, index) = found?;
        if is_partitioned(&index.table) {
            return None;
        }
        statements.push(built(name, index, false));
        statements.push(render::attach_index(parent, name));
    }
    let title = "build it partition by partition";
    Some(instead(moment, title, &statements, true))
}

fn created(change: &Change) -> Option<(&QName, &Index)> {
    match change {
        Change::Create(object) => match &**object {
            Object::Index(name, index) => Some((name, index)),
            _ => None,
        },
        _ => None,
    }
}

fn built(name: &QName, index: &Index, is_parent: bool) -> String {
    let build = IndexBuild {
        concurrently: !is_parent,
        only: is_parent,
    };
    render::create_index(name, index, build)
}
