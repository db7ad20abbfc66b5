//! Users of an object: what a DROP of it is refused for, or takes by CASCADE (normal dependencies).

use crate::{Catalog, ObjectRef};

/// What depends on an object.
pub(super) fn users(catalog: &Catalog, object: &ObjectRef) -> Vec<ObjectRef> {
    let _ = (catalog, object);
    Vec::new()
}
