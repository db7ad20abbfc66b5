//! A name that a column loses, and that another one gets in the same deploy: until contract it is that of the first, which both
//! apps would have to mean differently.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange};
use segue_sql::Problem;

use crate::planner::{DIRECT, Planning, Stop};

/// Refuses a new name of a column whose old one a later statement gives to another column; `passed` are those that rename the
/// same column again.
pub(super) fn refuse_name_for_another(
    planning: &Planning<'_>,
    table: &QName,
    name: &Name,
    passed: &[(usize, usize)],
) -> Result<(), Stop> {
    let gives_it = |change: &Change| match change {
        Change::Rename {
            object: ObjectRef::Column(of, _),
            to,
        } => of == table && to == name,
        Change::Table {
            table: of,
            change: TableChange::AddColumn(column),
        } => of == table && column.name == *name,
        _ => false,
    };
    let mut later = planning.later();
    let found = later.find(|(line, at)| !passed.contains(at) && line.changes.iter().any(gives_it));
    let Some((_, at)) = found else {
        return Ok(());
    };
    Err(Stop::Refused(
        Problem::new(format!(
            "{name} of {table} cannot have two names for a while: another column gets the name {name} later"
        ))
        .note(format!("by `{}`", planning.text(at).trim()))
        .note(format!("until contract {name} is what it was for the old app, and would have to be the other column for the new one"))
        .help(format!(
            "{DIRECT}; or deploy and contract up to here first (--to), with an app that uses the new name and not the old one"
        )),
    ))
}
