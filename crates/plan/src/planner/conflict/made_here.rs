//! What the deploy has made itself, and drops again, under the new name of its table: no app relies on it, and it goes at once under the
//! name that the table has for now.

use segue_catalog::{Change, ObjectRef};

use crate::{
    Moment, Undo,
    planner::{Draft, Planning, Stop},
};

/// Plans the statement, if it drops nothing but that.
pub(super) fn dropped(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let [
        Change::Drop {
            object,
            cascade: false,
        },
    ] = moment.changes()
    else {
        return Ok(false);
    };
    if !moment.is_new(object) || planning.is_deferring() {
        return Ok(false);
    }
    let now = match object.part_of() {
        Some(table) => object.in_relation(&planning.table_for_now(table)),
        None => object.clone(),
    };
    if !planning.now.has(&now) {
        return Ok(false);
    }
    let title = format!("drop {now}");
    let draft = match &now {
        ObjectRef::Trigger(table, name) => {
            Draft::transaction(title, [format!("DROP TRIGGER {name} ON {table}")])
        }
        ObjectRef::Index(name) => {
            let text = format!("DROP INDEX CONCURRENTLY {name}");
            Draft::alone(title, text).undo(Undo::Nothing)
        }
        _ => return Ok(false),
    };
    planning.recipe = "as_written";
    planning.step(draft)?;
    Ok(true)
}
