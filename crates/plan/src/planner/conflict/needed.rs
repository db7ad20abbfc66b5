//! What cannot wait for contract: the new app meets nothing in its place, or what is written until then passes it by.

use segue_catalog::{Change, ObjectRef, TableChange};

use super::values;
use crate::{Moment, planner::Planning};

/// Whether the new app cannot do without what a statement makes.
pub(super) fn at_once(moment: &Moment<'_>, planning: &Planning<'_>) -> bool {
    moment.line().unknown.is_some()
        || values::meets_another(moment, planning)
        || moment.changes().iter().any(|change| match change {
            Change::Create(object) => match object.reference() {
                ObjectRef::Table(_) | ObjectRef::Schema(_) | ObjectRef::Sequence(_) => true,
                // one that was there before is what it was until contract
                ObjectRef::View(name) => !planning.known.views.contains_key(&name),
                ObjectRef::Policy(table, name) => {
                    let known = planning.known.tables.get(&table);
                    known.is_none_or(|known| !known.policies.contains_key(&name))
                }
                // what it does to rows is missed by all that are written until then
                ObjectRef::Trigger(of, name) => {
                    let known = &planning.known;
                    let then = planning.table_for_now(&of);
                    let known = known.trigger(&of, &name).or(known.trigger(&then, &name));
                    known.is_none()
                }
                ObjectRef::Routine(id) => {
                    let mut known = planning.known.routines.keys();
                    known.all(|known| known.name != id.name)
                }
                _ => false,
            },
            Change::Table { change, .. } => matches!(change, TableChange::AddColumn(_)),
            Change::Rename { object, .. } => {
                matches!(object, ObjectRef::Column(..) | ObjectRef::Table(_))
            }
            _ => false,
        })
}
