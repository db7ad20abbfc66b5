//! `DROP EXPRESSION`: the new app writes the column from here on, and for the old one a trigger computes it until contract.

use segue_catalog::{Change, Expr, Name, ObjectRef, QName, TableChange};

use super::{
    Recipe,
    rows::{
        filling::{Filling, Value},
        kept_filled::kept_filled_from,
    },
};
use crate::{
    Moment,
    planner::{Planning, PutOff, Stop},
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "drop_expression",
    title: "a column that is not generated any more is computed by a trigger where an app leaves it out",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    let Some((table, column, expression)) = dropped(moment) else {
        return Ok(false);
    };
    let is_new = moment.is_new(&ObjectRef::Column(table.clone(), column.clone()));
    if is_new || moment.is_new_relation(table) || planning.is_deferring() {
        return Ok(false);
    }
    let filling = Filling {
        columns: vec![Value {
            column: column.clone(),
            value: format!("({expression})"),
        }],
        alias: table.name.to_string(),
        others: None,
        condition: None,
    };
    let may_be_null = planning.schema().tables.get(table);
    let may_be_null = may_be_null.and_then(|table| table.column(column));
    let may_be_null = may_be_null.is_some_and(|column| column.not_null.is_none());
    kept_filled_from(moment.text(), planning, table, &filling, may_be_null)?;
    // the old app relies on what it is until then
    let object = ObjectRef::Column(table.clone(), column.clone());
    planning.put_off(PutOff::Coming(object));
    Ok(true)
}

/// The column that is no longer generated, and what from; nothing else happens.
fn dropped<'m>(moment: &Moment<'m>) -> Option<(&'m QName, &'m Name, &'m Expr)> {
    let [
        Change::Table {
            table,
            change:
                TableChange::SetGenerated {
                    column,
                    generated: None,
                },
        },
    ] = moment.changes()
    else {
        return None;
    };
    let known = moment.before().tables.get(table)?.column(column)?;
    let generated = known.generated.as_ref()?;
    Some((table, column, &generated.expression))
}
