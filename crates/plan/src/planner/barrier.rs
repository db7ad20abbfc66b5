//! What comes before a statement that has to wait for a contract: a plan of its own, unless both are in one migration.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange};
use segue_sql::Problem;

use crate::{Barrier, Line, Plan, Script, Served};

/// The plan of what comes before a barrier, by itself: nothing in it is to count on what comes behind.
pub(super) fn up_to<E>(
    barrier: Barrier,
    scripts: &[Script],
    plan: impl FnOnce(&[Script]) -> Result<Plan, E>,
) -> Result<Plan, E> {
    let mut planned = plan(&scripts[..barrier.second.migration])?;
    match &mut planned.barrier {
        Some(earlier) => earlier.left.extend(barrier.left),
        none => *none = Some(barrier),
    }
    Ok(planned)
}

/// Both statements are in one migration: it cannot be in two deploys.
pub(super) fn in_one_file(
    scripts: &[Script],
    (first, second): (Served, Served),
    why: &str,
) -> Problem {
    let script = &scripts[first.migration];
    let line = &script.lines[first.statement];
    let (number, _) = segue_sql::line_column(&script.source.text, line.span.start);
    let problem = Problem::new(format!("this needs two deploys: {why}"));
    let adds = &scripts[second.migration].lines[second.statement];
    let instead = match adds_what_goes(line, adds) {
        true => {
            "; in the place of both, which keeps what is in the column: ALTER COLUMN … TYPE … USING"
        }
        false => "",
    };
    let (note, part) = match first == second {
        true => (
            "one part of it is finished in contract, when the old app is gone, and another one needs that finished".to_owned(),
            "the second part",
        ),
        false => (
            format!("the statement in line {number} is finished in contract, when the old app is gone, and this one needs it finished"),
            "this statement",
        ),
    };
    if let Some(table) = renamed_table_of(line, adds) {
        return problem.note(note).help(format!(
            "put this statement in front of the one in line {number}, as one of {table}, which is the name of the table there: both are one deploy then"
        ));
    }
    problem.note(note).help(format!(
        "put {part} into a migration of its own, and deploy that when the first one is through its contract{instead}"
    ))
}

/// The table that one statement renames, if another one does nothing but add and rename columns of it.
fn renamed_table_of<'l>(renames: &'l Line, alters: &Line) -> Option<&'l QName> {
    let [
        Change::Rename {
            object: ObjectRef::Table(from),
            to,
        },
    ] = renames.changes.as_slice()
    else {
        return None;
    };
    let to = from.sibling(to.clone());
    let is_of_it = |change: &Change| match change {
        Change::Table {
            table,
            change: TableChange::AddColumn(_),
        }
        | Change::Rename {
            object: ObjectRef::Column(table, _),
            ..
        } => *table == to,
        _ => false,
    };
    alters.changes.iter().all(is_of_it).then_some(from)
}

/// Whether one statement drops a column, and another one adds it again.
fn adds_what_goes(drops: &Line, adds: &Line) -> bool {
    let dropped = |of: &QName, column: &Name| {
        drops.changes.iter().any(|change| {
            matches!(change, Change::Table { table, change: TableChange::DropColumn { name, .. } }
                if table == of && name == column)
        })
    };
    adds.changes.iter().any(|change| {
        matches!(change, Change::Table { table, change: TableChange::AddColumn(column) }
            if dropped(table, &column.name))
    })
}
