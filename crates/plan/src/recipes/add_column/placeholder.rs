//! A default that stands in for the values until a later statement of the deploy writes them, and is dropped behind it: the old app's
//! rows would have it until contract. The column comes without it, and is kept filled.

use segue_catalog::{Change, Expr, Name, QName, TableChange, model::Column};
use squawk_syntax::ast;

use super::super::rows::Written;
use crate::{Line, Moment, effect, planner::Planning, writing::has_children};

/// Whether the default of a new column is that: of what comes later nothing else is about the column before it is dropped.
pub(super) fn is_dropped_behind_values(
    moment: &Moment<'_>,
    planning: &Planning<'_>,
    table: &QName,
    column: &Column,
) -> bool {
    let is_constant = |default: &Expr| !moment.calls_volatile(&default.text);
    let adds = |change: &Change| {
        matches!(
            change,
            Change::Table {
                change: TableChange::AddColumn(_),
                ..
            }
        )
    };
    // a constraint or a sequence that comes with it would be left out
    let is_plain =
        column.default.as_ref().is_some_and(is_constant) && moment.changes().iter().all(adds);
    if !is_plain || !moment.is_in_use(table) || has_children(moment.before(), table) {
        return false;
    }
    let mut is_filled = false;
    for (line, at) in planning.later().filter(|(_, at)| at.0 < planning.together) {
        let text = planning.text(at);
        if drops_default(line, table, &column.name) {
            return is_filled;
        }
        if !is_filled && fills(moment, line, text, (table, &column.name)) {
            is_filled = true;
            continue;
        }
        if is_about(line, table) || effect::mentions(text, &column.name) {
            return false;
        }
    }
    false
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

/// Whether a statement gives the column its value in every row, made of the others of that.
fn fills(moment: &Moment<'_>, line: &Line, text: &str, (table, column): (&QName, &Name)) -> bool {
    let writes =
        |change: &Change| matches!(change, Change::Data { table: Some(of), .. } if of == table);
    let tree = segue_catalog::parse(text).tree().stmts().next();
    let (Some(ast::Stmt::Update(update)), true) = (&tree, line.changes.iter().any(writes)) else {
        return false;
    };
    let Some(written) = Written::update(&line.before, update, table) else {
        return false;
    };
    let ([set], None, None) = (written.set.as_slice(), &written.others, &written.condition) else {
        return false;
    };
    let known = line.before.tables.get(table).into_iter();
    let mut computed = known
        .flat_map(|known| &known.columns)
        .filter(|own| own.generated.is_some());
    let names = |own: &Name| effect::names_column(&set.value, &[&written.alias], own);
    set.column == *column
        && !names(column)
        && !computed.any(|own| names(&own.name))
        && !moment.calls_volatile(&set.value)
}
