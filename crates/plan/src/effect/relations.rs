//! Relations: whether a table has rows of its own, and which indexes and foreign keys it has. What a name stands for is in
//! `written.rs`.

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, ForeignKey, Table, TableKind},
};

/// Whether a table has rows of its own, here.
pub(super) fn has_rows(table: &Table) -> bool {
    table.kind == TableKind::Plain
}

/// The indexes of a table or materialized view, those of constraints included.
pub(super) fn indexes_of(catalog: &Catalog, of: &QName) -> Vec<QName> {
    let own = catalog.tables.get(of);
    let constraints = own.into_iter().flat_map(|table| &table.constraints);
    let of_constraints = constraints
        .filter(|(_, constraint)| constraint.index().is_some())
        .map(|(name, _)| of.sibling(name.clone()));
    let free = catalog.indexes_of(of).map(|(name, _)| name.clone());
    of_constraints.chain(free).collect()
}

/// The table that an index is on.
pub(super) fn table_of_index(catalog: &Catalog, index: &QName) -> Option<QName> {
    match catalog.relation(index)? {
        segue_catalog::Relation::Index => catalog.indexes.get(index).map(|own| own.table.clone()),
        segue_catalog::Relation::ConstraintIndex(table) => Some(table),
        _ => None,
    }
}

/// The foreign keys of a table, with their names.
pub(super) fn foreign_keys(table: &Table) -> impl Iterator<Item = (&Name, &ForeignKey)> {
    table
        .constraints
        .iter()
        .filter_map(|(name, constraint)| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => Some((name, key)),
            _ => None,
        })
}

/// The foreign keys that refer to a table, with the tables that have them.
pub(super) fn referring<'c>(
    catalog: &'c Catalog,
    to: &'c QName,
) -> impl Iterator<Item = (&'c QName, &'c Name, &'c ForeignKey)> {
    catalog.tables.iter().flat_map(move |(of, table)| {
        foreign_keys(table)
            .filter(move |(_, key)| key.references == *to)
            .map(move |(name, key)| (of, name, key))
    })
}

/// The sequences that a table's columns have: owned by them, or of their identities.
pub(super) fn sequences_of(catalog: &Catalog, of: &QName) -> Vec<QName> {
    let owned = catalog.sequences.iter().filter(|(_, sequence)| {
        let owner = sequence.owned_by.as_ref();
        owner.is_some_and(|(table, _)| table == of)
    });
    let columns = catalog.tables.get(of);
    let columns = columns.into_iter().flat_map(|table| &table.columns);
    let identities = columns.filter_map(|column| column.identity.as_ref());
    let identities = identities.map(|identity| identity.sequence.clone());
    owned
        .map(|(name, _)| name.clone())
        .chain(identities)
        .collect()
}
