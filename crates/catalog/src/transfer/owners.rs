//! The role that migrations were run as has a name on a server, and none in the model.

use std::sync::Arc;

use crate::{Catalog, DefaultPrivilegesKey, Name};

/// Says of what belongs to `role` that it belongs to the role that deploys: that is who `role` was where `catalog` was
/// read.
pub fn deployed_by(catalog: &mut Catalog, role: &Name) {
    each(catalog.schemas.values_mut(), role, |it| &mut it.owner);
    each(catalog.types.values_mut(), role, |it| &mut it.owner);
    each(catalog.sequences.values_mut(), role, |it| &mut it.owner);
    each(catalog.tables.values_mut(), role, |it| &mut it.owner);
    each(catalog.views.values_mut(), role, |it| &mut it.owner);
    each(catalog.routines.values_mut(), role, |it| &mut it.owner);
    each(catalog.statistics.values_mut(), role, |it| &mut it.owner);
    each(catalog.publications.values_mut(), role, |it| &mut it.owner);
    let lines = std::mem::take(&mut catalog.default_privileges);
    let lines = lines.into_iter().map(|(key, privileges)| {
        let role = key.role.clone().filter(|of| of != role);
        (DefaultPrivilegesKey { role, ..key }, privileges)
    });
    catalog.default_privileges = lines.collect();
}

fn each<'m, V: Clone + 'm>(
    objects: impl Iterator<Item = &'m mut Arc<V>>,
    role: &Name,
    owner: impl Fn(&mut V) -> &mut Option<Name>,
) {
    for object in objects {
        let of = owner(Arc::make_mut(object));
        if of.as_ref() == Some(role) {
            *of = None;
        }
    }
}
