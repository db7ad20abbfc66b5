//! What gives objects back to whom they belonged to: comparing schemas leaves owners alone.

use std::collections::BTreeSet;

use segue_catalog::{Catalog, Change, Name, ObjectRef, render};

use crate::Line;

/// The statements that do so, for objects that were there before the step.
pub(super) fn again(lines: &[Line], before: &Catalog) -> Vec<String> {
    let changes = lines.iter().flat_map(|line| &line.changes);
    let handed: BTreeSet<&ObjectRef> = changes
        .filter_map(|change| match change {
            Change::SetOwner { object, .. } => Some(object),
            _ => None,
        })
        .collect();
    let again = handed.into_iter().filter_map(|object| {
        let owner = owner(before, object)?;
        let owner = render::owner(owner);
        let object = render::address(before, object);
        Some(format!("ALTER {object} OWNER TO {owner}"))
    });
    again.collect()
}

/// Whose an object is, where it is one that belongs to somebody; none within: to whoever deploys.
fn owner<'c>(catalog: &'c Catalog, object: &ObjectRef) -> Option<Option<&'c Name>> {
    Some(match object {
        ObjectRef::Schema(name) => catalog.schemas.get(name)?.owner.as_ref(),
        ObjectRef::Table(name) => catalog.tables.get(name)?.owner.as_ref(),
        ObjectRef::View(name) => catalog.views.get(name)?.owner.as_ref(),
        ObjectRef::Sequence(name) => catalog.sequences.get(name)?.owner.as_ref(),
        ObjectRef::Type(name) => catalog.types.get(name)?.owner.as_ref(),
        ObjectRef::Routine(id) => catalog.routines.get(id)?.owner.as_ref(),
        _ => return None,
    })
}
