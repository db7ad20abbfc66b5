//! Columns that a trigger carries on until contract.

use std::collections::BTreeSet;

use segue_catalog::{Change, ObjectRef, TableChange, reached};

use super::Conflict;
use crate::{Moment, planner::Planning, writing::is_of_segue};

/// A trigger of ours that asks for a column which a statement gives another type: the server refuses that (sql-altertable.html).
pub(super) fn carrying(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Conflict> {
    let retyped = moment.changes().iter().filter_map(|change| match change {
        Change::Table {
            table,
            change: TableChange::SetType { column, .. },
        } => Some(ObjectRef::Column(table.clone(), column.clone())),
        _ => None,
    });
    let asking: BTreeSet<ObjectRef> = retyped
        .flat_map(|column| reached(planning.schema(), &column))
        .filter(|object| matches!(object, ObjectRef::Trigger(_, name) if is_of_segue(name)))
        .collect();
    let mut pending = planning.pending.iter();
    let first = pending.find(|pending| pending.objects.iter().any(|one| asking.contains(one)))?;
    Some(Conflict {
        first: first.served,
        about: first.objects[0].to_string(),
        is_of_names: false,
        is_of_types: false,
        is_type: false,
        barred: Some("it carries the column on until contract".to_owned()),
    })
}
