//! CHECKs and foreign keys: the locks of both sides, and the rows that are checked (`ATExecAddConstraint`,
//! `ATExecValidateConstraint`, `ATPostAlterTypeCleanup` in `tablecmds.c`).

use segue_catalog::{
    Change, Name, QName, TableChange,
    model::{Constraint, ConstraintKind, ForeignKey, Table},
};
use squawk_syntax::ast;

use super::{aftermath::Altered, expression, relations, rewrite, telling::Telling};
use crate::{LockMode, WorkKind};

/// A new constraint: a foreign key locks what it refers to as strongly as its own table.
pub(super) fn added(telling: &mut Telling<'_>, constraint: &Constraint) {
    if let ConstraintKind::ForeignKey(key) = &constraint.kind {
        let referenced = telling.partitions(&key.references);
        telling.lock_all(&referenced, LockMode::ShareRowExclusive);
    }
}

/// `ALTER CONSTRAINT … [NOT] ENFORCED` (PostgreSQL 18): the triggers of a foreign key come or go on both sides.
pub(super) fn enforced(telling: &mut Telling<'_>, table: &QName, name: &Name, enforced: bool) {
    let own = telling
        .table(table)
        .and_then(|own| own.constraints.get(name));
    if let Some(ConstraintKind::ForeignKey(key)) = own.map(|own| &own.kind) {
        let mode = match enforced {
            true => LockMode::ShareRowExclusive,
            false => LockMode::AccessExclusive,
        };
        let referenced = telling.partitions(&key.references);
        telling.lock_all(&referenced, mode);
    }
}

/// `VALIDATE CONSTRAINT` reads what a foreign key refers to, as `FOR KEY SHARE`.
pub(super) fn validated(telling: &mut Telling<'_>, table: &QName, name: &Name) {
    let own = telling
        .table(table)
        .and_then(|table| table.constraints.get(name));
    if let Some(Constraint {
        kind: ConstraintKind::ForeignKey(key),
        validated: false,
        ..
    }) = own
    {
        telling.lock(&key.references, LockMode::RowShare);
    }
}

/// A column becomes another type: its foreign keys, and those that refer to it, are dropped and made again.
pub(super) fn retyped(telling: &mut Telling<'_>, table: &QName, column: &Name) {
    let Some(own) = telling.table(table) else {
        return;
    };
    let mut others: Vec<QName> = relations::foreign_keys(own)
        .filter(|(_, key)| key.columns.contains(column))
        .map(|(_, key)| key.references.clone())
        .collect();
    others.extend(
        relations::referring(telling.before, table)
            .filter(|(_, _, key)| key.referenced_columns.contains(column))
            .map(|(of, ..)| of.clone()),
    );
    telling.lock_all(&others, LockMode::AccessExclusive);
}

/// Tells which rows are checked.
pub(super) fn tell(telling: &mut Telling<'_>, altered: &[Altered<'_>]) {
    for table in altered {
        if !relations::has_rows(table.after) {
            continue;
        }
        for (name, constraint) in &table.after.constraints {
            let before = table.kept.constraints.get(name);
            if is_held(constraint) && !before.is_some_and(is_held) {
                check(telling, table, name, constraint, before.is_none());
            }
        }
    }
    for change in telling.changes() {
        if let Change::Table { table, change } = change {
            recheck(telling, table, change);
        }
    }
}

/// Whether all rows are known to satisfy it.
fn is_held(constraint: &Constraint) -> bool {
    constraint.validated && constraint.enforced
}

fn check(
    telling: &mut Telling<'_>,
    table: &Altered<'_>,
    name: &Name,
    constraint: &Constraint,
    is_new: bool,
) {
    match &constraint.kind {
        // a rewrite checks on the way; what a partition that leaves has instead of its bound is true already
        ConstraintKind::Check { .. } => {
            let is_left = table.before.partition_of.is_some() && table.after.partition_of.is_none();
            if !telling.rewritten.contains(table.name) && !is_left {
                let reason = format!("constraint {name}");
                telling.works(WorkKind::Scan, table.name, reason);
            }
        }
        ConstraintKind::ForeignKey(key) => {
            if is_new && is_of_new_nulls(telling, table, key) {
                return;
            }
            let reason = format!("constraint {name}");
            telling.works(WorkKind::ForeignKeyCheck, table.name, reason);
        }
        ConstraintKind::PrimaryKey(_) | ConstraintKind::Unique(_) | ConstraintKind::Exclude(_) => {}
    }
}

/// Whether a foreign key came with a new column that holds nothing yet: then no row is looked at, unless the same statement
/// gives any new column a default or adds a foreign key by itself (`transformAlterTableStmt`).
fn is_of_new_nulls(telling: &Telling<'_>, table: &Altered<'_>, key: &ForeignKey) -> bool {
    let is_new = |column: &Name| table.kept.column(column).is_none();
    let Some(ast::Stmt::AlterTable(alter)) = telling.statement else {
        return false;
    };
    let by_itself = alter.actions().any(|action| {
        matches!(&action, ast::AlterTableAction::AddConstraint(add)
            if matches!(add.constraint(), Some(ast::Constraint::ForeignKeyConstraint(_))))
    });
    let filled = table.after.columns.iter().any(|column| {
        is_new(&column.name) && (column.default.is_some() || column.generated.is_some())
    });
    key.columns.iter().all(is_new) && !by_itself && !filled
}

/// What depends on a column that becomes another type is made again, and checked again.
fn recheck<'a>(telling: &mut Telling<'a>, name: &'a QName, change: &'a TableChange) {
    let Some(table) = telling.table(name) else {
        return;
    };
    let TableChange::SetType { column, .. } = change else {
        return;
    };
    let rewritten = telling.rewritten.contains(name);
    if !rewritten && relations::has_rows(table) {
        for (check, _) in checks_of(table, column) {
            telling.works(WorkKind::Scan, name, format!("constraint {check}"));
        }
    }
    let same =
        rewrite::retyped(telling, table, change).is_some_and(|retyped| retyped.keeps_order());
    if rewritten || !same {
        recheck_keys(telling, name, table, column);
    }
}

fn checks_of<'t>(
    table: &'t Table,
    column: &'t Name,
) -> impl Iterator<Item = (&'t Name, &'t Constraint)> {
    table.constraints.iter().filter(move |(_, constraint)| {
        let ConstraintKind::Check { expression, .. } = &constraint.kind else {
            return false;
        };
        is_held(constraint) && expression::mentions(&expression.text, column)
    })
}

fn recheck_keys(telling: &mut Telling<'_>, name: &QName, table: &Table, column: &Name) {
    let own = relations::foreign_keys(table)
        .filter(|(_, key)| key.columns.contains(column))
        .map(|(key, _)| (name.clone(), key.clone()));
    let others = relations::referring(telling.before, name)
        .filter(|(_, _, key)| key.referenced_columns.contains(column))
        .map(|(of, key, _)| (of.clone(), key.clone()));
    for (of, key) in own.chain(others).collect::<Vec<_>>() {
        let held = telling.table(&of).is_some_and(|table| {
            relations::has_rows(table) && table.constraints.get(&key).is_some_and(is_held)
        });
        if held {
            telling.works(WorkKind::ForeignKeyCheck, &of, format!("constraint {key}"));
        }
    }
}
