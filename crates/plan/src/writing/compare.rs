//! Rows that are looked for over a whole table, and stop the plan where there are some: those in which two forms differ, before one of
//! them goes, and those that break what is to hold. What contract looks for before it begins is said by its steps (`Draft::hindered_by`).

use segue_catalog::{
    Name, QName,
    model::{Constraint, ConstraintKind},
};

use super::{NAMED, holders_and_to_come, named_row, seeing_all};
use crate::{
    Batches, Phase,
    planner::{Draft, Planning, Stop, hindrance::broken},
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

/// No row may be without a value, `value`, where a column is to take no NULL: from the next step on, or behind contract. Both are
/// looked for while there is a way back.
pub(crate) fn look_for_null(
    planning: &mut Planning<'_>,
    phase: Phase,
    table: &QName,
    (column, value): (&Name, &Name),
) -> Result<(), Stop> {
    let title = format!("look for NULL in {column}");
    let when = match phase {
        Phase::Expand => "is to take none",
        Phase::Contract => "takes none behind contract",
    };
    let wrong = format!("with NULL in {column}, which {when}");
    let lacks = format!("{value} IS NULL");
    let said = (title.as_str(), Some(wrong.as_str()));
    look_for(planning, phase, table, said, &lacks)
}

/// No row may break a constraint that the next step adds: from then on the app could not write those that do, and the deploy stops
/// where they are checked. Where it waits for contract, that looks for them before it begins.
pub(crate) fn look_for_broken(
    planning: &mut Planning<'_>,
    table: &QName,
    (name, constraint): (&Name, &Constraint),
) -> Result<(), Stop> {
    let is_told =
        broken(table, constraint).is_some() && !may_hide_rows(planning, table, constraint);
    if planning.is_deferring() || !is_told {
        return Ok(());
    }
    let title = format!("look for rows that {name} forbids");
    let wrong = format!("since {name} forbids them");
    let breaks = |leaf: &QName| broken(leaf, constraint).unwrap_or_default();
    look_over(
        planning,
        Phase::Expand,
        table,
        (&title, Some(&wrong)),
        breaks,
    )
}

/// Whether the rows that a foreign key refers to may not be ours to read, by a policy or as another role's, though the server does
/// when it checks.
fn may_hide_rows(planning: &Planning<'_>, table: &QName, constraint: &Constraint) -> bool {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
        return false;
    };
    let tables = &planning.schema().tables;
    let (own, other) = (tables.get(table), tables.get(&key.references));
    own.zip(other)
        .is_some_and(|(own, other)| other.row_security.enabled || own.owner != other.owner)
}

/// The batches that stop the plan where a row is found, while there is a way back; what is wrong with it, if not that it differs.
pub(crate) fn look_for(
    planning: &mut Planning<'_>,
    phase: Phase,
    table: &QName,
    (title, wrong): (&str, Option<&str>),
    condition: &str,
) -> Result<(), Stop> {
    look_over(planning, phase, table, (title, wrong), |_| {
        condition.to_owned()
    })
}

fn look_over(
    planning: &mut Planning<'_>,
    phase: Phase,
    table: &QName,
    (title, wrong): (&str, Option<&str>),
    condition: impl Fn(&QName) -> String,
) -> Result<(), Stop> {
    for held in holders_and_to_come(planning, table)? {
        let of = held.told();
        let leaf = held.table;
        let row = named_row(planning.schema(), &leaf);
        let statement = format!(
            "SELECT {row} FROM ONLY {leaf} WHERE ctid >= $1::tid AND ctid < $2::tid AND {} LIMIT {NAMED}",
            condition(&leaf)
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
