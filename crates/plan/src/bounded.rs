//! Which rows a statement writes, and whether those are only a few: because its predicate pins a key, because it joins with
//! something small, or because it stops at a limit.
//!
//! Reads next: `bounded/source.rs` (what is joined), `bounded/predicate.rs` (what pins a row).

mod predicate;
mod query;
mod source;

use segue_catalog::QName;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

pub(crate) use self::source::is_small;
use self::{query::Queries, source::Source};
use crate::{Moment, written};

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteKind {
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
}

/// A part of a statement that writes rows of a table that are there.
#[derive(Debug, Clone)]
pub(crate) struct RowWrite {
    pub(crate) kind: WriteKind,
    /// The table or view.
    pub(crate) table: QName,
    /// Where it is said.
    pub(crate) node: SyntaxNode,
    /// Whether it can be told that it writes a few rows at most.
    pub(crate) few: bool,
    /// Whether its condition leaves a few, however many the table has.
    pub(crate) pinned: bool,
    /// Whether nothing restricts it.
    pub(crate) all: bool,
}

impl Moment<'_> {
    /// The updates and deletions that the statement does, those within `WITH` included.
    pub(crate) fn row_writes(&self) -> Vec<RowWrite> {
        let Some(statement) = self.statement().filter(|statement| runs(statement)) else {
            return Vec::new();
        };
        let queries = Queries::of(self, statement.syntax());
        let nodes = statement.syntax().descendants();
        nodes
            .flat_map(|node| self.row_write(&queries, node))
            .collect()
    }

    fn row_write(&self, queries: &Queries<'_>, node: SyntaxNode) -> Vec<RowWrite> {
        if let Some(update) = ast::Update::cast(node.clone()) {
            let target = update
                .relation_name()
                .and_then(|name| name.relation_name_ref());
            let alias = update.alias().and_then(|alias| alias.name());
            let from = update
                .from_clause()
                .into_iter()
                .flat_map(|from| from.items());
            let filter = Filter::of(update.where_clause_or_current_of());
            self.written(
                queries,
                WriteKind::Update,
                node,
                target,
                alias,
                from,
                filter,
            )
        } else if let Some(delete) = ast::Delete::cast(node.clone()) {
            let target = delete
                .relation_name()
                .and_then(|name| name.relation_name_ref());
            let alias = delete.alias().and_then(|alias| alias.name());
            let from = delete
                .using_clause()
                .into_iter()
                .flat_map(|from| from.items());
            let filter = Filter::of(delete.where_clause_or_current_of());
            self.written(
                queries,
                WriteKind::Delete,
                node,
                target,
                alias,
                from,
                filter,
            )
        } else if let Some(merge) = ast::Merge::cast(node) {
            self.merge(queries, &merge)
        } else {
            Vec::new()
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one statement")]
    fn written(
        &self,
        queries: &Queries<'_>,
        kind: WriteKind,
        node: SyntaxNode,
        target: Option<ast::RelationNameRef>,
        alias: Option<ast::TableAlias>,
        from: impl Iterator<Item = ast::FromListItem>,
        filter: Filter,
    ) -> Vec<RowWrite> {
        let table = target.and_then(|target| self.relation(&target));
        let Some(table) = table else {
            return Vec::new();
        };
        let alias = alias.map_or_else(|| table.name.clone(), |alias| written::name(&alias));
        let mut sources = vec![Source::table(self, alias, table.clone())];
        let mut conditions: Vec<ast::Expr> = Vec::new();
        for item in from {
            queries.sources(&item, &mut sources, &mut conditions);
        }
        let (all, at_cursor) = (
            matches!(filter, Filter::None),
            matches!(filter, Filter::Cursor),
        );
        if let Filter::Where(condition) = filter {
            conditions.push(condition);
        }
        let is_small = std::mem::take(&mut sources[0].few);
        queries.narrow(&mut sources, &conditions);
        let pinned = at_cursor || sources[0].few;
        vec![RowWrite {
            kind,
            table,
            node,
            few: is_small || pinned,
            pinned,
            all,
        }]
    }

    /// `MERGE`: what matches is written; `BY SOURCE`, all that does not.
    fn merge(&self, queries: &Queries<'_>, merge: &ast::Merge) -> Vec<RowWrite> {
        let target = merge.table_relation_name();
        let target = target.and_then(|name| self.relation(&name.table_name_ref()?));
        let (Some(table), Some(using)) = (target, merge.using_on_clause()) else {
            return Vec::new();
        };
        let alias = merge.alias().and_then(|alias| alias.name());
        let alias = alias.map_or_else(|| table.name.clone(), |alias| written::name(&alias));
        let mut sources = vec![Source::table(self, alias, table.clone())];
        let on = using.on_clause().and_then(|on| on.expr());
        let mut conditions: Vec<ast::Expr> = on.into_iter().collect();
        if let Some(item) = using.from_list_item() {
            queries.sources(&item, &mut sources, &mut conditions);
        }
        queries.narrow(&mut sources, &conditions);
        let mut writes = Vec::new();
        for clause in merge.merge_when_clauses() {
            let mut nodes = clause.syntax().children();
            let kind = nodes.find_map(|node| match node {
                node if ast::MergeUpdate::can_cast(node.kind()) => Some(WriteKind::Update),
                node if ast::MergeDelete::can_cast(node.kind()) => Some(WriteKind::Delete),
                _ => None,
            });
            let all = matches!(clause, ast::MergeWhenClause::MergeWhenNotMatchedSource(_));
            if let Some(kind) = kind {
                writes.push(RowWrite {
                    kind,
                    table: table.clone(),
                    node: clause.syntax().clone(),
                    few: sources[0].few && !all,
                    pinned: false,
                    all,
                });
            }
        }
        writes
    }

    /// The table or view that a name in the statement stands for.
    pub(crate) fn relation(&self, node: &impl AstNode) -> Option<QName> {
        written::relation(self.before(), &self.line().session, node)
    }
}

/// Whether a query within the statement gives only a few rows.
pub(crate) fn gives_few(moment: &Moment<'_>, query: &SyntaxNode) -> bool {
    let statement = moment.statement().map(|statement| statement.syntax());
    let queries = Queries::of(moment, statement.unwrap_or(query));
    queries.is_few(query)
}

/// Whether a query within the statement reads only a few rows, however many it gives.
pub(crate) fn reads_few(moment: &Moment<'_>, query: &ast::Select) -> bool {
    let statement = moment.statement().map(|statement| statement.syntax());
    let queries = Queries::of(moment, statement.unwrap_or(query.syntax()));
    queries.reads_few(query)
}

/// What a statement restricts itself to.
enum Filter {
    None,
    Cursor,
    Where(ast::Expr),
}

impl Filter {
    fn of(clause: Option<ast::WhereClauseOrCurrentOf>) -> Self {
        match clause {
            Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) => {
                clause.expr().map_or(Self::None, Self::Where)
            }
            Some(ast::WhereClauseOrCurrentOf::WhereCurrentOf(_)) => Self::Cursor,
            None => Self::None,
        }
    }
}

/// Whether what a statement says is done now, rather than kept for later, and may write rows that are there. Queries and
/// INSERT do so only by their own `WITH`; the rows of an INSERT are not looked through.
fn runs(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Update(_) | ast::Stmt::Delete(_) | ast::Stmt::Merge(_) => true,
        ast::Stmt::Insert(_)
        | ast::Stmt::Select(_)
        | ast::Stmt::CompoundSelect(_)
        | ast::Stmt::ParenSelect(_) => {
            let mut parts = statement.syntax().children();
            parts.any(|part| ast::WithClause::can_cast(part.kind()))
        }
        ast::Stmt::Explain(explain) => explain.explain_mode().is_some_and(|mode| {
            let text = mode.syntax().text().to_string();
            text.to_ascii_lowercase().contains("analy")
        }),
        _ => false,
    }
}
