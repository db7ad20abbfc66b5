//! What the deploy has made itself, and drops again, under the new name of its table: no app relies on it, and it goes at once under the
//! name that the table has for now.

use segue_catalog::{Change, ObjectRef, QName, model::TableKind};

use crate::{
    Moment,
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
    // something of the app's may have had the name, and have it until contract
    if !planning.now.has(&now) || planning.known.has(&now) {
        return Ok(false);
    }
    let title = format!("drop {now}");
    let draft = match &now {
        ObjectRef::Trigger(table, name) => {
            Draft::transaction(title, [format!("DROP TRIGGER {name} ON {table}")])
        }
        ObjectRef::Index(name) if is_of_plain_table(planning, name) => {
            let text = format!("DROP INDEX CONCURRENTLY {name}");
            Draft::alone(title, text)
        }
        _ => return Ok(false),
    };
    planning.recipe = "as_written";
    planning.step(draft)?;
    Ok(true)
}

/// Indexes of partitioned tables cannot go concurrently (sql-dropindex.html).
fn is_of_plain_table(planning: &Planning<'_>, index: &QName) -> bool {
    let table = planning.now.indexes.get(index).map(|index| &index.table);
    let table = table.and_then(|table| planning.now.tables.get(table));
    table.is_some_and(|table| table.kind == TableKind::Plain && table.partition_of.is_none())
}
