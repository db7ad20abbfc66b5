//! Keys, foreign keys, triggers and rules that go in contract bind the rows of expand: a statement that writes what they would refuse,
//! or by which they would write other rows, waits too.

use std::collections::BTreeSet;

use segue_catalog::{
    Change, Name, ObjectRef, QName,
    model::{ConstraintKind, ForeignKey, IndexTerm},
};
use squawk_syntax::ast;

use super::{feeding::set_by_update, rows};
use crate::{Moment, planner::Planning};

/// Whether what a statement, of these words, does to rows depends on an object that is still there. Names are those that the
/// statements say.
pub(super) fn bound(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    words: &BTreeSet<String>,
    object: &ObjectRef,
) -> bool {
    let says = |table: &QName| words.contains(&table.name.to_lowercase());
    match object {
        ObjectRef::Constraint(table, name) => {
            let now = planning.table_for_now(table);
            let known = planning.schema().tables.get(&now);
            let known = known.and_then(|own| own.constraints.get(name));
            match known.map(|own| &own.kind) {
                Some(ConstraintKind::ForeignKey(foreign)) => match inserted(moment) {
                    // what is only read is bound by nothing
                    Some(target) => target == table || *target == foreign.references,
                    None => may_break(moment, planning, says, (table, foreign)),
                },
                Some(ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key)) => {
                    says(table) && may_repeat(moment, planning, words, (table, &key.columns))
                }
                Some(ConstraintKind::Exclude(_)) => says(table) && !deletes(moment),
                Some(ConstraintKind::Check { .. }) | None => false,
            }
        }
        ObjectRef::Index(name) => {
            let index = planning.schema().indexes.get(name).filter(|own| own.unique);
            index.is_some_and(|own| {
                let columns = own.keys.iter().map(|key| match &key.term {
                    IndexTerm::Column(column) => Some(column.clone()),
                    IndexTerm::Expression(_) => None,
                });
                let columns: Option<Vec<Name>> = columns.collect();
                says(&own.table)
                    && match columns {
                        Some(columns) if own.predicate.is_none() => {
                            may_repeat(moment, planning, words, (&own.table, &columns))
                        }
                        _ => !deletes(moment),
                    }
            })
        }
        // not those that keep two forms the same
        ObjectRef::Trigger(table, name) => {
            let known = planning.known.tables.get(&planning.table_for_now(table));
            known.is_some_and(|own| own.triggers.contains_key(name))
                && says(table)
                && writes(moment, table)
        }
        ObjectRef::Rule(table, _) => says(table) && writes(moment, table),
        // rows of it may refer to those that are written
        ObjectRef::Table(table) => {
            let known = planning.schema().tables.get(&planning.table_for_now(table));
            let mut constraints = known.into_iter().flat_map(|own| own.constraints.values());
            constraints.any(|own| match &own.kind {
                ConstraintKind::ForeignKey(foreign) => {
                    inserted(moment).is_none()
                        && may_break(moment, planning, says, (table, foreign))
                }
                _ => false,
            })
        }
        _ => false,
    }
}

/// Whether a statement may write or delete what a foreign key is about.
fn may_break(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    says: impl Fn(&QName) -> bool,
    (table, foreign): (&QName, &ForeignKey),
) -> bool {
    let sets = |of: &QName, key: &[Name]| {
        let set = set_by_update(moment, of);
        set.iter()
            .any(|column| key.contains(&planning.column_for_now(of, column)))
    };
    match moment.statement() {
        Some(ast::Stmt::Update(update)) if update.with_clause().is_none() => {
            sets(table, &foreign.columns) || sets(&foreign.references, &foreign.referenced_columns)
        }
        Some(ast::Stmt::Delete(delete)) if delete.with_clause().is_none() => {
            says(&foreign.references)
        }
        _ => says(table) || says(&foreign.references),
    }
}

/// Whether a statement may write values of a key that are there already.
fn may_repeat(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    words: &BTreeSet<String>,
    (table, key): (&QName, &[Name]),
) -> bool {
    match moment.statement() {
        Some(ast::Stmt::Delete(_)) => false,
        _ if !writes(moment, table) || rows::is_made_of_rows(moment) => false,
        Some(ast::Stmt::Update(_)) => {
            let known = moment.before().tables.get(table);
            let mut columns = known.into_iter().flat_map(|own| &own.columns);
            columns.any(|column| {
                words.contains(&column.name.to_lowercase())
                    && key.contains(&planning.column_for_now(table, &column.name))
            })
        }
        _ => true,
    }
}

/// Whether a statement may write rows of a table: it only reads them where it is known to write those of another one.
pub(super) fn writes(moment: &Moment<'_>, table: &QName) -> bool {
    let is_plain = match moment.statement() {
        Some(ast::Stmt::Update(update)) => update.with_clause().is_none(),
        Some(ast::Stmt::Delete(delete)) => delete.with_clause().is_none(),
        _ => false,
    };
    match inserted(moment) {
        Some(target) => target == table,
        None if is_plain => (moment.row_writes().iter()).any(|write| write.table == *table),
        None => true,
    }
}

/// The table that an INSERT writes to, where it does nothing else.
fn inserted<'m>(moment: &'m Moment<'_>) -> Option<&'m QName> {
    let Some(ast::Stmt::Insert(insert)) = moment.statement() else {
        return None;
    };
    match moment.changes() {
        [Change::Data { table, .. }] if insert.with_clause().is_none() => table.as_ref(),
        _ => None,
    }
}

fn deletes(moment: &Moment<'_>) -> bool {
    matches!(moment.statement(), Some(ast::Stmt::Delete(_)))
}
