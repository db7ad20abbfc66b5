//! `ADD CHECK` and `ADD FOREIGN KEY`: for new rows first, then the others are checked while everybody goes on.

use std::collections::VecDeque;

use segue_catalog::{
    QName,
    model::{Constraint, ConstraintKind, TableKind},
    render,
};
use segue_sql::Problem;

use super::{Recipe, added_constraint};
use crate::{
    Action, Moment, Undo,
    cost::Cost,
    planner::{DIRECT, Draft, Planning, Stop, bare},
    writing::look_for_broken,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "add_check_or_foreign_key",
    title: "a constraint holds for new rows first, then the others are checked while everybody goes on",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, name, constraint)) = moment.changes().iter().find_map(added_constraint) else {
        return Ok(false);
    };
    let of_rows = matches!(
        constraint.kind,
        ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_)
    );
    let replaced = planning.take_replaced(table, name);
    if !of_rows || (!is_costly(moment, table, constraint) && replaced.is_none()) {
        return Ok(false);
    }
    if is_refused(moment, table, constraint) {
        return Err(Stop::Refused(
            Problem::new(format!(
                "a foreign key of the partitioned table {table} cannot be NOT VALID before PostgreSQL 18"
            ))
            .note("without that, all rows are checked while writes wait")
            .help(DIRECT),
        ));
    }
    look_for_broken(planning, table, (name, constraint))?;
    let unchecked = Constraint {
        validated: false,
        ..constraint.clone()
    };
    let add = render::add_constraint(table, name, &unchecked, false);
    let drop = render::alter(table, &format!("DROP CONSTRAINT {name}"));
    let (statements, mut back) = match &replaced {
        Some(replaced) => (
            vec![replaced.drop.clone(), add],
            replaced.restore.iter().map(|text| bare(text)).collect(),
        ),
        None => (vec![add], VecDeque::new()),
    };
    let first = std::iter::once(bare(&drop)).chain(back.pop_front());
    let first = Action::Transaction(first.collect());
    let rest = back.into_iter().map(|text| Action::Transaction(vec![text]));
    let back = std::iter::once(first).chain(rest).collect();
    planning.step(
        Draft::transaction(format!("{name} of {table} holds for new rows"), statements)
            .undo(Undo::Actions(back))
            .hazard(
                Some(rule(constraint)),
                format!("an app that writes rows of {table} which {name} forbids is refused from here on"),
            )
            .notices(moves_with_its_source(planning, table, constraint)),
    )?;
    planning.step(
        Draft::transaction(
            format!("check all rows of {table} by {name}"),
            [render::alter(table, &format!("VALIDATE CONSTRAINT {name}"))],
        )
        .undo(Undo::Nothing),
    )?;
    Ok(true)
}

fn is_costly(moment: &Moment<'_>, table: &QName, constraint: &Constraint) -> bool {
    let costs = match moment.is_unused(table) {
        // nobody uses it yet, but the table that it refers to, which waits while its rows are looked up there
        true => moment.costs().iter().any(Cost::is_own),
        false => {
            let mut work = moment.effect().work.iter();
            work.any(|work| moment.is_heavy(&work.table))
        }
    };
    constraint.validated && constraint.enforced && costs
}

/// `NOT VALID` is refused of foreign keys of partitioned tables before PostgreSQL 18 (`ATAddForeignKeyConstraint`).
fn is_refused(moment: &Moment<'_>, table: &QName, constraint: &Constraint) -> bool {
    let of = moment.before().tables.get(table);
    let partitioned = of.is_some_and(|of| matches!(of.kind, TableKind::Partitioned(_)));
    let key = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    partitioned && key && moment.major() < 18
}

/// What an app meets whose writes change a column that rows of the table refer to, and that is filled from another one until contract.
fn moves_with_its_source(
    planning: &Planning<'_>,
    table: &QName,
    constraint: &Constraint,
) -> Option<String> {
    let ConstraintKind::ForeignKey(key) = &constraint.kind else {
        return None;
    };
    let other = &key.references;
    let mut columns = key.referenced_columns.iter();
    let column = columns.find(|column| planning.is_filled(other, column))?;
    Some(format!(
        "an app that changes what {column} of {other} is filled from is refused where rows of {table} refer to the row"
    ))
}

fn rule(constraint: &Constraint) -> &'static str {
    match constraint.kind {
        ConstraintKind::ForeignKey(_) => "fk-not-valid-missing",
        _ => "add-check-not-valid-missing",
    }
}
