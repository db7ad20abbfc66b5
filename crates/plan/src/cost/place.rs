//! Which part of an `ALTER TABLE` with several actions a cost comes from.

use std::ops::Range;

use squawk_syntax::ast::{self, AlterTableAction as Action, AstNode};

use super::{Cause, cause::mentions};
use crate::Moment;

/// Where the action is that is to blame; none where the statement has no other one, or does not name it.
pub(super) fn of(moment: &Moment<'_>, cause: &Cause<'_>) -> Option<Range<usize>> {
    let Some(ast::Stmt::AlterTable(alter)) = moment.statement() else {
        return None;
    };
    if alter.actions().count() < 2 {
        return None;
    }
    let name = cause.name()?;
    let mut actions = alter.actions();
    let action = actions.find(|action| {
        can_be(action, cause) && mentions(&action.syntax().text().to_string(), name)
    })?;
    Some(moment.span(action.syntax()))
}

/// Whether an action can have such a cost.
fn can_be(action: &Action, cause: &Cause<'_>) -> bool {
    match cause {
        Cause::NotNull(_) | Cause::Type(_) | Cause::Expression(_) => {
            matches!(action, Action::AlterColumn(_))
        }
        Cause::Default(_)
        | Cause::Stored(_)
        | Cause::Counting(_)
        | Cause::OfDomain(_)
        | Cause::Required(_) => matches!(action, Action::AddColumn(_)),
        Cause::Check(_)
        | Cause::ForeignKey(_)
        | Cause::Unique(_)
        | Cause::PrimaryKey(_)
        | Cause::KeyNotNull(_)
        | Cause::Exclusion(_) => matches!(action, Action::AddConstraint(_)),
        Cause::Validation(_) => matches!(action, Action::ValidateConstraint(_)),
        _ => false,
    }
}
