//! NOT NULL that is proved by a check before it is set, so that no rows are read under the lock.

use segue_catalog::{
    Expr, Name, QName, TableChange,
    model::{Constraint, ConstraintKind, Table},
    render,
};

use super::{actions, free_name, instead, only_action, stands_alone};
use crate::{Fix, Moment};

/// `CHECK … NOT VALID`, `VALIDATE`, `SET NOT NULL`, and the check goes again.
pub(crate) fn not_null_by_check(moment: &Moment<'_>) -> Option<Fix> {
    let set = moment
        .table_changes()
        .filter_map(|(table, change)| match change {
            TableChange::SetNotNull { column, .. } => Some((table, column)),
            _ => None,
        });
    let set: Vec<(&QName, &Name)> = set.collect();
    let (table, _) = *set.first()?;
    let columns: Vec<Name> = set
        .iter()
        .filter(|(of, _)| *of == table)
        .map(|(_, column)| (*column).clone())
        .collect();
    let mut statements = steps(moment, table, &columns)?;
    if actions(moment).len() > columns.len() {
        statements.push(moment.text().to_owned());
    }
    let title = "prove it by a check first";
    stands_alone(moment).then(|| instead(moment, title, &statements, true))
}

/// The same before a statement that needs the columns to be NOT NULL.
pub(crate) fn prove_not_null(moment: &Moment<'_>, table: &QName, columns: &[Name]) -> Option<Fix> {
    only_action(moment)?;
    let mut statements = steps(moment, table, columns)?;
    statements.push(moment.text().to_owned());
    let title = "set NOT NULL first, proved by a check";
    stands_alone(moment).then(|| instead(moment, title, &statements, true))
}

/// The steps for those of the columns that are not yet NOT NULL.
pub(super) fn steps(moment: &Moment<'_>, table: &QName, columns: &[Name]) -> Option<Vec<String>> {
    let known = moment.before().tables.get(table)?;
    let mut statements = Vec::new();
    for column in columns {
        if known.column(column)?.not_null.is_none() {
            statements.extend(steps_of(table, known, column));
        }
    }
    Some(statements)
}

fn steps_of(name: &QName, table: &Table, column: &Name) -> [String; 4] {
    let check = free_name(
        table,
        &format!("{}_{}_is_set", name.name.as_str(), column.as_str()),
    );
    let constraint = Constraint {
        validated: false,
        ..Constraint::new(ConstraintKind::Check {
            expression: Expr::written(format!("{column} IS NOT NULL")),
            no_inherit: false,
        })
    };
    [
        render::add_constraint(name, &check, &constraint, false),
        render::alter(name, &format!("VALIDATE CONSTRAINT {check}")),
        render::alter(name, &format!("ALTER COLUMN {column} SET NOT NULL")),
        render::alter(name, &format!("DROP CONSTRAINT {check}")),
    ]
}
