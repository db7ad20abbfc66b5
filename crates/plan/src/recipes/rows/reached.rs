//! The tables that a statement writes, in its WITH too.

use segue_catalog::{Name, QName};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::written::column_of;
use crate::{Moment, writing::Reach};

/// What a statement does to the tables that it names; none where it writes no rows.
///
/// # Errors
/// A table that is not known.
pub(super) fn of(moment: &Moment<'_>, statement: &ast::Stmt) -> Option<Result<Vec<Reach>, String>> {
    let may_write = matches!(
        statement,
        ast::Stmt::Update(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::Insert(_)
            | ast::Stmt::Merge(_)
            | ast::Stmt::Select(_)
    );
    if !may_write {
        return None;
    }
    let nodes = statement.syntax().descendants();
    let reached: Vec<Option<Reach>> = nodes.filter_map(|node| one(moment, node)).collect();
    if reached.is_empty() {
        return None;
    }
    let reached: Option<Vec<Reach>> = reached.into_iter().collect();
    Some(reached.ok_or_else(|| "which table it writes is not known".to_owned()))
}

/// What a part of a statement does, where it writes; `Some(None)` where the table is not known.
#[expect(
    clippy::option_option,
    reason = "what does not write is another thing than what nobody knows"
)]
fn one(moment: &Moment<'_>, node: SyntaxNode) -> Option<Option<Reach>> {
    let (table, deletes, set) = if let Some(update) = ast::Update::cast(node.clone()) {
        let name = update
            .relation_name()
            .and_then(|name| name.relation_name_ref());
        (
            relation(moment, name),
            false,
            update.set_clause().map(|set| set.syntax().clone()),
        )
    } else if let Some(delete) = ast::Delete::cast(node.clone()) {
        let name = delete
            .relation_name()
            .and_then(|name| name.relation_name_ref());
        (relation(moment, name), true, None)
    } else if let Some(insert) = ast::Insert::cast(node.clone()) {
        let action = insert
            .on_conflict_clause()
            .and_then(|clause| clause.conflict_action());
        let conflict = action.map(|action| action.syntax().clone());
        (
            relation(moment, insert.relation_name_ref()),
            false,
            conflict,
        )
    } else if let Some(merge) = ast::Merge::cast(node) {
        let name = merge
            .table_relation_name()
            .and_then(|name| name.table_name_ref());
        return Some(of_merge(relation(moment, name), &merge));
    } else {
        return None;
    };
    Some(table.map(|table| Reach::first(table, deletes, columns(set))))
}

fn of_merge(table: Option<QName>, merge: &ast::Merge) -> Option<Reach> {
    let parts = || {
        merge
            .merge_when_clauses()
            .flat_map(|clause| clause.syntax().children())
    };
    let deletes = parts().any(|part| ast::MergeDelete::can_cast(part.kind()));
    let sets = parts().filter(|part| ast::MergeUpdate::can_cast(part.kind()));
    Some(Reach::first(table?, deletes, columns(sets)))
}

fn relation<N: AstNode>(moment: &Moment<'_>, name: Option<N>) -> Option<QName> {
    moment.relation(&name?)
}

/// The columns that are set there.
fn columns(within: impl IntoIterator<Item = SyntaxNode>) -> Vec<Name> {
    let targets = within.into_iter().flat_map(|part| part.descendants());
    let targets = targets.filter_map(ast::ColumnTarget::cast);
    targets.filter_map(|target| column_of(&target)).collect()
}
