//! Columns that a trigger fills others from until contract: what the migrations themselves do with them is not to reach those.

use segue_catalog::{Change, Name, ObjectRef, QName, TableChange};
use squawk_syntax::ast::{self, AstNode};

use super::Conflict;
use crate::{
    Moment, effect,
    planner::{Planning, standing::Filled},
};

/// An UPDATE of a column that another one is filled from: as written the other one keeps what it was filled with, and the trigger
/// would take it along. One of the column that is filled, unless it is of rows that still have none: the trigger would go on by
/// what was there first. A new name of a column that is new itself, which the trigger would not find; dropped, that one waits for
/// contract, where the trigger goes first. What was there before stays until then anyhow.
pub(super) fn feeding(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Conflict> {
    let mut fed = planning.filled.iter().filter_map(|filled| {
        let changed = changed(moment, filled)?;
        Some((filled, changed))
    });
    let (filled, (column, how)) = fed.next()?;
    let why = match column == filled.column {
        true => "until contract a trigger fills it".to_owned(),
        false => format!("until contract a trigger fills {} from it", filled.column),
    };
    let about = ObjectRef::Column(filled.table.clone(), column);
    Some(Conflict {
        first: filled.served,
        about: about.to_string(),
        is_of_names: false,
        is_of_types: false,
        is_type: false,
        barred: (how != How::Dropped).then_some(why),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Written,
    Renamed,
    Dropped,
}

/// The column that a statement changes, of those that one is filled from.
fn changed(moment: &Moment<'_>, filled: &Filled) -> Option<(Name, How)> {
    let reads = |table: &QName, column: &Name| filled.reads(table, column);
    let is_new = |table: &QName, column: &Name| {
        moment.is_new(&ObjectRef::Column(table.clone(), column.clone())) && reads(table, column)
    };
    let of_schema = moment.changes().iter().find_map(|change| match change {
        Change::Rename {
            object: ObjectRef::Column(table, column),
            ..
        } => is_new(table, column).then(|| (column.clone(), How::Renamed)),
        Change::Table {
            table,
            change: TableChange::DropColumn { name, .. },
        } => is_new(table, name).then(|| (name.clone(), How::Dropped)),
        _ => None,
    });
    of_schema.or_else(|| written(moment, filled, reads))
}

fn written(
    moment: &Moment<'_>,
    filled: &Filled,
    reads: impl Fn(&QName, &Name) -> bool,
) -> Option<(Name, How)> {
    let Some(ast::Stmt::Update(update)) = moment.statement() else {
        return None;
    };
    let set = set_by_update(moment, &filled.table);
    let condition = update.where_clause_or_current_of();
    let condition = condition.map_or_else(String::new, |of| of.syntax().text().to_string());
    let condition = condition.get("where".len()..).unwrap_or_default();
    let is_its_own =
        |column: &Name| *column == filled.column && !effect::demands_null(condition, column);
    let column = set
        .into_iter()
        .find(|column| reads(&filled.table, column) || is_its_own(column))?;
    Some((column, How::Written))
}

/// The columns of a table that an UPDATE sets; none where the statement is no UPDATE of it.
pub(crate) fn set_by_update(moment: &Moment<'_>, table: &QName) -> Vec<Name> {
    let Some(ast::Stmt::Update(update)) = moment.statement() else {
        return Vec::new();
    };
    let writes = moment.row_writes();
    if !writes.iter().any(|write| write.table == *table) {
        return Vec::new();
    }
    let list = update.set_clause().and_then(|set| set.set_column_list());
    let set = list.into_iter().flat_map(|list| list.set_columns());
    // what stands in front of the value: a column, or several in brackets
    let targets: Vec<String> = set
        .filter_map(|one| {
            let text = one.syntax().text().to_string();
            text.split('=').next().map(str::to_owned)
        })
        .collect();
    let known = moment.before().tables.get(table);
    let columns = known.into_iter().flat_map(|known| &known.columns);
    columns
        .map(|column| column.name.clone())
        .filter(|column| targets.iter().any(|text| effect::mentions(text, column)))
        .collect()
}
