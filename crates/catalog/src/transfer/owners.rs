//! The role that migrations were run as has a name on a server, and none in the model.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Catalog, DefaultPrivilegesKey, Name};

/// Says of what belongs to `role` that it belongs to the role that deploys: that is who `role` was where `catalog` was
/// read.
pub fn deployed_by(catalog: &mut Catalog, role: &Name) {
    each(&mut catalog.schemas, role, |it| &mut it.owner);
    each(&mut catalog.types, role, |it| &mut it.owner);
    each(&mut catalog.sequences, role, |it| &mut it.owner);
    each(&mut catalog.tables, role, |it| &mut it.owner);
    each(&mut catalog.views, role, |it| &mut it.owner);
    each(&mut catalog.routines, role, |it| &mut it.owner);
    each(&mut catalog.statistics, role, |it| &mut it.owner);
    each(&mut catalog.publications, role, |it| &mut it.owner);
    let lines = std::mem::take(&mut catalog.default_privileges);
    let lines = lines.into_iter().map(|(key, privileges)| {
        let role = key.role.clone().filter(|of| of != role);
        (DefaultPrivilegesKey { role, ..key }, privileges)
    });
    catalog.default_privileges = lines.collect();
}

fn each<K: Ord, V: Clone>(
    objects: &mut BTreeMap<K, Arc<V>>,
    role: &Name,
    owner: impl Fn(&mut V) -> &mut Option<Name>,
) {
    for object in objects.values_mut() {
        let of = owner(Arc::make_mut(object));
        if of.as_ref() == Some(role) {
            *of = None;
        }
    }
}
