//! A default that stands in for the values until a later statement of the deploy writes them, and is dropped behind it: the old app's
//! rows would have it until contract. The column comes without it, and is kept filled.

use segue_catalog::{
    Change, Expr, Name, ObjectRef, QName, TableChange,
    model::{Column, ConstraintKind},
};
use squawk_syntax::ast;

use super::super::rows::Written;
use crate::{Line, Moment, effect, planner::Planning, writing::has_children};

/// A statement, and how it is written.
type Told<'p> = (&'p Line, &'p str);

/// Whether the default of a new column is that. It is the same for all columns that one UPDATE fills, or for none of them.
pub(super) fn is_dropped_behind_values(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    column: &Column,
) -> bool {
    let could_be = column.default.is_some()
        && moment.is_in_use(table)
        && !has_children(moment.before(), table);
    if !could_be {
        return false;
    }
    let lines: Vec<Told<'_>> = planning.planned_together().collect();
    let mut fills = (lines.iter().enumerate())
        .filter_map(|(at, line)| Some((at, filled(moment, line, table)?)));
    let Some((at, columns)) = fills.find(|(_, columns)| columns.contains(&column.name)) else {
        return false;
    };
    let mut columns = columns.iter();
    columns.all(|column| stands_in(moment, &lines, (table, column), at))
}

/// Whether what a column has by its default is nothing but what it has until this UPDATE: of what comes before and behind, until it is
/// dropped, nothing makes a difference. One without a default has nothing.
fn stands_in(
    moment: &Moment<'_>,
    lines: &[Told<'_>],
    (table, column): (&QName, &Name),
    filled: usize,
) -> bool {
    let (before, behind) = lines.split_at(filled);
    let added = before
        .iter()
        .position(|(line, _)| adds(line, table, column));
    let Some((added, Some(own))) = added.map(|at| (at, only_added(before[at].0))) else {
        return false;
    };
    let is_constant = |default: &Expr| !moment.calls_volatile(&default.text);
    if !own.default.as_ref().is_none_or(is_constant) {
        return false;
    }
    let names_it = |text: &str| effect::mentions(text, column);
    let alone = |(line, text): &Told<'_>| {
        !is_about(line, table)
            && !fires_less(line, table)
            && !reads(line, text, table)
            && !names_it(text)
    };
    let goes_along = |(line, text): &Told<'_>| {
        !is_about(line, table)
            && !reads(line, text, table)
            && (!names_it(text) || is_over_values(line))
    };
    if !before[added + 1..].iter().all(alone) {
        return false;
    }
    let behind = &behind[1..];
    let dropped = (behind.iter()).position(|(line, _)| drops_default(line, table, column));
    match (&own.default, dropped) {
        (None, _) => true,
        (Some(_), Some(at)) => behind[..at].iter().all(goes_along),
        (Some(_), None) => false,
    }
}

fn adds(line: &Line, table: &QName, column: &Name) -> bool {
    let is_it = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::AddColumn(added),
        } => of == table && added.name == *column,
        _ => false,
    };
    line.changes.iter().any(is_it)
}

/// The column that a statement adds, if that is all: a constraint or a sequence that comes with it would be left out.
fn only_added(line: &Line) -> Option<&Column> {
    match line.changes.as_slice() {
        [
            Change::Table {
                change: TableChange::AddColumn(column),
                ..
            },
        ] => Some(column),
        _ => None,
    }
}

/// Whether a statement writes rows of the table, gives anything another name, or does what nobody knows.
fn is_about(line: &Line, table: &QName) -> bool {
    let is_it = |change: &Change| match change {
        Change::Rename { .. } => true,
        Change::Data { table: of, .. } => of.as_ref().is_none_or(|of| of == table),
        _ => false,
    };
    line.unknown.is_some() || line.changes.iter().any(is_it)
}

/// Whether a statement may read rows of the table, also as a whole: one that changes a table, or makes an index of it, does not.
fn reads(line: &Line, text: &str, table: &QName) -> bool {
    let only_changes = |change: &Change| match change {
        Change::Table { .. } | Change::Nothing => true,
        Change::Create(object) => matches!(object.reference(), ObjectRef::Index(_)),
        _ => false,
    };
    !line.changes.iter().all(only_changes) && effect::mentions(text, &table.name)
}

/// Whether triggers of the table do not fire behind a statement, so that the UPDATE runs as it is written.
fn fires_less(line: &Line, table: &QName) -> bool {
    let is_it = |change: &Change| match change {
        Change::Table {
            table: of,
            change: TableChange::EnableTrigger { .. },
        } => of == table,
        _ => false,
    };
    line.changes.iter().any(is_it)
}

/// Whether a statement only asks something of values that are there by then: an index, a constraint but for a key, NOT NULL.
fn is_over_values(line: &Line) -> bool {
    let is_it = |change: &Change| match change {
        Change::Create(object) => matches!(object.reference(), ObjectRef::Index(_)),
        Change::Table { change, .. } => match change {
            TableChange::SetNotNull { .. } => true,
            TableChange::AddConstraint { constraint, .. } => {
                !matches!(constraint.kind, ConstraintKind::PrimaryKey(_))
            }
            _ => false,
        },
        _ => false,
    };
    line.changes.iter().all(is_it)
}

fn drops_default(line: &Line, table: &QName, column: &Name) -> bool {
    let is_it = |change: &Change| match change {
        Change::Table {
            table: of,
            change:
                TableChange::SetDefault {
                    column: own,
                    default: None,
                },
        } => of == table && own == column,
        _ => false,
    };
    matches!(line.changes.as_slice(), [change] if is_it(change))
}

/// The columns to which a statement gives values in every row, made of the others of that.
fn filled(moment: &Moment<'_>, (line, text): &Told<'_>, table: &QName) -> Option<Vec<Name>> {
    let writes =
        |change: &Change| matches!(change, Change::Data { table: Some(of), .. } if of == table);
    if !line.changes.iter().any(writes) {
        return None;
    }
    let tree = segue_catalog::parse(text).tree().stmts().next();
    let Some(ast::Stmt::Update(update)) = &tree else {
        return None;
    };
    let written = Written::update(&line.before, update, table)?;
    if written.others.is_some() || written.condition.is_some() {
        return None;
    }
    let known = line.before.tables.get(table)?;
    let computed = (known.columns.iter()).filter(|own| own.generated.is_some());
    let set = written.set.iter().map(|set| &set.column);
    let unread: Vec<&Name> = computed.map(|own| &own.name).chain(set.clone()).collect();
    let is_made_of_others = |value: &str| {
        let mut unread = unread.iter();
        !unread.any(|own| effect::names_column(value, &[&written.alias], own))
            && !moment.calls_volatile(value)
    };
    let mut values = written.set.iter().map(|set| &set.value);
    values
        .all(|value| is_made_of_others(value))
        .then(|| set.cloned().collect())
}
