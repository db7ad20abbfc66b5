//! How a step is taken back that gives up what the deploy itself has added: a check, a key, NOT NULL, or one over columns that are new.
//! All that goes with the steps before it, and rows that apps have written since need not satisfy it any more.

use segue_catalog::{
    Catalog, Change, Name, ObjectRef, TableChange,
    model::{Constraint, ConstraintKind},
    render,
};

use crate::{Line, Undo, planner::hindrance::is_over_new_columns};

/// What takes the step back; none where it gives up what was there before the deploy.
pub(super) fn of(lines: &[Line], before: &Catalog, known: &Catalog) -> Option<Undo> {
    let [line] = lines else {
        return None;
    };
    // what makes an index is taken back where it is not there, too; a unique one may not be what rows are by now
    if let [
        Change::Drop {
            object: ObjectRef::Index(index),
            ..
        },
    ] = line.changes.as_slice()
    {
        let is_unique = before.indexes.get(index).is_some_and(|index| index.unique);
        let is_own = is_unique && !known.indexes.contains_key(index);
        return is_own.then_some(Undo::Nothing);
    }
    let [Change::Table { table, change }] = line.changes.as_slice() else {
        return None;
    };
    let (own, known) = (before.tables.get(table)?, known.tables.get(table));
    match change {
        // what takes NOT NULL back asks for none
        TableChange::DropNotNull(column) => {
            let column = known?.column(column);
            column
                .is_none_or(|column| column.not_null.is_none())
                .then_some(Undo::Nothing)
        }
        TableChange::DropConstraint { name, .. } => {
            let constraint = own.constraints.get(name)?;
            let is_old = known.is_some_and(|known| known.constraints.contains_key(name));
            let is_new = |column: &Name| known.is_some_and(|known| known.column(column).is_none());
            match constraint.kind {
                // what adds it is taken back where it is not there, too
                ConstraintKind::Unique(_) => (!is_old).then_some(Undo::Nothing),
                ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => {
                    let goes = !is_old || is_over_new_columns(constraint, own, is_new);
                    (known.is_some() && goes).then(|| {
                        let unchecked = Constraint {
                            validated: false,
                            ..constraint.clone()
                        };
                        let again = render::add_constraint(table, name, &unchecked, false);
                        Undo::transaction(vec![again])
                    })
                }
                _ => None,
            }
        }
        _ => None,
    }
}
