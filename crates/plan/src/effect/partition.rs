//! Partitions that come and go: the locks, and whose rows are looked at (`ATExecAttachPartition`, `ATExecDetachPartition`,
//! `DefineRelation`). Which rows are known to be in place: `partition_proof.rs`.

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
    joined(telling, &place.parent);
}

/// `ATTACH PARTITION`; the lock on the parent is that of the action.
pub(super) fn attached(telling: &mut Telling<'_>, parent: &QName, partition: &QName) {
    let family = telling.family(partition);
    telling.lock_all(&family, LockMode::AccessExclusive);
    joined(telling, parent);
    let keys = telling.table(parent).into_iter();
    let keys = keys.flat_map(relations::foreign_keys);
    for (_, key) in keys {
        let referenced = telling.partitions(&key.references);
        telling.lock_all(&referenced, LockMode::ShareRowExclusive);
    }
}

/// What a partition gets of its parent: indexes, and triggers of the foreign keys that refer to it.
fn joined(telling: &mut Telling<'_>, parent: &QName) {
    if let Some(default) = telling.default_partition(parent) {
        let family = telling.family(&default);
        telling.lock_all(&family, LockMode::AccessExclusive);
    }
    let indexes = relations::indexes_of(telling.before, parent);
    telling.lock_all(&indexes, LockMode::ShareUpdateExclusive);
    let mode = match telling.before.major {
        ..15 => LockMode::AccessShare,
        _ => LockMode::ShareRowExclusive,
    };
    for of in referring(telling, parent) {
        telling.lock(&of, mode);
    }
}

fn referring(telling: &Telling<'_>, parent: &QName) -> Vec<QName> {
    let keys = relations::referring(telling.before, parent);
    keys.map(|(of, ..)| of.clone()).collect()
}

/// `DETACH PARTITION`; while it waits for others, `CONCURRENTLY` holds the same lock on both.
pub(super) fn detached(
    telling: &mut Telling<'_>,
    parent: &QName,
    partition: &QName,
    mode: LockMode,
) {
    telling.lock(partition, mode);
    if mode != LockMode::AccessExclusive {
        return;
    }
    if let Some(default) = telling.default_partition(parent) {
        telling.lock(&default, LockMode::AccessExclusive);
    }
    let indexes = relations::indexes_of(telling.before, partition);
    let indexes = indexes
        .into_iter()
        .filter(|index| telling.before.attached_to(index).is_some());
    for index in indexes.collect::<Vec<_>>() {
        telling.lock(&index, LockMode::AccessExclusive);
    }
    for of in referring(telling, parent) {
        telling.lock(&of, LockMode::AccessExclusive);
    }
    // its foreign keys become its own, with triggers on what they refer to
    for (name, key) in telling
        .table(partition)
        .into_iter()
        .flat_map(relations::foreign_keys)
    {
        let own = telling
            .table(partition)
            .and_then(|own| own.constraints.get(name));
        if own.is_some_and(|own| own.inherited > 0) {
            let referenced = telling.partitions(&key.references);
            telling.lock_all(&referenced, LockMode::ShareRowExclusive);
        }
    }
}

/// Tells whose rows are looked at: whether they are in the bounds, or whether the default partition has some that are.
pub(super) fn tell(telling: &mut Telling<'_>) {
    for change in telling.changes() {
        match change {
            Change::Table {
                table,
                change: TableChange::AttachPartition { partition, bound },
            } => {
                scan_attached(telling, table, partition, &bound.text);
                scan_default(telling, table, partition, &bound.text);
            }
            Change::Table {
                table,
                change: TableChange::DetachPartition(partition),
            } => {
                for of in referring(telling, table) {
                    let reason = format!("no rows refer to partition {}", partition.name);
                    telling.works(WorkKind::Scan, &of, reason);
                }
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
                    scan_default(telling, &place.parent, name, &place.bound.text);
                }
            }
            _ => {}
        }
    }
}

/// The rows of a table that becomes a partition, unless they are known to be within all bounds.
fn scan_attached(telling: &mut Telling<'_>, parent: &QName, partition: &QName, bound: &str) {
    let reason = format!("partition of {}", parent.name);
    scan(telling, partition, &reason, |telling, table| {
        is_within(telling, parent, bound, table)
    });
}

/// Whether a table's CHECKs say that its rows are within a bound, and within those of the tables above.
fn is_within(telling: &Telling<'_>, parent: &QName, bound: &str, table: &Table) -> bool {
    let Some(own) = telling.table(parent) else {
        return false;
    };
    let is_default = bound.eq_ignore_ascii_case("default");
    let is_first = is_default && telling.descendants(parent).is_empty();
    let within = partition_proof::key(own)
        .zip(partition_proof::bound(bound))
        .is_some_and(|(key, bound)| Known::of(table, key).is_within(&bound));
    let above = own.partition_of.as_ref();
    (is_first || within)
        && above.is_none_or(|place| is_within(telling, &place.parent, &place.bound.text, table))
}

/// The rows of the default partition, unless none of them can be in a new one.
fn scan_default(telling: &mut Telling<'_>, parent: &QName, partition: &QName, bound: &str) {
    let Some(default) = telling.default_partition(parent) else {
        return;
    };
    let reason = format!("no rows of partition {}", partition.name);
    scan(telling, &default, &reason, |telling, table| {
        let key = telling.table(parent).and_then(partition_proof::key);
        let bound = key.zip(partition_proof::bound(bound));
        bound.is_some_and(|(key, bound)| Known::of(table, key).is_without(&bound))
    });
}

/// A table and what is below it are looked at, but for what is known to be as it has to be.
fn scan(
    telling: &mut Telling<'_>,
    table: &QName,
    reason: &str,
    is_known: impl Fn(&Telling<'_>, &Table) -> bool,
) {
    if telling
        .table(table)
        .is_some_and(|own| is_known(telling, own))
    {
        return;
    }
    for table in telling.family(table) {
        let own = telling.table(&table);
        if own.is_some_and(|own| relations::has_rows(own) && !is_known(telling, own)) {
            telling.works(WorkKind::Scan, &table, reason);
        }
    }
}
