//! Two columns that a trigger has kept the same, compared over the whole table before one of them goes.

use segue_catalog::{Name, QName};

use super::{NAMED, holders_and_to_come, named_row, seeing_all};
use crate::{
    Batches, Phase,
    planner::{Draft, Planning, Stop},
};

/// No row may be there for which `differs` holds; of contract it is the first step. `what` says what is compared.
pub(crate) fn compare(
    planning: &mut Planning<'_>,
    phase: Phase,
    table: &QName,
    what: &str,
    differs: &str,
) -> Result<(), Stop> {
    let title = format!("compare {what} in every row");
    look_for(planning, phase, table, (&title, None), differs)
}

/// No row may be without a value, `value`, where a column is to take no NULL behind contract: looked for while there is a way back.
pub(crate) fn look_for_null(
    planning: &mut Planning<'_>,
    table: &QName,
    column: &Name,
    value: &Name,
) -> Result<(), Stop> {
    let title = format!("look for NULL in {column}");
    let wrong = format!("with NULL in {column}, which takes none behind contract");
    let lacks = format!("{value} IS NULL");
    let said = (title.as_str(), Some(wrong.as_str()));
    look_for(planning, Phase::Contract, table, said, &lacks)
}

/// The batches that stop the plan where a row is found, while there is a way back; what is wrong with it, if not that it differs.
pub(crate) fn look_for(
    planning: &mut Planning<'_>,
    phase: Phase,
    table: &QName,
    (title, wrong): (&str, Option<&str>),
    condition: &str,
) -> Result<(), Stop> {
    for held in holders_and_to_come(planning, table)? {
        let of = held.told();
        let leaf = held.table;
        let row = named_row(planning.schema(), &leaf);
        let statement = format!(
            "SELECT {row} FROM ONLY {leaf} WHERE ctid >= $1::tid AND ctid < $2::tid AND {condition} LIMIT {NAMED}"
        );
        let batches = Batches {
            besides: held.besides,
            found: wrong.map(str::to_owned),
            ..Batches::comparing(leaf.clone(), statement)
        };
        let draft = Draft::batches(format!("{title} of {of}"), batches);
        let draft = seeing_all(planning.schema(), &leaf, draft.in_phase(phase));
        planning.step(draft)?;
    }
    Ok(())
}
