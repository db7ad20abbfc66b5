//! Indexes: what building them locks, which ones a statement builds, and which have to be built again because a column
//! becomes another type.

use segue_catalog::{
    Change, Name, QName, TableChange,
    model::{Constraint, ConstraintKind, IndexKey, IndexTerm, TableKind},
};
use squawk_syntax::ast;

use super::{
    aftermath::{Altered, NewIndexes},
    column_type::Retyped,
    expression, relations, rewrite,
    telling::Telling,
};
use crate::{LockMode, WorkKind};

/// `CREATE INDEX` locks its table, with the partitions; also where `IF NOT EXISTS` finds the index.
pub(super) fn create(telling: &mut Telling<'_>, create: &ast::CreateIndex) {
    let relation = create.table_relation_name();
    let only = relation
        .as_ref()
        .is_some_and(|relation| relation.only_token().is_some());
    let node = relation.and_then(|relation| relation.table_name_ref());
    let Some(table) = node.and_then(|node| telling.resolve(&node)) else {
        return;
    };
    let mode = if create.concurrently_token().is_some() {
        LockMode::ShareUpdateExclusive
    } else {
        LockMode::Share
    };
    telling.lock(&table, mode);
    if !only {
        let partitions = telling.partitions(&table);
        telling.lock_all(&partitions, mode);
    }
}

/// Tells which indexes are built.
pub(super) fn tell(
    telling: &mut Telling<'_>,
    altered: &[Altered<'_>],
    new_indexes: NewIndexes<'_, '_>,
) {
    let concurrently = matches!(
        telling.statement,
        Some(ast::Stmt::CreateIndex(create)) if create.concurrently_token().is_some()
    );
    let kind = if concurrently {
        WorkKind::ConcurrentBuild
    } else {
        WorkKind::Build
    };
    for (name, index) in new_indexes {
        if has_rows(telling, &index.table) {
            telling.works(kind, &index.table, reason(&name.name));
        }
    }
    for table in altered {
        for (name, constraint) in &table.after.constraints {
            let is_new = !table.kept.constraints.contains_key(name);
            if is_new && constraint.index().is_some() && relations::has_rows(table.after) {
                constraint_index(telling, table.name, name);
            }
        }
    }
    for change in telling.changes() {
        if let Change::Table { table, change } = change {
            retyped(telling, table, change);
        }
    }
}

/// What is said of an index that is built.
pub(super) fn reason(index: &Name) -> String {
    format!("index {index}")
}

/// Whether an index of it has rows to be built from.
pub(super) fn has_rows(telling: &Telling<'_>, name: &QName) -> bool {
    telling
        .table(name)
        .is_some_and(|table| table.kind == TableKind::Plain)
        || telling
            .before
            .views
            .get(name)
            .is_some_and(|view| view.is_materialized())
}

/// The index of a new constraint: built, or one that was there (`USING INDEX`), which is renamed.
fn constraint_index(telling: &mut Telling<'_>, table: &QName, name: &Name) {
    let used = telling.changes().iter().find_map(|change| match change {
        Change::Table {
            table: of,
            change:
                TableChange::AddConstraint {
                    name: new,
                    using_index: Some(index),
                    ..
                },
        } if of == table && new == name => Some(index),
        _ => None,
    });
    match used {
        Some(index) if index != name => {
            telling.lock(
                &table.sibling(index.clone()),
                LockMode::ShareUpdateExclusive,
            );
        }
        Some(_) => {}
        None => telling.works(WorkKind::Build, table, reason(name)),
    }
}

/// Indexes over a column that becomes another type are dropped and made again; what is in them is kept if it can be.
fn retyped<'a>(telling: &mut Telling<'a>, name: &'a QName, change: &'a TableChange) {
    let Some(table) = telling.table(name) else {
        return;
    };
    let TableChange::SetType {
        column, collation, ..
    } = change
    else {
        return;
    };
    let rewritten = telling.rewritten.contains(name);
    let Some(retyped) = rewrite::retyped(telling, table, change) else {
        return;
    };
    let own = table.column(column);
    let recollated = own.is_some_and(|own| own.collation != *collation);
    let free = telling.before.indexes_of(name);
    let mut found: Vec<(QName, bool)> = free
        .filter_map(|(index, own)| {
            let over = Over {
                keys: own.keys.iter().collect(),
                include: &own.include,
                predicate: own.predicate.as_ref(),
            };
            // those of partitions are made anew with the whole
            let kept = over.is_kept(&retyped, recollated)? && own.attached_to.is_none();
            Some((index.clone(), kept))
        })
        .collect();
    found.extend(table.constraints.iter().filter_map(|(index, constraint)| {
        let attached = constraint
            .index()
            .is_some_and(|own| own.attached_to.is_some());
        let kept = is_constraint_kept(constraint, &retyped, recollated)? && !attached;
        Some((name.sibling(index.clone()), kept))
    }));
    for (index, kept) in found {
        telling.lock(&index, LockMode::AccessExclusive);
        if !kept && !rewritten && relations::has_rows(table) {
            telling.works(WorkKind::Build, name, reason(&index.name));
        }
    }
}

/// What an index is over.
struct Over<'i> {
    keys: Vec<&'i IndexKey>,
    include: &'i [Name],
    predicate: Option<&'i segue_catalog::Expr>,
}

impl Over<'_> {
    /// Whether it stays as it is; none where the column is not in it.
    fn is_kept(&self, retyped: &Retyped<'_>, recollated: bool) -> Option<bool> {
        let column = retyped.column;
        let has_key = |key: &&IndexKey| match &key.term {
            IndexTerm::Column(name) => name == column,
            IndexTerm::Expression(text) => expression::mentions(&text.text, column),
        };
        let is_key = self.keys.iter().any(has_key);
        let filters = self
            .predicate
            .is_some_and(|text| expression::mentions(&text.text, column));
        let includes = self.include.iter().any(|name| name == column);
        if !is_key && !filters && !includes {
            return None;
        }
        // the server does not look into expressions
        let plain = self.predicate.is_none()
            && self
                .keys
                .iter()
                .all(|key| matches!(key.term, IndexTerm::Column(_)));
        let own = self.keys.iter().find(|key| has_key(key));
        let keeps = own.is_none_or(|key| {
            let ordered = key.operator_class.is_some() || retyped.keeps_order();
            ordered && (!recollated || key.collation.is_some())
        });
        Some(plain && keeps)
    }
}

fn is_constraint_kept(
    constraint: &Constraint,
    retyped: &Retyped<'_>,
    recollated: bool,
) -> Option<bool> {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => {
            let keys: Vec<IndexKey> = index
                .columns
                .iter()
                .cloned()
                .map(IndexKey::column)
                .collect();
            let over = Over {
                keys: keys.iter().collect(),
                include: &index.include,
                predicate: None,
            };
            over.is_kept(retyped, recollated)
        }
        ConstraintKind::Exclude(exclusion) => {
            let over = Over {
                keys: exclusion.keys.iter().map(|(key, _)| key).collect(),
                include: &exclusion.index.include,
                predicate: exclusion.predicate.as_ref(),
            };
            over.is_kept(retyped, recollated)
        }
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => None,
    }
}
