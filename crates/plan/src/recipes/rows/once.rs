//! Once for each row: a column remembers which rows are done, wherever they move. Rows that come later are none of the
//! statement's business, so they count as done.

use segue_catalog::{DataType, Expr, QName, model::Column, render};

use super::{Written, keeping};
use crate::{
    Moment,
    planner::{Draft, Planning, Stop},
    writing::{Ends, free_column, in_batches, of_another_column},
};

pub(super) fn follow(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    table: &QName,
    written: &Written,
) -> Result<(), Stop> {
    let mark = free_column(planning.schema(), table, &["segue", "done"]);
    let column = Column {
        default: Some(Expr::written("false")),
        ..Column::new(mark.clone(), DataType::builtin("boolean"))
    };
    let major = planning.schema().major;
    let definition = render::column_definition(table, &column, major);
    let add = render::alter(table, &format!("ADD COLUMN {definition}"));
    // a row that comes from here on is done
    let set = render::alter(table, &format!("ALTER COLUMN {mark} SET DEFAULT true"));
    let drop = render::alter(table, &format!("DROP COLUMN {mark}"));
    planning.step(
        Draft::transaction(
            format!("{mark} remembers which rows of {table} are done"),
            [&add, &set],
        )
        .undone_by([&drop])
        .hazard(
            None,
            format!("`SELECT *` and COPY without a list of columns meet one column more in {table} until its rows are written"),
        )
        .notices(of_another_column(planning.schema(), table)),
    )?;
    let mut open = format!("{}.{mark} = false", written.alias);
    if let Some(condition) = &written.condition {
        open.push_str(&format!(" AND ({condition})"));
    }
    let also = format!("{mark} = true");
    in_batches(
        planning,
        table,
        "write rows of",
        |planning, leaf| keeping::of_batches(moment, planning, written, (table, leaf)),
        |leaf, kept| written.batch(leaf, &also, &open, kept),
        |leaf| Ends {
            done: written.none_left(leaf, &open),
            // a row that comes meanwhile is marked
            left: None,
        },
    )?;
    let back = [add, set];
    let title = format!("{mark} of {table} has done its work");
    Ok(planning.step(Draft::transaction(title, [drop]).undone_by(back))?)
}
