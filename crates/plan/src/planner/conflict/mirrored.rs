//! Triggers of a table whose column has two names: what they make of the new one would be lost behind them.

use segue_catalog::{Change, Object, ObjectRef, model::TriggerTiming};

use super::Conflict;
use crate::{
    Moment, effect,
    planner::{Planning, pending::PutOff},
    writing::trigger_text,
};

/// A trigger in front of a row's write that names a column by what it is called since this deploy: where the old app writes, that is
/// made of the other name behind all triggers.
pub(super) fn met_by_trigger(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Conflict> {
    moment.changes().iter().find_map(|change| {
        let (Change::Create(object) | Change::Replace(object)) = change else {
            return None;
        };
        let Object::Trigger(table, _, trigger) = &**object else {
            return None;
        };
        if !trigger.for_each_row || trigger.timing != TriggerTiming::Before {
            return None;
        }
        let text = trigger_text(moment.after(), trigger)?;
        planning.pending.iter().find_map(|pending| match &pending.what {
            PutOff::ColumnName { table: of, to, .. } if of == table && effect::mentions(text, to) => {
                let about = ObjectRef::Column(table.clone(), to.clone());
                Some(Conflict {
                    first: pending.served,
                    about: about.to_string(),
                    is_of_names: false,
        is_of_types: false,
                    is_type: false,
                    barred: Some(format!("until contract it is made of its old name behind every trigger, so that what {} makes of it would be lost", trigger.function)),
                })
            }
            _ => None,
        })
    })
}
