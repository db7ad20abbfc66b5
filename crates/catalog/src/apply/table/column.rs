//! Columns: added, retyped, given properties. How they go is in `drop.rs`.

use crate::{
    Catalog, DataType, Expr, Name, QName, TableChange,
    apply::{create, index::set_parameters, table::children},
    model::{Column, Identity, NotNull, SequenceOptions, Table},
};

/// `ADD COLUMN`. A child that has the column already takes the parent's as one more ancestor (ATExecAddColumn).
pub(super) fn add(catalog: &mut Catalog, name: &QName, added: &Column) {
    let Some(table) = catalog.tables.get(name) else {
        return;
    };
    let mut added = added.clone();
    if let Some(identity) = &mut added.identity {
        create::fill_identity(catalog, identity, &name.schema, table.owner.as_ref());
    }
    let Some(table) = catalog.table_mut(name) else {
        return;
    };
    match table.column_mut(&added.name) {
        Some(there) => {
            there.inherited += added.inherited;
            there.local |= added.local;
        }
        None => table.columns.push(added),
    }
}

/// A property of one column.
pub(super) fn apply(table: &mut Table, change: &TableChange) {
    match change {
        TableChange::SetType {
            column,
            data_type,
            collation,
            using: _,
        } => {
            if let Some(column) = table.column_mut(column) {
                set_type(column, data_type, collation.as_ref());
            }
        }
        TableChange::SetDefault { column, default } => {
            with(table, column, |column| column.default.clone_from(default));
        }
        TableChange::SetNotNull { column, not_null } => {
            with(table, column, |column| set_not_null(column, not_null));
        }
        TableChange::SetGenerated { column, generated } => {
            with(table, column, |column| {
                column.generated.clone_from(generated)
            });
        }
        TableChange::SetStorage { column, storage } => {
            with(table, column, |column| column.storage.clone_from(storage));
        }
        TableChange::SetCompression {
            column,
            compression,
        } => {
            with(table, column, |column| {
                column.compression.clone_from(compression)
            });
        }
        TableChange::SetStatistics { column, target } => {
            with(table, column, |column| column.statistics = *target);
        }
        TableChange::SetColumnOptions { column, set, reset } => {
            with(table, column, |column| {
                set_parameters(&mut column.options, set, reset)
            });
        }
        TableChange::AddColumn(_)
        | TableChange::DropColumn { .. }
        | TableChange::AddConstraint { .. }
        | TableChange::DropConstraint { .. }
        | TableChange::AlterConstraint { .. }
        | TableChange::ValidateConstraint(_)
        | TableChange::DropNotNull(_)
        | TableChange::SetIdentity { .. }
        | TableChange::EnableTrigger { .. }
        | TableChange::EnableRule { .. }
        | TableChange::EnableRowSecurity(_)
        | TableChange::ForceRowSecurity(_)
        | TableChange::ReplicaIdentity(_)
        | TableChange::ClusterOn(_)
        | TableChange::SetPersistence(_)
        | TableChange::SetAccessMethod(_)
        | TableChange::SetTablespace(_)
        | TableChange::SetParameters { .. }
        | TableChange::Inherit(_)
        | TableChange::NoInherit(_)
        | TableChange::AttachPartition { .. }
        | TableChange::DetachPartition(_)
        | TableChange::OfType(_)
        | TableChange::SetForeignOptions { .. } => {}
    }
}

fn with(table: &mut Table, column: &Name, change: impl FnOnce(&mut Column)) {
    if let Some(column) = table.column_mut(column) {
        change(column);
    }
}

/// Storage and compression become those of the new type (ATExecAlterColumnType); the sequence of an identity
/// column counts in the new type (transformAlterTableStmt, `AT_AlterColumnType`).
///
/// A default that is a bare literal has the old type by now, and keeps it.
fn set_type(column: &mut Column, data_type: &DataType, collation: Option<&QName>) {
    if column.data_type.name != data_type.name || column.data_type.array != data_type.array {
        let typed = column
            .default
            .as_ref()
            .and_then(|default| typed_literal(default, &column.data_type));
        column.default = typed.or(column.default.take());
    }
    column.data_type = data_type.clone();
    column.collation = collation.cloned();
    column.storage = None;
    column.compression = None;
    if let Some(identity) = &mut column.identity {
        retype_sequence(&mut identity.options, data_type);
    }
}

