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
        // where there is no row, no sequence of its own, or none that could give such a number, nothing is set
        let statement = format!(
            "SELECT pg_catalog.setval(segue_own.seqrelid::pg_catalog.regclass, GREATEST(segue_most.number, \
             pg_catalog.pg_sequence_last_value(segue_own.seqrelid::pg_catalog.regclass))) \
             FROM pg_catalog.pg_sequence AS segue_own, (SELECT pg_catalog.max({column})::bigint AS number FROM {table}) AS segue_most \
             WHERE segue_own.seqrelid = {sequence}::pg_catalog.regclass AND segue_own.seqincrement > 0 \
             AND segue_most.number BETWEEN segue_own.seqmin AND segue_own.seqmax"
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
    let is_given = by_default.is_some_and(|own| own.to_string().contains("nextval("));
    let of = column.data_type.to_string();
    (column.identity.is_some() || is_given) && ["smallint", "integer", "bigint"].contains(&&*of)
}
