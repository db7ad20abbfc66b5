//! The sequences of columns that rows are copied into with their numbers: as the statement leaves them they would give numbers
//! again that are taken, and the first row of the new app would be refused.

use segue_catalog::{model::Column, render};

use super::Copy;
use crate::{
    Undo,
    planner::{Draft, Planning, Stop},
};

/// Lets the sequences of the target go on behind what was copied, where the files do not say how they go on.
pub(super) fn go_on(planning: &mut Planning<'_>, copy: &Copy) -> Result<(), Stop> {
    let table = &copy.target;
    let says = |(_, at)| says_how(planning.text(at), &table.name);
    if planning.later().any(says) {
        return Ok(());
    }
    let Some(own) = planning.schema().tables.get(table) else {
        return Ok(());
    };
    let copied = |column: &&Column| copy.columns.iter().any(|one| one.column == column.name);
    let columns = own.columns.iter().filter(copied);
    let numbered: Vec<_> = columns
        .filter(|own| is_numbered(own))
        .map(|own| own.name.clone())
        .collect();
    for column in numbered {
        let sequence = format!(
            "pg_catalog.pg_get_serial_sequence({}, {})",
            render::literal(&table.to_string()),
            render::literal(&column)
        );
        // no row, or no sequence of its own: NULL, and nothing is set
        let statement = format!(
            "SELECT pg_catalog.setval({sequence}, GREATEST((SELECT pg_catalog.max({column}) FROM {table}), \
             pg_catalog.pg_sequence_last_value({sequence}::pg_catalog.regclass)))"
        );
        let title = format!("{column} of {table} is numbered on behind the rows that were copied");
        planning.step(Draft::transaction(title, [statement]).undo(Undo::Nothing))?;
    }
    Ok(())
}

/// Whether a statement sets a sequence of a table of this name, which is in the names of its sequences.
fn says_how(text: &str, table: &str) -> bool {
    let text = text.to_lowercase();
    let sets = text.contains("setval") || text.contains("restart");
    sets && text.contains(&table.to_lowercase())
}

/// Whether a sequence of its own gives it numbers.
fn is_numbered(column: &Column) -> bool {
    let by_default = column.default.as_ref();
    column.identity.is_some() || by_default.is_some_and(|own| own.to_string().contains("nextval("))
}
