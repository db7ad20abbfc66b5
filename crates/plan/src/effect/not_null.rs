//! Columns that become NOT NULL: whether the server has to look for a NULL (`ATExecSetNotNull`, `ATExecAddColumn`), or knows
//! that there is none.

use segue_catalog::model::{Column, Table};

use super::{aftermath::Altered, default, proof::Known, relations, rewrite, telling::Telling};
use crate::WorkKind;

/// Tells which tables are scanned for a NULL.
pub(super) fn tell(telling: &mut Telling<'_>, altered: &[Altered<'_>]) {
    for table in altered {
        if !relations::has_rows(table.after) || telling.rewritten.contains(table.name) {
            continue;
        }
        let mut known = None;
        for column in &table.after.columns {
            if !is_demanded(column) {
                continue;
            }
            let needs = match table.kept.column(&column.name) {
                Some(before) if is_demanded(before) => false,
                Some(_) => {
                    // VALIDATE and a new CHECK of the same statement come too late for it
                    let known = known.get_or_insert_with(|| Known::of(table.before));
                    !known.is_not_null(&column.name) || is_validated(table.before, column)
                }
                None => has_nulls(telling, column),
            };
            if needs {
                let reason = format!("column {} becomes NOT NULL", column.name);
                telling.works(WorkKind::Scan, table.name, reason);
            }
        }
    }
}

fn is_demanded(column: &Column) -> bool {
    column.not_null.as_ref().is_some_and(|own| own.validated)
}

/// Whether what happens is the validation of a NOT NULL that was there (PostgreSQL 18), for which no proof is looked for.
fn is_validated(before: &Table, column: &Column) -> bool {
    let before = before.column(&column.name);
    before.is_some_and(|before| before.not_null.is_some())
}

/// Whether a new column holds NULL in the rows that are there, as far as the server can tell without looking.
fn has_nulls(telling: &Telling<'_>, column: &Column) -> bool {
    match &column.generated {
        Some(_) => true,
        None => {
            rewrite::default_of(telling, column).is_none_or(|default| default::is_null(&default))
        }
    }
}
