//! `SET NOT NULL`: proved first. It holds from expand on where every row satisfies it then; a new column that the old app
//! does not know, and that has no value of its own, has to wait until that app is gone.

use segue_catalog::{
    Change, Name, ObjectRef, QName, TableChange,
    model::{ConstraintKind, ReferentialAction},
};

use super::{Recipe, dropped_constraint, rows::kept_filled};
use crate::{
    Line, Moment, Phase,
    planner::{Planning, PutOff, Stop},
    writing::{Proof, look_for_null, prove_not_null},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "set_not_null",
    title: "NOT NULL is proved by a check before it is set",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let set = moment.changes().iter().find_map(|change| match change {
        Change::Table {
            table,
            change: TableChange::SetNotNull { column, not_null },
        } => Some((table, column, not_null)),
        _ => None,
    });
    let Some((table, column, not_null)) = set else {
        return Ok(false);
    };
    let for_a_key = moment.table_changes().any(|(_, change)| match change {
        TableChange::AddConstraint { constraint, .. } => {
            matches!(constraint.kind, ConstraintKind::PrimaryKey(_))
        }
        _ => false,
    });
    if for_a_key || moment.is_unused(table) || !not_null.validated {
        return Ok(false);
    }
    let waits =
        is_left_out(moment, planning, table, column) || is_emptied(moment, planning, table, column);
    if !waits && !moment.is_heavy(table) {
        return Ok(false);
    }
    if waits && !planning.is_deferring() && goes_again(planning, table, column) {
        return Ok(true);
    }
    let proof = Proof {
        table,
        column,
        not_null,
    };
    if waits {
        in_contract(planning, &proof)?;
    } else {
        kept_filled::takes_default_first(planning, table, column)?;
        prove_not_null(planning, &proof)?;
    }
    Ok(true)
}

/// It is proved when the old app is gone, which leaves the column out.
pub(super) fn in_contract(planning: &mut Planning<'_>, proof: &Proof<'_>) -> Result<(), Stop> {
    let Proof { table, column, .. } = *proof;
    // rows that are put off are still to be written then
    if !planning.is_deferring() {
        look_for_null(planning, Phase::Contract, table, (column, column))?;
    }
    planning.deferred(|planning| prove_not_null(planning, proof))?;
    let object = ObjectRef::Column(table.clone(), column.clone());
    planning.put_off(PutOff::Strictness(object));
    Ok(())
}

/// Whether the old app leaves a column out, and nothing gives it a value then.
pub(super) fn is_left_out(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    column: &Name,
) -> bool {
    let known = moment.before().tables.get(table);
    let own = known.and_then(|table| table.column(column));
    let has_value = own.is_some_and(|own| {
        own.default.is_some() || own.identity.is_some() || own.generated.is_some()
    });
    let is_kept =
        planning.is_filled_for_sure(table, column) || planning.is_made_within(table, column);
    moment.is_new(&ObjectRef::Column(table.clone(), column.clone())) && !has_value && !is_kept
}

/// Whether a foreign key that goes in contract sets a column to NULL, or to its default, until then: a row that it refers to could not be
/// deleted.
fn is_emptied(moment: &Moment<'_>, planning: &Planning<'_>, table: &QName, column: &Name) -> bool {
    if planning.is_deferring() {
        return false;
    }
    let empties = |action: &ReferentialAction| {
        matches!(
            action,
            ReferentialAction::SetNull | ReferentialAction::SetDefault
        )
    };
    let now = planning.table_for_now(table);
    let own = planning.column_for_now(table, column);
    let known = planning.schema().tables.get(&now);
    let mut constraints = known.into_iter().flat_map(|known| &known.constraints);
    constraints.any(|(name, constraint)| match &constraint.kind {
        ConstraintKind::ForeignKey(key) => {
            let said = moment.before().tables.get(table);
            let is_gone = said.is_some_and(|said| !said.constraints.contains_key(name));
            let is_it = empties(&key.on_delete) || empties(&key.on_update);
            is_it
                && key.columns.contains(&own)
                && (is_gone || is_dropped_later(planning, table, name))
        }
        _ => false,
    })
}

fn is_dropped_later(planning: &Planning<'_>, of: &QName, key: &Name) -> bool {
    let mut later = planning.later().flat_map(|(line, _)| &line.changes);
    later.any(|change| dropped_constraint(change) == Some((of, key)))
}

/// Whether a later statement takes it away again, with which it need not come in contract.
fn goes_again(planning: &mut Planning<'_>, table: &QName, column: &Name) -> bool {
    let takes_away = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::DropNotNull(own),
        } => of == table && own == column,
        _ => false,
    };
    let is_it = |line: &Line| matches!(line.changes.as_slice(), [one] if takes_away(one));
    let together = planning.together;
    let at = {
        let mut later = planning.later().filter(|(_, at)| at.0 < together);
        later.find(|(line, _)| is_it(line)).map(|(_, at)| at)
    };
    if let Some(at) = at {
        planning.skip(at);
    }
    at.is_some()
}
