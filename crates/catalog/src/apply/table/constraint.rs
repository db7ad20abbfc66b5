//! Constraints: added and altered. How they go is in `drop.rs`.

use std::collections::BTreeSet;

use crate::{
    Catalog, Name, QName, TableChange,
    apply::table::column,
    choose,
    model::{Constraint, ConstraintKind, Index, NotNull, Table},
};

/// `ADD CONSTRAINT`. One that a parent brings and that is there already gets one more reason
/// (MergeWithExistingConstraint).
pub(super) fn add(
    catalog: &mut Catalog,
    table: &QName,
    name: &Name,
    added: &Constraint,
    using_index: Option<&Name>,
) {
    if !catalog.tables.contains_key(table) {
        return;
    }
    let taken = using_index.and_then(|index| take_index(catalog, table, index, name));
    let Some(of) = catalog.table_mut(table) else {
        return;
    };
    if let Some(there) = of.constraints.get_mut(name)
        && matches!(there.kind, ConstraintKind::Check { .. })
    {
        there.inherited += added.inherited;
        there.local |= added.local;
        there.validated |= added.validated;
        return;
    }
    let mut added = added.clone();
    if let (Some(taken), Some(index)) = (taken, added.index_mut()) {
        index.include = taken.include;
        index.nulls_not_distinct = taken.nulls_not_distinct;
        index.parameters = taken.parameters;
        index.tablespace = taken.tablespace;
        index.index_comment = taken.comment;
        index.attached_to = taken.attached_to;
        index.index_valid = taken.valid;
        let keys = taken.keys.into_iter();
        index.columns = keys.filter_map(|key| key.term.column().cloned()).collect();
    }
    if let ConstraintKind::PrimaryKey(key) = &added.kind {
        for column in &key.columns {
            demand_not_null(catalog, table, column);
        }
    }
    if let Some(of) = catalog.table_mut(table) {
        of.constraints.insert(name.clone(), added);
    }
}

/// `USING INDEX`: the index becomes the constraint's and is renamed to it (ATExecAddIndexConstraint).
fn take_index(catalog: &mut Catalog, table: &QName, index: &Name, name: &Name) -> Option<Index> {
    let (from, to) = (table.sibling(index.clone()), table.sibling(name.clone()));
    let taken = catalog.indexes.remove(&from)?;
    crate::apply::rename::index_references(catalog, &from, &to);
    Some(std::sync::Arc::unwrap_or_clone(taken))
}

/// A primary key makes its columns NOT NULL; from PostgreSQL 18 on by constraints with names.
fn demand_not_null(catalog: &mut Catalog, table: &QName, name: &Name) {
    let column = catalog.tables.get(table).and_then(|of| of.column(name));
    if column.is_none_or(|column| column.not_null.is_some()) {
        return;
    }
    let chosen = (catalog.major >= 18).then(|| {
        let parts = (table.name.as_str(), Some(name.as_str()), "not_null");
        choose::constraint(catalog, &table.schema, parts, &BTreeSet::new())
    });
    let table = catalog.table_mut(table);
    if let Some(column) = table.and_then(|of| of.column_mut(name)) {
        column::set_not_null(column, &NotNull::named(chosen));
    }
}

/// `ALTER CONSTRAINT` and `VALIDATE CONSTRAINT`.
pub(super) fn alter(table: &mut Table, change: &TableChange) {
    if let TableChange::AlterConstraint {
        name,
        deferral,
        enforced,
        no_inherit,
    } = change
    {
        if let Some(not_null) = not_null_mut(table, name) {
            not_null.no_inherit = no_inherit.unwrap_or(not_null.no_inherit);
        } else if let Some(constraint) = table.constraints.get_mut(name) {
            constraint.deferral = deferral.unwrap_or(constraint.deferral);
            if let Some(enforced) = *enforced {
                // What was not enforced has to be checked again; it is, by the same statement (ATExecAlterConstrEnforceability).
                constraint.enforced = enforced;
                constraint.validated = enforced;
            }
        }
    } else if let TableChange::ValidateConstraint(name) = change {
        if let Some(not_null) = not_null_mut(table, name) {
            not_null.validated = true;
        } else if let Some(constraint) = table.constraints.get_mut(name) {
            constraint.validated = true;
        }
    }
}

/// `ALTER CONSTRAINT … NO INHERIT` of a NOT NULL: children have one reason less for theirs.
pub(super) fn no_inherit(catalog: &mut Catalog, name: &QName, constraint: &Name) {
    let Some(table) = catalog.table_mut(name) else {
        return;
    };
    let mut not_nulls = table.columns.iter_mut().filter_map(|column| {
        let not_null = column.not_null.as_mut()?;
        (not_null.name.as_ref() == Some(constraint)).then_some((&column.name, not_null))
    });
    let Some((column, not_null)) = not_nulls.next() else {
        return;
    };
    not_null.no_inherit = true;
    let column = column.clone();
    column::orphan_not_nulls(catalog, name, &column);
}

/// The NOT NULL of this name (PostgreSQL 18).
pub(crate) fn not_null_mut<'a>(table: &'a mut Table, name: &Name) -> Option<&'a mut NotNull> {
    let mut not_nulls = table
        .columns
        .iter_mut()
        .filter_map(|column| column.not_null.as_mut());
    not_nulls.find(|not_null| not_null.name.as_ref() == Some(name))
}
