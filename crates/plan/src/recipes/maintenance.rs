//! `REINDEX` and `REFRESH MATERIALIZED VIEW`, while others go on.

use segue_catalog::{Relation, model::ViewKind};
use segue_sql::Kind;
use squawk_syntax::ast;

use super::Recipe;
use crate::{
    Moment, Undo,
    fix::reindex_concurrently,
    planner::{Draft, Planning, Stop},
    written,
};

pub(super) const RECIPE: Recipe = Recipe {
    name: "maintenance",
    title: "indexes and materialized views are made anew while others go on",
    follow,
};

fn follow(moment: &Moment<'_>, planning: &mut Planning<'_>) -> Result<bool, Stop> {
    if matches!(moment.line().kind, Kind::OutsideTransaction(_)) || moment.costs().is_empty() {
        return Ok(false);
    }
    let (title, text) = match moment.statement() {
        Some(ast::Stmt::Reindex(_)) => {
            let Some(fix) = reindex_concurrently(moment) else {
                return Ok(false);
            };
            ("build indexes anew, and exchange them".to_owned(), fix.text)
        }
        Some(ast::Stmt::Refresh(refresh)) => {
            let Some(text) = refreshed(moment, refresh) else {
                return Ok(false);
            };
            ("refresh it row by row".to_owned(), text)
        }
        _ => return Ok(false),
    };
    let draft = match moment.statement() {
        Some(ast::Stmt::Reindex(_)) => Draft::alone(title, text),
        _ => Draft::transaction(title, [text]),
    };
    planning.step(draft.undo(Undo::Nothing))?;
    Ok(true)
}

/// `CONCURRENTLY` needs a unique index over plain columns and all rows (sql-refreshmaterializedview.html).
fn refreshed(moment: &Moment<'_>, refresh: &ast::Refresh) -> Option<String> {
    if refresh.concurrently_token().is_some() || refresh.data_option().is_some() {
        return None;
    }
    let name = refresh.view_ref()?;
    let view = written::any_relation(moment.before(), &moment.line().session, &name)?;
    let is_view = moment.before().relation(&view) == Some(Relation::View);
    let known = moment.before().views.get(&view).filter(|_| is_view)?;
    let populated = matches!(known.kind, ViewKind::Materialized { .. });
    let unique = moment.before().indexes_of(&view).any(|(_, index)| {
        let plain = index.keys.iter().all(|key| key.term.column().is_some());
        index.unique && index.valid && index.predicate.is_none() && plain
    });
    let mut text = moment.text().to_owned();
    let behind = refresh.view_token()?.text_range().end();
    text.insert_str(usize::from(behind), " CONCURRENTLY");
    (populated && unique).then_some(text)
}