/// A literal that has its type: a text in quotes, or NULL. What stands without quotes has one by itself.
fn typed_literal(default: &Expr, data_type: &DataType) -> Option<Expr> {
    let text = default.text.trim();
    let is_null = text.eq_ignore_ascii_case("null");
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    let is_text = inner.is_some_and(|inner| !inner.replace("''", "").contains('\''));
    if !is_null && !is_text {
        return None;
    }
    let bare = DataType {
        modifier: None,
        ..data_type.clone()
    };
    // `character` alone would be one of a single character
    let name = bare.to_string();
    let name = match name.strip_prefix("character") {
        Some(array @ ("" | "[]")) => format!("bpchar{array}"),
        _ => name,
    };
    Some(default.with_text(format!("{text}::{name}")))
}

/// Bounds that were those of the old type become those of the new one (init_params).
fn retype_sequence(options: &mut SequenceOptions, data_type: &DataType) {
    let (old_min, old_max) = SequenceOptions::bounds(&options.data_type);
    let (min, max) = SequenceOptions::bounds(data_type);
    if options.increment > 0 && options.max == old_max {
        options.max = max;
    }
    if options.increment < 0 && options.min == old_min {
        options.min = min;
    }
    options.data_type = data_type.clone();
}

/// Where there is one already it gets one more reason (AdjustNotNullInheritance).
pub(super) fn set_not_null(column: &mut Column, not_null: &NotNull) {
    match &mut column.not_null {
        Some(there) if there.name.is_some() => {
            there.inherited += not_null.inherited;
            there.local |= not_null.local;
            there.validated |= not_null.validated;
        }
        slot => *slot = Some(not_null.clone()),
    }
}

/// `DROP NOT NULL`; children that keep theirs lose a reason for it.
pub(super) fn drop_not_null(catalog: &mut Catalog, name: &QName, of: &Name) {
    let had = catalog
        .table_mut(name)
        .and_then(|table| table.column_mut(of)?.not_null.take());
    if !had.is_some_and(|not_null| not_null.name.is_some() && !not_null.no_inherit) {
        return;
    }
    orphan_not_nulls(catalog, name, of);
}

/// The NOT NULLs of children have one parent less.
pub(super) fn orphan_not_nulls(catalog: &mut Catalog, name: &QName, of: &Name) {
    for child in children(catalog, name) {
        let column = catalog
            .table_mut(&child)
            .and_then(|table| table.column_mut(of));
        if let Some(not_null) = column.and_then(|column| column.not_null.as_mut()) {
            lose_parent(&mut not_null.inherited, &mut not_null.local);
        }
    }
}

/// One parent less: what has no other is the table's own from now on.
pub(crate) fn lose_parent(inherited: &mut u32, local: &mut bool) {
    if *inherited > 0 {
        *inherited -= 1;
        *local |= *inherited == 0;
    }
}

/// `ADD`, `SET` or `DROP … IDENTITY`.
pub(super) fn set_identity(
    catalog: &mut Catalog,
    name: &QName,
    column: &Name,
    identity: Option<&Identity>,
) {
    let Some(table) = catalog.tables.get(name) else {
        return;
    };
    let is_new = table
        .column(column)
        .is_some_and(|column| column.identity.is_none());
    let mut identity = identity.cloned();
    if let Some(identity) = identity.as_mut().filter(|_| is_new) {
        create::fill_identity(catalog, identity, &name.schema, table.owner.as_ref());
    }
    if let Some(column) = catalog
        .table_mut(name)
        .and_then(|table| table.column_mut(column))
    {
        column.identity = identity;
    }
}
