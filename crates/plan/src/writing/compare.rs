//! Two columns that a trigger has kept the same, compared over the whole table before one of them goes.

use segue_catalog::QName;

use super::{NAMED, holders, named_row, seeing_all};
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
    for leaf in holders(planning, table)? {
        let row = named_row(planning.schema(), &leaf);
        let draft = Draft::batches(
            format!("compare {what} in every row of {leaf}"),
            Batches::comparing(
                leaf.clone(),
                format!(
                    "SELECT {row} FROM ONLY {leaf} WHERE ctid >= $1::tid AND ctid < $2::tid AND {differs} LIMIT {NAMED}"
                ),
            ),
        );
        let draft = seeing_all(planning.schema(), &leaf, draft.in_phase(phase));
        planning.step(draft)?;
    }
    Ok(())
}
