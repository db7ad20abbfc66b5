//! Partitions that come and go: the locks, and whose rows are looked at (`ATExecAttachPartition`, `ATExecDetachPartition`,
//! `DefineRelation`).

use segue_catalog::{
    Change, Object, QName, TableChange,
    model::{Partition, Table},
};

use super::{
    partition_proof::{self, Known},
    relations,
    telling::Telling,
};
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
                let reason = format!("partition of {}", table.name);
                scan(telling, table, partition, partition, &reason);
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
        scan(telling, parent, partition, &default, &reason);
    }
}

/// A table and what is below it are looked at, but for what is proved to be as it has to be.
fn scan(
    telling: &mut Telling<'_>,
    parent: &QName,
    partition: &QName,
    looked_at: &QName,
    reason: &str,
) {
    let proves =
        |table: &Table| is_proved(telling, parent, partition, looked_at == partition, table);
    if telling.table(looked_at).is_some_and(proves) {
        return;
    }
    for table in telling.family(looked_at) {
        let known = telling.table(&table);
        let proves =
            |table: &Table| is_proved(telling, parent, partition, looked_at == partition, table);
        if known.is_some_and(|known| relations::has_rows(known) && !proves(known)) {
            telling.works(WorkKind::Scan, &table, reason);
        }
    }
}

/// Whether a table's CHECKs say that its rows are within the bounds of the partition, or, of the default one, that they are
/// not.
fn is_proved(
    telling: &Telling<'_>,
    parent: &QName,
    partition: &QName,
    within: bool,
    table: &Table,
) -> bool {
    let place = telling.table_after(partition);
    let place = place.and_then(|partition| partition.partition_of.as_ref());
    let bound = place.and_then(|place| partition_proof::bound(&place.bound.text));
    let key = telling.table_after(parent).and_then(partition_proof::key);
    let (Some(bound), Some(key)) = (bound, key) else {
        return false;
    };
    let known = Known::of(table, key);
    if within {
        known.is_within(&bound)
    } else {
        known.is_without(&bound)
    }
}
