//! Rows and columns that triggers keep the same with others until contract: they go by the names and the columns that there were.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange};

use super::{Conflict, feeding};
use crate::{
    Moment,
    planner::{Planning, standing::Synced},
};

/// A statement that changes what is kept the same, so that it would not be any more.
pub(super) fn changing(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Conflict> {
    let mut synced = planning.synced.iter();
    let synced = synced.find(|synced| {
        let by_change = |change: &Change| changes(change, synced);
        moment.changes().iter().any(by_change)
            || fills_others(moment, planning, synced)
            || carried(moment, planning, synced)
    })?;
    Some(Conflict {
        first: synced.served,
        about: ObjectRef::Table(synced.table.clone()).to_string(),
        is_of_names: false,
        is_of_types: false,
        is_type: false,
        barred: Some(
            "until contract triggers keep it the same with what the old app writes".to_owned(),
        ),
    })
}

fn changes(change: &Change, synced: &Synced) -> bool {
    let is_it = |column: &Name| synced.is_whole || synced.columns.contains(column);
    match change {
        Change::Table { table, change } if *table == synced.table => match change {
            TableChange::DropColumn { name, .. } => is_it(name),
            TableChange::SetType { column, .. } => is_it(column),
            // of an INSERT the triggers tell by it which app has written the row
            TableChange::SetDefault { column, .. } => is_it(column),
            TableChange::AddColumn(column) => {
                let has_value = column.default.is_some()
                    || column.identity.is_some()
                    || column.generated.is_some();
                synced.is_whole && column.not_null.is_some() && !has_value
            }
            TableChange::SetNotNull { column, .. } => {
                synced.is_whole && !synced.columns.contains(column)
            }
            _ => false,
        },
        Change::Rename { object, .. } | Change::SetSchema { object, .. } => {
            names(object, synced, is_it)
        }
        Change::Drop { object, .. } => {
            synced.is_whole && *object == ObjectRef::Table(synced.table.clone())
        }
        Change::Create(object) => {
            matches!(object.reference(), ObjectRef::Trigger(table, _) if table == synced.table)
        }
        _ => false,
    }
}

fn names(object: &ObjectRef, synced: &Synced, is_it: impl Fn(&Name) -> bool) -> bool {
    match object {
        ObjectRef::Table(table) => *table == synced.table,
        ObjectRef::Column(table, column) => *table == synced.table && is_it(column),
        _ => false,
    }
}

/// Whether the triggers would carry what a statement writes to the other side, which it says nothing about, and where it stays behind a
/// rollback.
fn carried(moment: &Moment<'_>, planning: &Planning<'_>, synced: &Synced) -> bool {
    if planning.said().sync {
        return false;
    }
    let sets = |table: &QName, columns: &[Name]| {
        let set = feeding::set_by_update(moment, table);
        set.iter().any(|column| columns.contains(column))
    };
    let is_of = |table: &QName| {
        moment.changes().iter().any(|change| {
            matches!(change, Change::Data { statement, table: Some(of) }
                if of == table && *statement != "UPDATE")
        })
    };
    let by_update = sets(&synced.table, &synced.columns) || sets(&synced.source, &synced.reads);
    by_update || !synced.is_within && (is_of(&synced.table) || is_of(&synced.source))
}

/// Whether an UPDATE fills columns of rows which the triggers bring later on, too.
fn fills_others(moment: &Moment<'_>, planning: &Planning<'_>, synced: &Synced) -> bool {
    if !synced.is_whole || planning.said().sync {
        return false;
    }
    let set = feeding::set_by_update(moment, &synced.table);
    set.iter().any(|column| !synced.columns.contains(column))
}
