//! Two columns that a trigger has kept the same, compared over the whole table before one of them goes.

use segue_catalog::{Catalog, QName, model::ConstraintKind};

use super::holders;
use crate::{
    Batches,
    planner::{Draft, Planning, Stop},
};

/// How many rows that differ are named.
const NAMED: usize = 10;

/// The first step of contract: no row may be there for which `differs` holds. `what` says what is compared.
pub(crate) fn compare(
    planning: &mut Planning<'_>,
    table: &QName,
    what: &str,
    differs: &str,
) -> Result<(), Stop> {
    for leaf in holders(planning, table)? {
        let row = named(planning.schema(), &leaf);
        let draft = Draft::batches(
            format!("compare {what} in every row of {leaf}"),
            Batches {
                before: Vec::new(),
                statement: format!(
                    "SELECT {row} FROM ONLY {leaf} WHERE ctid >= $1::tid AND ctid < $2::tid AND {differs} LIMIT {NAMED}"
                ),
                done: "SELECT true".to_owned(),
                left: None,
                compares: true,
                table: leaf,
            },
        );
        planning.step(draft.in_contract())?;
    }
    Ok(())
}

/// What a row is called, as one text: its primary key, or its place.
fn named(schema: &Catalog, table: &QName) -> String {
    let constraints = schema
        .tables
        .get(table)
        .into_iter()
        .flat_map(|table| table.constraints.values());
    let key = constraints
        .into_iter()
        .find_map(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(key) => Some(key),
            _ => None,
        });
    let Some(key) = key else {
        return "ctid::pg_catalog.text".to_owned();
    };
    let columns: Vec<String> = key.columns.iter().map(ToString::to_string).collect();
    let columns = columns.join(", ");
    let names = segue_catalog::render::literal(&columns);
    format!("{names} || ' = ' || ROW({columns})::pg_catalog.text")
}
