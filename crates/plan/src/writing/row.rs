//! What a row is called where it is told to people, and a table in a statement.

use segue_catalog::{Catalog, QName, model::ConstraintKind};

/// How many rows are named where more of them could be.
pub(crate) const NAMED: usize = 10;

/// What a row is called, as one text: its primary key, or its place.
pub(crate) fn named_row(schema: &Catalog, table: &QName) -> String {
    let table = schema.tables.get(table);
    let mut constraints = table
        .into_iter()
        .flat_map(|table| table.constraints.values());
    let key = constraints.find_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(key) => Some(key),
        _ => None,
    });
    let Some(key) = key else {
        return "ctid::pg_catalog.text".to_owned();
    };
    let columns: Vec<String> = key.columns.iter().map(ToString::to_string).collect();
    let columns = columns.join(", ");
    let names = segue_catalog::render::literal(&columns);
    format!("{names} || ' = ' || ROW({columns})::pg_catalog.text")
}

/// A table under the name that a statement calls it by.
pub(crate) fn called(leaf: &QName, alias: &str) -> String {
    // as both are written: quoted where they have to be
    let own = leaf.name.to_string();
    if own == alias {
        leaf.to_string()
    } else {
        format!("{leaf} AS {alias}")
    }
}
