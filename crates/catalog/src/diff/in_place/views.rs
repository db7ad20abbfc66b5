//! Whether `CREATE OR REPLACE VIEW` does: the columns that are there keep their names and types, others follow
//! (sql-createview.html).
//!
//! The model does not know the types of a view's columns. They stay for certain where what is selected stays word by
//! word, out of the same relations; else the view goes and comes again.

use squawk_syntax::ast::{self, AstNode};

use super::Both;
use crate::{model::View, normal::About};

/// Whether the second view can replace the first one where it is.
pub(in super::super) fn can_be_replaced(both: Both<'_>, first: &View, second: &View) -> bool {
    let same = both.same(&first.query, &second.query, About::query());
    if first.is_materialized() || second.is_materialized() {
        return is_same_kind(first, second) && same && first.columns == second.columns;
    }
    let columns = second.columns.starts_with(&first.columns);
    columns && (same || keeps_its_columns(&first.query.text, &second.query.text))
}

/// Whether both are plain, or both are materialized by the same means.
fn is_same_kind(first: &View, second: &View) -> bool {
    use crate::model::ViewKind::Materialized;
    match (&first.kind, &second.kind) {
        (
            Materialized {
                access_method,
                tablespace,
                ..
            },
            Materialized {
                access_method: other_method,
                tablespace: other_tablespace,
                ..
            },
        ) => access_method == other_method && tablespace == other_tablespace,
        (first, second) => first == second,
    }
}

/// Whether what the first query selects stands at the start of what the second one does, out of the same relations.
fn keeps_its_columns(first: &str, second: &str) -> bool {
    let (Some(first), Some(second)) = (Parts::of(first), Parts::of(second)) else {
        return false;
    };
    first.from == second.from && second.targets.starts_with(&first.targets)
}

/// What a plain SELECT selects, and out of what; white space made even.
struct Parts {
    targets: Vec<String>,
    from: Option<String>,
}

impl Parts {
    /// `None` where the query is no plain SELECT: one with `WITH`, `UNION` and the like.
    fn of(query: &str) -> Option<Self> {
        let parse = crate::parse(query);
        if !parse.errors().is_empty() {
            return None;
        }
        let ast::Stmt::Select(select) = parse.tree().stmts().next()? else {
            return None;
        };
        if select.with_clause().is_some() {
            return None;
        }
        let dense = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let targets = select.select_clause()?.target_list()?.targets();
        Some(Self {
            targets: targets
                .map(|target| dense(target.syntax().text().to_string()))
                .collect(),
            from: select
                .from_clause()
                .map(|from| dense(from.syntax().text().to_string())),
        })
    }
}
