//! `ADD UNIQUE` and `ADD PRIMARY KEY`: the index is built while others go on writing, and then becomes the constraint's.

use segue_catalog::{
    Name, ObjectRef, QName, TableChange,
    model::{Constraint, ConstraintKind, IndexedConstraint, TableKind},
    render::{self},
};
use segue_sql::Problem;

use super::{Recipe, added_constraint, set_not_null};
use crate::{
    Moment,
    planner::{DIRECT, Draft, Planning, PutOff, Stop},
    writing::{
        Proof, built_beside, by_index, free_relation, has_children, index_of, is_partitioned,
        prove_not_null,
    },
};

mod partitions;

pub(super) const RECIPE: Recipe = Recipe {
    name: "add_unique",
    title: "the index of a key is built while others go on writing, then becomes the key's",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, name, constraint)) = moment.changes().iter().find_map(added_constraint) else {
        return Ok(false);
    };
    let is_primary = matches!(constraint.kind, ConstraintKind::PrimaryKey(_));
    let is_left_out = !planning.is_deferring()
        && own_index(constraint).is_some_and(|own| {
            let mut columns = own.columns.iter();
            columns.any(|column| set_not_null::is_left_out(moment, planning, table, column))
        });
    let waits = is_primary && (is_left_out || has_primary_key(planning, table));
    if moment.is_unused(table) || !moment.is_heavy(table) && !waits {
        return Ok(false);
    }
    let Some(own) = own_index(constraint) else {
        return match constraint.kind {
            ConstraintKind::Exclude(_) => {
                Err(Stop::Refused(no_way(table, "an EXCLUDE constraint")))
            }
            _ => Ok(false),
        };
    };
    if is_partitioned(moment.before(), table) && !own.without_overlaps {
        partitions::follow(moment, planning, table, constraint)?;
        return Ok(true);
    }
    refuse_what_cannot_be(moment, table, own)?;
    if is_primary {
        not_null(moment, planning, table, true)?;
    }
    let index = table.sibling(name.clone());
    build(planning, table, name, &index, own)?;
    if waits {
        let title = format!("{name} is the primary key of {table} from here on");
        let add = becomes(table, name, &index, constraint);
        planning.step(Draft::transaction(title, [add]).in_contract())?;
        let object = ObjectRef::Constraint(table.clone(), name.clone());
        planning.put_off(PutOff::Coming(object));
        return Ok(true);
    }
    // the index goes with the constraint: taking back its build finds nothing left to do
    planning.step(
        Draft::transaction(
            format!("the index becomes {name} of {table}"),
            [becomes(table, name, &index, constraint)],
        )
        .undone_by([render::alter(
            table,
            &format!("DROP CONSTRAINT IF EXISTS {name}"),
        )]),
    )?;
    Ok(true)
}

/// A key in the place of one that goes in contract: one of the same name, or a primary key over what is renamed there. Its index is
/// built before, and takes over when that one goes.
pub(super) fn in_place_of(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, name, constraint)) = moment.changes().iter().find_map(added_constraint) else {
        return Ok(false);
    };
    let Some(own) = own_index(constraint) else {
        return Ok(false);
    };
    if behind_new_names(moment, planning, (table, name, constraint, own))? {
        return Ok(true);
    }
    let there = planning.schema().tables.get(table);
    if there.is_none_or(|table| !table.constraints.contains_key(name)) {
        return Ok(false);
    }
    let columns_are_there = own.columns.iter().all(|column| {
        let known = planning.schema().tables.get(table);
        let is_there = known.is_some_and(|known| known.column(column).is_some());
        is_there && !planning.is_going(&ObjectRef::Column(table.clone(), column.clone()))
    });
    if !columns_are_there {
        return Ok(false);
    }
    refuse_what_cannot_be(moment, table, own)?;
    if matches!(constraint.kind, ConstraintKind::PrimaryKey(_)) {
        not_null(moment, planning, table, true)?;
    }
    let index = table.sibling(name.clone());
    let stand_in = free_relation(planning.schema(), &index, &[name.as_str(), "segue"], &[]);
    build(planning, table, name, &stand_in, own)?;
    let title = format!("{name} of {table} is over other columns from here on");
    let add = becomes(table, name, &stand_in, constraint);
    planning.step(Draft::transaction(title, [add]).in_contract())?;
    Ok(true)
}

