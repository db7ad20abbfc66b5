//! Partitions that come and go: the locks, and whose rows are looked at (`ATExecAttachPartition`, `ATExecDetachPartition`,
//! `DefineRelation`).

use segue_catalog::{
    Change, Object, QName, TableChange,
    model::{Partition, Table},
};

use super::{relations, telling::Telling};
use crate::{LockMode, WorkKind};

/// A new table as a partition: the parent, and what its default partition may hold no more.
pub(super) fn created(telling: &mut Telling<'_>, place: &Partition) {
    telling.lock(&place.parent, LockMode::AccessExclusive);
    lock_default(telling, &place.parent);
}

/// `ATTACH PARTITION`; the lock on the parent is that of the action.
pub(super) fn attached(telling: &mut Telling<'_>, parent: &QName, partition: &QName) {
    let family = telling.family(partition);
    telling.lock_all(&family, LockMode::AccessExclusive);
    lock_default(telling, parent);
    let keys = telling.table(parent).into_iter();
    let keys = keys.flat_map(relations::foreign_keys);
    for (_, key) in keys {
        let referenced = telling.partitions(&key.references);
        telling.lock_all(&referenced, LockMode::ShareRowExclusive);
    }
}

/// `DETACH PARTITION`; while it waits for others, `CONCURRENTLY` holds the same lock on both.
pub(super) fn detached(
    telling: &mut Telling<'_>,
    parent: &QName,
    partition: &QName,
    mode: LockMode,
) {
    telling.lock(partition, mode);
    if mode == LockMode::AccessExclusive {
        lock_default(telling, parent);
    }
}

fn lock_default(telling: &mut Telling<'_>, parent: &QName) {
    if let Some(default) = telling.default_partition(parent) {
        let family = telling.family(&default);
        telling.lock_all(&family, LockMode::AccessExclusive);
    }
}

/// Tells whose rows are looked at: whether they are in the bounds, or whether the default partition has some that are.
pub(super) fn tell(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        match change {
            Change::Table {
                table,
                change: TableChange::AttachPartition { partition, .. },
            } => {
                scan(telling, partition, &format!("partition of {}", table.name));
                scan_default(telling, table, partition);
            }
            Change::Create(object) => {
                if let Object::Table(
                    name,
                    Table {
                        partition_of: Some(place),
                        ..
                    },
                ) = &**object
                {
                    scan_default(telling, &place.parent, name);
                }
            }
            _ => {}
        }
    }
}

fn scan_default(telling: &mut Telling<'_>, parent: &QName, partition: &QName) {
    if let Some(default) = telling.default_partition(parent) {
        let reason = format!("no rows of partition {}", partition.name);
        scan(telling, &default, &reason);
    }
}

fn scan(telling: &mut Telling<'_>, table: &QName, reason: &str) {
    for table in telling.family(table) {
        if telling.table(&table).is_some_and(relations::has_rows) {
            telling.works(WorkKind::Scan, &table, reason);
        }
    }
}
