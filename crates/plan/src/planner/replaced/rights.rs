//! Rights on what is made again in contract: right behind it, before anything that takes long, or nobody may use it until then.

use segue_catalog::{Change, ObjectRef};

use super::{lines, makes};
use crate::{
    Line,
    planner::{atoms::Atoms, running::Later},
};

/// The same steps, those that give rights behind the ones that make what they are of.
pub(in crate::planner) fn given_at_once(mut put_off: Vec<Later>, all: &[Atoms]) -> Vec<Later> {
    for at in 0..put_off.len() {
        let Some(object) = given(&put_off[at], all) else {
            continue;
        };
        let made = |later: &Later| lines(later, all).any(|line| makes(line, &object));
        let Some(first) = put_off[..at].iter().rposition(made) else {
            continue;
        };
        // one behind the other, as they are written
        let is_alike = |later: &&Later| given(later, all).as_ref() == Some(&object);
        let behind = first + 1;
        let behind = behind + put_off[behind..at].iter().take_while(is_alike).count();
        // who makes a role, or gives what is given on, comes first
        let leaves_rights = |later: &Later| lines(later, all).all(is_of_objects);
        if put_off[behind..at].iter().all(leaves_rights) {
            put_off[behind..=at].rotate_right(1);
        }
    }
    put_off
}

/// What a step does nothing but give rights on.
fn given(later: &Later, all: &[Atoms]) -> Option<ObjectRef> {
    let mut changes = lines(later, all).flat_map(|line| &line.changes);
    let of = |change: &Change| match change {
        Change::Privileges { object, .. } => Some(object.clone()),
        _ => None,
    };
    let first = changes.next().and_then(of)?;
    changes
        .all(|change| of(change).as_ref() == Some(&first))
        .then_some(first)
}

fn is_of_objects(line: &Line) -> bool {
    line.unknown.is_none()
        && line.changes.iter().all(|change| {
            matches!(
                change,
                Change::Create(_)
                    | Change::Replace(_)
                    | Change::Drop { .. }
                    | Change::Table { .. }
                    | Change::Privileges { .. }
                    | Change::Comment { .. }
                    | Change::Nothing
            )
        })
}
