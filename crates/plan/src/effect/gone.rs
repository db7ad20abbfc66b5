//! What a statement drops, by itself or with something else: locks on it and on what it was tied to (`heap_drop_with_catalog`,
//! `index_drop`, `RemoveTriggerById` and their like).

use segue_catalog::{
    Change, QName, TableChange,
    model::{Index, Table},
};
use squawk_syntax::ast;

use super::{
    aftermath::{Altered, compared},
    relations,
    telling::Telling,
};
use crate::LockMode;

/// Tables that are gone, and tables that have lost something.
pub(super) fn tables(
    telling: &mut Telling<'_>,
    gone: &[(&QName, &Table)],
    altered: &[Altered<'_>],
) {
    for (name, table) in gone {
        telling.lock(name, LockMode::AccessExclusive);
        let indexes = relations::indexes_of(telling.before, name);
        telling.lock_all(&indexes, LockMode::AccessExclusive);
        let sequences = relations::sequences_of(telling.before, name);
        telling.lock_all(&sequences, LockMode::AccessExclusive);
        for (constraint, key) in relations::foreign_keys(table) {
            // those that a partition has from its parent have no triggers there
            if table
                .constraints
                .get(constraint)
                .is_some_and(|own| own.inherited == 0)
            {
                let mut all = telling.partitions(&key.references);
                // before 15 a partitioned table has no such triggers itself
                if all.len() > 1 && telling.before.major < 15 {
                    all.retain(|one| *one != key.references);
                }
                telling.lock_all(&all, LockMode::AccessExclusive);
            }
        }
        if let Some(place) = &table.partition_of {
            telling.lock(&place.parent, LockMode::AccessExclusive);
            if let Some(default) = telling.default_partition(&place.parent) {
                telling.lock(&default, LockMode::AccessExclusive);
            }
        }
    }
    let drops = telling.changes().iter().any(|change| {
        matches!(
            change,
            Change::Drop { .. }
                | Change::Table {
                    change: TableChange::DropColumn { .. } | TableChange::DropConstraint { .. },
                    ..
                }
        )
    });
    for table in altered {
        lost(telling, table);
        // a part of it went by CASCADE, or by a DROP of it alone
        if drops && has_lost(table) {
            telling.lock(table.name, LockMode::AccessExclusive);
        }
    }
}

/// What a foreign key referred to, with the partitions: its triggers there go.
fn referenced(telling: &mut Telling<'_>, table: &QName) {
    let all = telling.partitions(table);
    telling.lock_all(&all, LockMode::AccessExclusive);
}

/// Foreign keys, indexes and sequences that a table has no more.
fn lost(telling: &mut Telling<'_>, table: &Altered<'_>) {
    for (name, constraint) in &table.before.constraints {
        if table.after.constraints.contains_key(name) && table.kept.constraints.contains_key(name) {
            continue;
        }
        if let segue_catalog::model::ConstraintKind::ForeignKey(key) = &constraint.kind {
            referenced(telling, &key.references);
        }
        if constraint.index().is_some() {
            telling.lock(&table.name.sibling(name.clone()), LockMode::AccessExclusive);
        }
    }
    for column in &table.before.columns {
        let after = table.after.column(&column.name);
        if let Some(identity) = &column.identity
            && after.is_none_or(|after| after.identity.is_none())
        {
            telling.lock(&identity.sequence, LockMode::AccessExclusive);
        }
    }
}

/// Whether something of a table went that is no mere attachment.
fn has_lost(table: &Altered<'_>) -> bool {
    let (before, after) = (table.before, table.after);
    before.columns.len() > after.columns.len()
        || before.columns.iter().zip(&after.columns).any(|(old, new)| {
            (old.default.is_some() && new.default.is_none())
                || (old.generated.is_some() && new.generated.is_none())
        })
        || (before.constraints.keys()).any(|name| !after.constraints.contains_key(name))
        || (before.triggers.keys()).any(|name| !after.triggers.contains_key(name))
        || before
            .rules
            .keys()
            .any(|name| !after.rules.contains_key(name))
        || (before.policies.keys()).any(|name| !after.policies.contains_key(name))
}

/// Indexes that are gone: their tables cannot be read meanwhile, but for `CONCURRENTLY`. One that became a constraint's is
/// not gone.
pub(super) fn indexes(telling: &mut Telling<'_>, gone: &[(&QName, &Index)]) {
    let concurrently = matches!(
        telling.statement,
        Some(ast::Stmt::DropIndex(drop)) if drop.concurrently_token().is_some()
    );
    let mode = if concurrently {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::AccessExclusive
    };
    for (name, index) in gone {
        let has_table = telling.after.tables.contains_key(&index.table)
            || telling.after.views.contains_key(&index.table);
        if has_table && is_taken(telling, name, index) {
            continue;
        }
        telling.lock(name, mode);
        let dropped = telling.changes().iter().any(|change| {
            matches!(change, Change::Drop { object: segue_catalog::ObjectRef::Index(own), .. } if own == *name)
        });
        if has_table || dropped {
            telling.lock(&index.table, mode);
        }
    }
}

/// Whether an index went on as that of a constraint.
fn is_taken(telling: &Telling<'_>, name: &QName, index: &Index) -> bool {
    telling.changes().iter().any(|change| match change {
        Change::Table {
            table,
            change:
                TableChange::AddConstraint {
                    using_index: Some(used),
                    ..
                },
        } => *table == index.table && *used == name.name,
        _ => false,
    })
}

/// Views, sequences and statistics that are gone.
pub(super) fn others(telling: &mut Telling<'_>) {
    let (before, after) = (telling.before, telling.after);
    let views = compared(&before.views, &after.views);
    for (name, _) in views.gone {
        telling.lock(name, LockMode::AccessExclusive);
    }
    for (name, old, new) in views.both {
        let lost = old.triggers.len() > new.triggers.len() || old.rules.len() > new.rules.len();
        if lost {
            telling.lock(name, LockMode::AccessExclusive);
        }
    }
    for (name, _) in compared(&before.sequences, &after.sequences).gone {
        telling.lock(name, LockMode::AccessExclusive);
    }
    for (name, _) in compared(&before.types, &after.types).gone {
        // of a composite type, which is a relation too
        telling.lock(name, LockMode::AccessExclusive);
    }
    for (_, statistics) in compared(&before.statistics, &after.statistics).gone {
        telling.lock(&statistics.table, LockMode::ShareUpdateExclusive);
    }
}
