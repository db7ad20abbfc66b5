//! Values of enums, of which some have their names only in contract.

use segue_catalog::{Change, ObjectRef, QName, TypeChange, render};

use crate::{
    Moment,
    planner::{Planning, pending::PutOff},
};

/// Whether a statement adds a value to an enum of which another one has its name only in contract, and says nothing of that name: it
/// is the same type now.
pub(super) fn adds(moment: &Moment<'_>, planning: &Planning<'_>, what: &PutOff) -> bool {
    let PutOff::Coming(object @ ObjectRef::Type(name)) = what else {
        return false;
    };
    let adds = |change: &Change| matches!(change, Change::Type { name: of, change: TypeChange::AddValue { .. } } if of == name);
    let is_another = |change: &Change| match change {
        Change::Rename { object: of, to } => of == object || of.renamed(to) == *object,
        Change::Drop { object: of, .. } => of == object,
        Change::SetSchema { object, .. } => matches!(object, ObjectRef::Type(_)),
        Change::Create(made) => made.reference() == *object,
        _ => false,
    };
    let mut earlier = planning.earlier().flat_map(|(line, _)| &line.changes);
    moment.changes().iter().all(adds)
        && !earlier.any(is_another)
        && !say_new(moment, planning, name)
}

/// Whether a statement about rows says a value of an enum that has its name only in contract.
pub(super) fn say_new(moment: &Moment<'_>, planning: &Planning<'_>, name: &QName) -> bool {
    planning.earlier().any(|(line, _)| {
        line.changes.iter().any(|change| match change {
            Change::Type {
                name: of,
                change: TypeChange::RenameValue { to, .. },
            } => of == name && moment.text().contains(&render::literal(to)),
            _ => false,
        })
    })
}
