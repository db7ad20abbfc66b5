//! What depends on what: what a DROP is refused for, and what goes with it.
//!
//! As the server's `pg_depend` has it (catalog-pg-depend.html): normal dependencies refuse a DROP or go by CASCADE,
//! automatic and internal ones go without a word. The edges are in `dependents/normal.rs` and `silent.rs`.

mod expressions;
mod normal;
mod silent;
mod types;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(crate) use self::silent::parts_of_index;
use crate::{Catalog, ObjectRef};

/// Why an object goes with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goes {
    /// It is a part of something that goes.
    Silently,
    /// It depends on something that goes.
    ByCascade,
}

/// Everything that would have to go too if this object were dropped, but for its own parts: what a server names when
/// it refuses a DROP, or when CASCADE takes it (`reportDependentObjects`).
///
/// Things that only a server knows of (what functions of extensions are used for) are not in it.
pub fn dependents(catalog: &Catalog, object: &ObjectRef) -> BTreeSet<ObjectRef> {
    let going = going(catalog, object, true);
    let goes = |whole: ObjectRef| whole == *object || going.contains_key(&whole);
    let refusing = going.iter().filter(|(part, how)| {
        let within = silent::within(part);
        let goes_anyway = within.is_some_and(|of| {
            goes(ObjectRef::Table(of.clone())) || goes(ObjectRef::View(of.clone()))
        });
        **how == Goes::ByCascade && !goes_anyway
    });
    refusing.map(|(object, _)| object.clone()).collect()
}

/// Everything that has to do with an object: its parts, what depends on it, and what depends on those.
pub fn reached(catalog: &Catalog, object: &ObjectRef) -> BTreeSet<ObjectRef> {
    going(catalog, object, true).into_keys().collect()
}

/// What goes with an object, without the object itself. What is reached both ways goes silently, as on the server.
pub(crate) fn going(
    catalog: &Catalog,
    object: &ObjectRef,
    cascade: bool,
) -> BTreeMap<ObjectRef, Goes> {
    let mut found: BTreeMap<ObjectRef, Goes> = BTreeMap::new();
    let mut waiting = VecDeque::from([object.clone()]);
    while let Some(next) = waiting.pop_front() {
        let silent = silent::parts(catalog, &next);
        let silent = silent.into_iter().map(|part| (part, Goes::Silently));
        let normal = if cascade {
            normal::users(catalog, &next)
        } else {
            Vec::new()
        };
        let normal = normal.into_iter().map(|user| (user, Goes::ByCascade));
        for (reached, goes) in silent.chain(normal) {
            if reached == *object {
                continue;
            }
            match found.get_mut(&reached) {
                Some(known) => *known = goes.min(*known),
                None => {
                    found.insert(reached.clone(), goes);
                    waiting.push_back(reached);
                }
            }
        }
    }
    found
}