/// A key of a table, or over columns, that have other names for now, where the one that it comes in the place of goes in contract: its
/// index is built under these.
fn behind_new_names(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    (table, name, constraint, own): (&QName, &Name, &Constraint, &IndexedConstraint),
) -> Result<bool, Stop> {
    let mut changes = moment.table_changes();
    if changes.any(|(_, change)| matches!(change, TableChange::SetNotNull { .. })) {
        return Ok(false);
    }
    let Some((now, for_now)) = called_for_now(moment, planning, table, own) else {
        return Ok(false);
    };
    let takes_place = match constraint.kind {
        ConstraintKind::PrimaryKey(_) => has_primary_key(planning, &now),
        _ => planning
            .schema()
            .has(&ObjectRef::Constraint(now.clone(), name.clone())),
    };
    if !takes_place {
        return Ok(false);
    }
    refuse_what_cannot_be(moment, table, own)?;
    let index = now.sibling(name.clone());
    let stand_in = free_relation(planning.schema(), &index, &[name.as_str(), "segue"], &[]);
    build(planning, &now, name, &stand_in, &for_now)?;
    let title = format!("the index becomes {name} of {table}");
    let add = becomes(table, name, &table.sibling(stand_in.name), constraint);
    planning.step(Draft::transaction(title, [add]).in_contract())?;
    let object = ObjectRef::Constraint(table.clone(), name.clone());
    planning.put_off(PutOff::Coming(object));
    Ok(true)
}

/// A table and the columns of a key under the names that they have for now; none where these are those of the statement, or where the
/// columns get more than their names in contract.
fn called_for_now(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    own: &IndexedConstraint,
) -> Option<(QName, IndexedConstraint)> {
    let now = planning.table_for_now(table);
    let mut for_now = own.clone();
    for column in for_now.columns.iter_mut().chain(&mut for_now.include) {
        *column = planning.column_for_now(table, column);
    }
    let there = planning.schema().tables.get(&now)?;
    let said = moment.before().tables.get(table)?;
    let mut columns = own.columns.iter().zip(&for_now.columns);
    let are_alike = columns.all(|(own, for_now)| {
        let both = said.column(own).zip(there.column(for_now));
        both.is_some_and(|(said, there)| said.data_type == there.data_type)
    });
    let has_others = now != *table || for_now != *own;
    (has_others && are_alike).then_some((now, for_now))
}

/// Whether a table has a primary key until contract: it goes there, since a table has one.
fn has_primary_key(planning: &Planning<'_>, table: &QName) -> bool {
    let known = planning.schema().tables.get(table);
    known.is_some_and(|known| !known.primary_key().is_empty())
}

fn own_index(constraint: &Constraint) -> Option<&IndexedConstraint> {
    match &constraint.kind {
        ConstraintKind::Unique(own) | ConstraintKind::PrimaryKey(own) => Some(own),
        _ => None,
    }
}

fn refuse_what_cannot_be(
    moment: &Moment<'_>,
    table: &QName,
    own: &IndexedConstraint,
) -> Result<(), Stop> {
    let known = moment.before().tables.get(table);
    let partitioned = known.is_some_and(|table| table.kind != TableKind::Plain);
    if partitioned || has_children(moment.before(), table) {
        let what = "a key of a table with partitions or children";
        return Err(Stop::Refused(no_way(table, what)));
    }
    if own.without_overlaps {
        return Err(Stop::Refused(no_way(table, "a key WITHOUT OVERLAPS")));
    }
    Ok(())
}

fn build(
    planning: &mut Planning<'_>,
    table: &QName,
    name: &Name,
    index: &QName,
    own: &IndexedConstraint,
) -> Result<(), Stop> {
    let title = format!("build the index of {name} of {table}");
    let draft = built_beside(title, index, &index_of(table, own)).hazard(
        Some("unique-on-duplicate-data"),
        format!("rows of {table} that are the same stop the build, and an app that writes such rows is refused from then on"),
    );
    Ok(planning.step(draft)?)
}

/// The statement by which an index becomes the constraint's.
fn becomes(table: &QName, name: &Name, index: &QName, constraint: &Constraint) -> String {
    render::alter(table, &by_index(name, constraint, &index.name))
}

/// The columns of a primary key are NOT NULL before it is there: at once, or from contract on where the key waits too.
fn not_null(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    may_wait: bool,
) -> Result<(), Stop> {
    for (of, change) in moment.table_changes() {
        if let TableChange::SetNotNull { column, not_null } = change
            // those of partitions come with it
            && of == table
        {
            let proof = Proof {
                table,
                column,
                not_null,
            };
            match may_wait && set_not_null::is_left_out(moment, planning, table, column) {
                true => set_not_null::in_contract(planning, &proof)?,
                false => prove_not_null(planning, &proof)?,
            }
        }
    }
    Ok(())
}

fn no_way(table: &QName, what: &str) -> Problem {
    Problem::new(format!(
        "{what} cannot be added to {table} while others write"
    ))
    .note("its index is built under a lock for which all writes wait")
    .help(DIRECT)
}
