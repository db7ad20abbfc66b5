//! A default that is set once the column is there: the rows that are there keep NULL.

use segue_catalog::{Name, TableChange, render};
use squawk_syntax::ast::{self, AstNode};

use super::{instead, only_action};
use crate::{Fix, Moment};

/// `ADD COLUMN` without its default, then `SET DEFAULT`. Not where the column may not be NULL.
pub(crate) fn default_for_new_rows(moment: &Moment<'_>, name: &Name) -> Option<Fix> {
    let ast::AlterTableAction::AddColumn(column) = only_action(moment)? else {
        return None;
    };
    let (table, added) = moment
        .table_changes()
        .find_map(|(table, change)| match change {
            TableChange::AddColumn(column) if column.name == *name => Some((table, column)),
            _ => None,
        })?;
    let default = added.default.as_ref()?;
    let mut written = column
        .constraints()
        .filter(|constraint| matches!(constraint, ast::Constraint::DefaultConstraint(_)));
    let (Some(clause), None, None) = (written.next(), written.next(), &added.not_null) else {
        return None;
    };
    let range = clause.syntax().text_range();
    let mut first = moment.text().to_owned();
    first.replace_range(usize::from(range.start())..usize::from(range.end()), "");
    let second = render::alter(table, &format!("ALTER COLUMN {name} SET DEFAULT {default}"));
    let title = "set the default once the column is there; fill the rows that are there in batches";
    let statements = [first.trim_end().to_owned(), second];
    Some(instead(moment, title, &statements, false))
}
