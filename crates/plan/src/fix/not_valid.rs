//! Constraints that are added unchecked, and checked by a statement that blocks nobody.

use segue_catalog::{
    Change, Name, TypeChange,
    model::{Constraint, TypeKind},
    render,
};
use squawk_syntax::ast::{self, AstNode};

use super::{added, adding, instead, only_action, stands_alone};
use crate::{Fix, Moment};

/// `ADD CONSTRAINT … NOT VALID`, then `VALIDATE CONSTRAINT`.
pub(crate) fn not_valid(moment: &Moment<'_>, name: &Name) -> Option<Fix> {
    let add = adding(moment, name)?;
    if !stands_alone(moment) || is_refused_below(moment, name) {
        return None;
    }
    let (table, _) = added(moment, name)?;
    let end = usize::from(add.syntax().text_range().end());
    let mut first = moment.text().to_owned();
    first.insert_str(end, " NOT VALID");
    // the server's own name has to be written where nobody has chosen one
    let validate = render::alter(table, &format!("VALIDATE CONSTRAINT {name}"));
    let title = "add it unchecked, then check it";
    Some(instead(moment, title, &[first, validate], true))
}

/// A `CHECK` that stands with a new column becomes a statement of its own.
pub(crate) fn added_with_column(moment: &Moment<'_>, name: &Name) -> Option<Fix> {
    let ast::AlterTableAction::AddColumn(column) = only_action(moment)? else {
        return None;
    };
    let mut checks = column
        .constraints()
        .filter(|constraint| matches!(constraint, ast::Constraint::CheckConstraint(_)));
    let (Some(check), None) = (checks.next(), checks.next()) else {
        return None;
    };
    if !stands_alone(moment) {
        return None;
    }
    let (table, constraint) = added(moment, name)?;
    let range = check.syntax().text_range();
    let mut first = moment.text().to_owned();
    first.replace_range(usize::from(range.start())..usize::from(range.end()), "");
    let unchecked = Constraint {
        validated: false,
        ..constraint.clone()
    };
    let second = render::add_constraint(table, name, &unchecked, false);
    let third = render::alter(table, &format!("VALIDATE CONSTRAINT {name}"));
    let title = "add the check unchecked, then check it";
    let statements = [first.trim_end().to_owned(), second, third];
    Some(instead(moment, title, &statements, true))
}

/// `ALTER DOMAIN … ADD CONSTRAINT … NOT VALID`; then `VALIDATE CONSTRAINT`, where that does not block as much.
pub(crate) fn domain_not_valid(moment: &Moment<'_>) -> Option<Fix> {
    let (domain, name) = moment.changes().iter().find_map(|change| match change {
        Change::Type {
            name,
            change: TypeChange::AddConstraint { name: added, .. },
        } => Some((name, added)),
        _ => None,
    })?;
    if !matches!(moment.before().types.get(domain)?.kind, TypeKind::Domain(_)) {
        return None;
    }
    let first = format!("{} NOT VALID", moment.text());
    if moment.major() < 18 || !stands_alone(moment) {
        return Some(instead(moment, "check new values only", &[first], false));
    }
    let second = format!("ALTER DOMAIN {domain} VALIDATE CONSTRAINT {name}");
    let title = "add it unchecked, then check it";
    Some(instead(moment, title, &[first, second], true))
}

/// Before PostgreSQL 18 a foreign key of a partitioned table cannot be `NOT VALID`.
fn is_refused_below(moment: &Moment<'_>, name: &Name) -> bool {
    use segue_catalog::model::{ConstraintKind, TableKind};
    let Some((table, constraint)) = added(moment, name) else {
        return true;
    };
    let of = moment.before().tables.get(table);
    let is_partitioned = of.is_some_and(|of| matches!(of.kind, TableKind::Partitioned(_)));
    let is_key = matches!(constraint.kind, ConstraintKind::ForeignKey(_));
    is_partitioned && is_key && moment.major() < 18
}
