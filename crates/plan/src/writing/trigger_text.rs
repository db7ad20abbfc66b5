//! What the function of a trigger says, where that is a text: one of SQL that is kept as a tree, or in C, is not read.

use segue_catalog::{
    Catalog,
    model::{Body, Trigger},
};

/// The text of a trigger's function.
pub(crate) fn trigger_text<'c>(catalog: &'c Catalog, trigger: &Trigger) -> Option<&'c str> {
    let mut routines = catalog.routines.iter();
    let (_, called) = routines.find(|(id, _)| id.name == trigger.function)?;
    match &called.body {
        Body::Text(text) => Some(text),
        _ => None,
    }
}
