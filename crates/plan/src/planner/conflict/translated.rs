//! Statements under the names that there are for now.

use segue_catalog::{Catalog, Change, Name, QName, render};
use squawk_syntax::ast::{self, AstNode as _};

use super::follow;
use crate::{
    Effect, Moment, Script, cost, effect,
    planner::{Planning, Stop, atoms, bare, pending::Pending, restate, translate},
};

/// Plans the statement under the names that there are for now; not where a part of it would wait for contract.
pub(super) fn translated(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    pending: &[Pending],
) -> Result<bool, Stop> {
    // what the changes do not say is the query
    if super::rows::is_made_of_rows(moment) {
        return Ok(false);
    }
    let before = translate::catalog(moment.before(), pending);
    if let Some((table, column, how)) = restarted(moment) {
        let column = translate::column(&table, &column, pending);
        let action = format!("ALTER COLUMN {column} {how}");
        let text = render::alter(&translate::table(&table, pending), &action);
        return planned_as(moment, planning, before, text);
    }
    let after = translate::catalog(moment.after(), pending);
    let changes: Option<Vec<Change>> = moment
        .changes()
        .iter()
        .filter(|change| **change != Change::Nothing)
        .map(|change| translate::change(change, &after, pending))
        .collect();
    let changes = changes.map(|all| restate::of_whole_tables(&after, all));
    let texts = changes.map(|changes| restate::all(&after, &changes));
    let Some([text]) = texts.as_deref() else {
        return Ok(false);
    };
    planned_as(moment, planning, before, bare(text))
}

/// The column whose numbers begin again by a statement, which its changes do not say, with how.
pub(super) fn restarted(moment: &Moment<'_>) -> Option<(QName, Name, String)> {
    let Some(ast::Stmt::AlterTable(alter)) = moment.statement() else {
        return None;
    };
    let mut actions = alter.actions();
    let (Some(ast::AlterTableAction::AlterColumn(action)), None) = (actions.next(), actions.next())
    else {
        return None;
    };
    let Some(ast::AlterColumnOption::Restart(restart)) = action.option() else {
        return None;
    };
    let [
        Change::Data {
            table: Some(table), ..
        },
    ] = moment.changes()
    else {
        return None;
    };
    let node = action.column_name_ref()?;
    let column = Name::quoted(&ast::normalize_name_node(node.syntax()));
    Some((table.clone(), column, restart.syntax().text().to_string()))
}

/// Plans this text in the place of the statement; not where a part of it would wait for contract.
pub(super) fn planned_as(
    moment: &Moment<'_>,
    planning: &mut Planning<'_>,
    before: Catalog,
    text: String,
) -> Result<bool, Stop> {
    let source = segue_sql::Source::new(moment.script().name.clone(), text.clone());
    let mut catalog = before;
    let mut session = moment.line().session.clone();
    let read = atoms::of_text(&source, 0..text.len(), &mut catalog, &mut session);
    let Ok(line) = read else {
        return Ok(false);
    };
    let alone = Script {
        name: moment.script().name.clone(),
        origin: moment.script().origin,
        source,
        lines: vec![line],
        kept: None,
        transform: None,
    };
    let tree = segue_catalog::parse(&text).tree().stmts().next();
    let effects: [Effect; 1] = [effect::of(&alone.lines[0], tree.as_ref())];
    let told = Moment {
        scripts: moment.scripts,
        script: &alone,
        index: 0,
        line: &alone.lines[0],
        statement: tree.as_ref(),
        effects: &effects,
        costs: &[],
        run: moment.run,
        facts: moment.facts,
        policy: moment.policy,
    };
    let costs = cost::of(&told);
    let told = Moment {
        costs: &costs,
        ..told
    };
    let mark = planning.mark();
    follow(&told, planning)?;
    if planning.contract.len() > mark.contract {
        planning.back_to(mark);
        return Ok(false);
    }
    crate::recipes::grown(moment, planning)?;
    crate::recipes::indexed(moment, planning)?;
    Ok(true)
}
