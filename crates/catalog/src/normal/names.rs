//! Names: a column of the one table that an expression is about needs no table in front, and a type without schema
//! is the only one of its name.

use super::{
    context::Side,
    tree::{Head, Tree},
};
use crate::{DataType, Name};

/// Takes needless qualifiers off columns, and finds types their schemas.
pub(super) fn absorb(tree: &mut Tree, side: &Side<'_>) {
    match &mut tree.head {
        Head::Column(name) => {
            if let Some(table) = side.about.table
                && !side.about.rows
                && !side.about.is_statement()
            {
                let qualified = match name.as_slice() {
                    [of, _] => *of == table.name,
                    [schema, of, _] => *schema == table.schema && *of == table.name,
                    _ => false,
                };
                if qualified {
                    name.drain(..name.len() - 1);
                }
            }
        }
        Head::Cast(data_type) | Head::Type(data_type) => {
            if let Some(found) = found(data_type, side) {
                data_type.name.schema = found;
            }
        }
        _ => {}
    }
}

/// The schema of the only type that a name without one can stand for.
fn found(data_type: &DataType, side: &Side<'_>) -> Option<Name> {
    if !data_type.name.schema.is_empty() {
        return None;
    }
    let name = &data_type.name.name;
    let own = side.catalog.types.keys().filter(|one| one.name == *name);
    let own = own.map(|one| one.schema.clone());
    let extensions = side.catalog.extensions.iter();
    let theirs = extensions
        .filter(|(called, extension)| *called == name || extension.types.contains(name))
        .map(|(_, extension)| extension.schema.clone());
    let mut schemas: Vec<Name> = own.chain(theirs).collect();
    schemas.dedup();
    match schemas.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}
