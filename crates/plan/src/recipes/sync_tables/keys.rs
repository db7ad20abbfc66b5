//! By which columns rows of two tables belong together: a unique key of both.

use segue_catalog::{
    Catalog, Name, QName,
    model::{ConstraintKind, Deferral, IndexTerm, Table},
};

/// The unique keys of a table, the primary key first: those that `ON CONFLICT` can be told of (sql-insert.html), and that are
/// over columns only.
pub(super) fn keys(schema: &Catalog, name: &QName, table: &Table) -> Vec<Vec<Name>> {
    let mut keys = Vec::new();
    for constraint in table.constraints.values() {
        if constraint.deferral != Deferral::NotDeferrable {
            continue;
        }
        match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => keys.insert(0, key.columns.clone()),
            ConstraintKind::Unique(key) => keys.push(key.columns.clone()),
            _ => {}
        }
    }
    let own = schema.indexes.values().filter(|index| {
        index.table == *name && index.unique && index.valid && index.predicate.is_none()
    });
    for index in own {
        let columns = index.keys.iter().map(|key| match &key.term {
            IndexTerm::Column(column) => Some(column.clone()),
            IndexTerm::Expression(_) => None,
        });
        keys.extend(columns.collect::<Option<Vec<_>>>());
    }
    keys
}

/// Whether these columns, in any order, are a unique key of the table none of which is ever NULL.
pub(super) fn is_key(schema: &Catalog, name: &QName, table: &Table, columns: &[&Name]) -> bool {
    let is_never_null = |column: &&Name| {
        let own = table.column(column);
        own.is_some_and(|own| own.not_null.is_some())
    };
    columns.iter().all(is_never_null)
        && keys(schema, name, table)
            .iter()
            .any(|key| key.len() == columns.len() && key.iter().all(|own| columns.contains(&own)))
}
