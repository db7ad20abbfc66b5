//! `UNIQUE` and `PRIMARY KEY` whose index is built while others go on.

use segue_catalog::{
    Name, QName,
    model::{Constraint, ConstraintKind},
    render,
};
use squawk_syntax::ast::{self, AstNode};

use super::{added, adding, instead, not_null, only_action, plain, stands_alone};
use crate::{
    Fix, Moment,
    writing::{by_index, concurrently, index_of},
};

/// `CREATE UNIQUE INDEX CONCURRENTLY`, then `ADD CONSTRAINT … USING INDEX`; for a primary key its columns are NOT NULL first.
pub(crate) fn using_index(moment: &Moment<'_>, name: &Name) -> Option<Fix> {
    let action = adding(moment, name)?;
    let (table, constraint) = added(moment, name)?;
    let known = moment.before().tables.get(table)?;
    let columns = &constraint.index()?.columns;
    // the statement itself may add one
    if columns.iter().any(|column| known.column(column).is_none()) {
        return None;
    }
    let mut statements = Vec::new();
    if let ConstraintKind::PrimaryKey(key) = &constraint.kind {
        statements.extend(not_null::steps(moment, table, &key.columns)?);
    }
    let [index, add] = built(moment, table, name, constraint)?;
    statements.push(index);
    match only_action(moment) {
        Some(_) => statements.push(render::alter(table, &add)),
        None => {
            let range = action.syntax().text_range();
            let mut whole = moment.text().to_owned();
            whole.replace_range(usize::from(range.start())..usize::from(range.end()), &add);
            statements.push(whole);
        }
    }
    let title = "build its index concurrently";
    Some(instead(moment, title, &statements, true))
}

/// A `UNIQUE` that stands with a new column becomes statements of its own.
pub(crate) fn built_with_column(moment: &Moment<'_>, name: &Name) -> Option<Fix> {
    let ast::AlterTableAction::AddColumn(column) = only_action(moment)? else {
        return None;
    };
    let mut unique = column
        .constraints()
        .filter(|constraint| matches!(constraint, ast::Constraint::UniqueConstraint(_)));
    let (Some(written), None) = (unique.next(), unique.next()) else {
        return None;
    };
    let (table, constraint) = added(moment, name)?;
    let range = written.syntax().text_range();
    let mut first = moment.text().to_owned();
    first.replace_range(usize::from(range.start())..usize::from(range.end()), "");
    let mut statements = vec![first.trim_end().to_owned()];
    let [index, add] = built(moment, table, name, constraint)?;
    statements.extend([index, render::alter(table, &add)]);
    let title = "build its index concurrently";
    Some(instead(moment, title, &statements, true))
}

/// The index, and the action that makes the constraint of it.
fn built(
    moment: &Moment<'_>,
    table: &QName,
    name: &Name,
    constraint: &Constraint,
) -> Option<[String; 2]> {
    plain(moment.before(), table)?;
    let (ConstraintKind::Unique(own) | ConstraintKind::PrimaryKey(own)) = &constraint.kind else {
        return None;
    };
    if !stands_alone(moment) || own.without_overlaps {
        return None;
    }
    let index = concurrently(&table.sibling(name.clone()), &index_of(table, own));
    let add = by_index(name, constraint, name);
    Some([index, add])
}
