//! NOT NULL that is proved before it is set, so that no rows are read under the lock: by a CHECK that is validated
//! (sql-altertable.html, `SET NOT NULL`), from PostgreSQL 18 on by itself, `NOT VALID` first.

use segue_catalog::{
    Expr, Name, QName,
    model::{Constraint, ConstraintKind, NotNull},
    render,
};

use super::{free_constraint, look_for_null};
use crate::{
    Action, Hindrance, Phase, Undo,
    planner::{Draft, Planning, Stop, bare, hindrance},
};

/// A column that is to be NOT NULL.
#[derive(Debug, Clone)]
pub(crate) struct Proof<'a> {
    pub(crate) table: &'a QName,
    pub(crate) column: &'a Name,
    /// The constraint as it has to be in the end.
    pub(crate) not_null: &'a NotNull,
}

/// The steps.
pub(crate) fn prove_not_null(planning: &mut Planning<'_>, proof: &Proof<'_>) -> Result<(), Stop> {
    let Proof { table, column, .. } = proof;
    let rows = match planning.is_deferring() {
        true => null_in_contract(planning, table, column),
        false => {
            look_for_null(planning, Phase::Expand, table, (column, column))?;
            None
        }
    };
    if planning.schema().major >= 18
        && let Some(name) = &proof.not_null.name
    {
        let inherit = if proof.not_null.no_inherit {
            " NO INHERIT"
        } else {
            ""
        };
        let add = format!("ADD CONSTRAINT {name} NOT NULL {column}{inherit} NOT VALID");
        planning.step(
            Draft::transaction(
                format!("{column} of {table} takes no NULL from here on"),
                [render::alter(table, &add)],
            )
            // a later step may have dropped it, and does not make it again
            .undone_by([render::alter(
                table,
                &format!("DROP CONSTRAINT IF EXISTS {name}"),
            )])
            .hazard(
                Some("set-not-null"),
                format!("an app that writes NULL to {column} of {table} is refused"),
            )
            .hindered_by(rows),
        )?;
        return Ok(planning.step(
            Draft::transaction(
                format!("check that no row of {table} lacks {column}"),
                [render::alter(table, &format!("VALIDATE CONSTRAINT {name}"))],
            )
            .undo(Undo::Nothing),
        )?);
    }
    by_check(planning, proof, rows)
}

/// What contract looks for before it begins, as the table and the column are called until then; nothing where rows are written in it, or
/// a look of its own is behind what it is about.
fn null_in_contract(planning: &Planning<'_>, table: &QName, column: &Name) -> Option<Hindrance> {
    let of = planning.table_for_now(table);
    let name = planning.column_for_now(table, column);
    let own = planning.now.tables.get(&of)?.column(&name)?;
    let may_be_null = own.not_null.is_none() && planning.has_before(&of, &name);
    (may_be_null && !planning.writes_in_contract(table)).then(|| {
        let rows = hindrance::rows(&planning.now, &of, &format!("{name} IS NULL"));
        Hindrance::new(
            format!("{column} of {table} is NULL, and takes none behind contract"),
            rows,
        )
    })
}

fn by_check(
    planning: &mut Planning<'_>,
    proof: &Proof<'_>,
    rows: Option<Hindrance>,
) -> Result<(), Stop> {
    let Proof { table, column, .. } = proof;
    let check = free_constraint(
        planning.schema(),
        table,
        &[table.name.as_str(), column, "is_set"],
        &[],
    );
    let constraint = Constraint {
        validated: false,
        ..Constraint::new(ConstraintKind::Check {
            expression: Expr::written(format!("{column} IS NOT NULL")),
            no_inherit: false,
        })
    };
    let added = render::add_constraint(table, &check, &constraint, false);
    let dropped = render::alter(table, &format!("DROP CONSTRAINT {check}"));
    planning.step(
        Draft::transaction(
            format!("{column} of {table} takes no NULL from here on"),
            [&added],
        )
        .undone_by([&dropped])
        .hazard(
            Some("set-not-null"),
            format!("an app that writes NULL to {column} of {table} is refused"),
        )
        .hindered_by(rows),
    )?;
    planning.step(
        Draft::transaction(
            format!("check that no row of {table} lacks {column}"),
            [render::alter(
                table,
                &format!("VALIDATE CONSTRAINT {check}"),
            )],
        )
        .undo(Undo::Nothing),
    )?;
    let set = render::alter(table, &format!("ALTER COLUMN {column} SET NOT NULL"));
    let unset = render::alter(table, &format!("ALTER COLUMN {column} DROP NOT NULL"));
    let back = [unset, added].map(|text| bare(&text)).to_vec();
    Ok(planning.step(
        Draft::transaction(
            format!("{column} of {table} is NOT NULL, as the check has proved"),
            [set, dropped],
        )
        .undo(Undo::Actions(vec![Action::Transaction(back)])),
    )?)
}
