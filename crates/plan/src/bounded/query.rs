//! Queries within a statement: what they are joined from, and whether they give only a few rows.

use segue_catalog::Name;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{
    predicate::{self, integer},
    source::Source,
};
use crate::{Moment, written};

/// The queries of one statement, with those that it names by `WITH`.
pub(super) struct Queries<'m> {
    moment: &'m Moment<'m>,
    /// Each `WITH` that has been read, and whether it gives only a few rows.
    named: Vec<(Name, bool)>,
}

/// Functions that make one row of many.
const AGGREGATES: &[&str] = &[
    "count",
    "max",
    "min",
    "sum",
    "avg",
    "bool_and",
    "bool_or",
    "array_agg",
    "string_agg",
    "jsonb_agg",
    "json_agg",
];

impl<'m> Queries<'m> {
    /// Reads what a statement names by `WITH`.
    pub(super) fn of(moment: &'m Moment<'m>, statement: &SyntaxNode) -> Self {
        let mut queries = Self {
            moment,
            named: Vec::new(),
        };
        for with in statement.descendants().filter_map(ast::WithTable::cast) {
            let (Some(name), Some(query)) = (with.name(), with.query()) else {
                continue;
            };
            let few = queries.is_few(query.syntax());
            queries.named.push((written::name(&name), few));
        }
        queries
    }

    /// The largest number of rows that are a few.
    fn most(&self) -> u64 {
        self.moment.policy().large_rows
    }

    /// Whether a query gives only a few rows.
    pub(super) fn is_few(&self, query: &SyntaxNode) -> bool {
        let kind = query.kind();
        if query
            .children()
            .filter_map(ast::SelectTailClause::cast)
            .any(|tail| self.stops(&tail))
        {
            return true;
        }
        if ast::Values::can_cast(kind) {
            return true;
        }
        if let Some(select) = ast::Select::cast(query.clone()) {
            return self.select_is_few(&select);
        }
        if ast::Update::can_cast(kind) || ast::Delete::can_cast(kind) || ast::Merge::can_cast(kind)
        {
            let writes = self.moment.row_write(self, query.clone());
            return !writes.is_empty() && writes.iter().all(|write| write.few);
        }
        if ast::Table::can_cast(kind) {
            return false;
        }
        // parentheses, INSERT … RETURNING, UNION: as few as what it is made of
        let is_query = |node: &SyntaxNode| {
            ast::SelectVariant::can_cast(node.kind())
                || ast::CompoundSelectOperand::can_cast(node.kind())
                || ast::ParenExpr::can_cast(node.kind())
                || ast::InsertSource::can_cast(node.kind())
        };
        let mut inner = query.children().filter(is_query).peekable();
        inner.peek().is_some() && inner.all(|inner| self.is_few(&inner))
    }

    /// `LIMIT` and `FETCH FIRST`; what is no number comes from whoever batches.
    fn stops(&self, tail: &ast::SelectTailClause) -> bool {
        let limit = match tail {
            ast::SelectTailClause::LimitClause(limit) => match limit.limit_value() {
                Some(ast::LimitValue::Expr(limit)) => limit,
                _ => return false,
            },
            ast::SelectTailClause::FetchClause(fetch) => match fetch.expr() {
                Some(limit) => limit,
                None => return true,
            },
            _ => return false,
        };
        integer(&limit).is_none_or(|limit| limit.unsigned_abs() <= self.most())
    }

    fn select_is_few(&self, select: &ast::Select) -> bool {
        let targets = select
            .select_clause()
            .and_then(|clause| clause.target_list());
        let calls = targets.iter().flat_map(|list| list.targets());
        let calls: Vec<ast::CallExpr> = calls
            .filter_map(|target| match target.expr()? {
                ast::Expr::CallExpr(call) => Some(call),
                _ => None,
            })
            .collect();
        let aggregates = |call: &ast::CallExpr| {
            called(call).is_some_and(|name| AGGREGATES.contains(&name.as_str()))
        };
        if select.group_by_clause().is_none() && calls.iter().any(aggregates) {
            return true;
        }
        if select.from_clause().is_none() {
            return calls.iter().all(|call| self.function_is_few(call));
        }
        self.joins_few(select)
    }

    /// Whether a query reads only a few rows: it stops at some, or what it is joined from has no more.
    pub(super) fn reads_few(&self, select: &ast::Select) -> bool {
        let mut tails = select.tail_clauses();
        tails.any(|tail| self.stops(&tail)) || self.joins_few(select)
    }

    fn joins_few(&self, select: &ast::Select) -> bool {
        let (mut sources, mut conditions) = (Vec::new(), Vec::new());
        for item in select
            .from_clause()
            .into_iter()
            .flat_map(|from| from.items())
        {
            self.sources(&item, &mut sources, &mut conditions);
        }
        conditions.extend(select.where_clause().and_then(|clause| clause.expr()));
        self.narrow(&mut sources, &conditions);
        sources.iter().all(|source| source.few)
    }

    /// What is joined, and on which conditions.
    pub(super) fn sources(
        &self,
        item: &ast::FromListItem,
        sources: &mut Vec<Source>,
        conditions: &mut Vec<ast::Expr>,
    ) {
        match item {
            ast::FromListItem::JoinExpr(join) => {
                if let Some(left) = join.from_list_item() {
                    self.sources(&left, sources, conditions);
                }
                let Some(join) = join.join() else { return };
                if let Some(right) = join.from_list_item() {
                    self.sources(&right, sources, conditions);
                }
                if let (Some(ast::JoinType::JoinInner(_)), Some(ast::JoinCondition::OnClause(on))) =
                    (join.join_type(), join.join_condition())
                {
                    conditions.extend(on.expr());
                }
            }
            ast::FromListItem::FromItem(item) => sources.push(self.source(item)),
        }
    }

    fn source(&self, item: &ast::FromItem) -> Source {
        let alias = item.alias().and_then(|alias| alias.name());
        let alias = alias.map(|alias| written::name(&alias));
        let called_so = |name: Name| alias.clone().unwrap_or(name);
        let nameless = || called_so(Name::stored(""));
        match item {
            ast::FromItem::RelationFromItem(relation) => {
                let Some(node) = relation.relation_name_ref() else {
                    return Source::other(nameless(), false);
                };
                let name = written::name(&node);
                let is_bare = written::parts(node.syntax()).len() == 1;
                let with = self
                    .named
                    .iter()
                    .rev()
                    .find(|(named, _)| is_bare && *named == name);
                if let Some((_, few)) = with {
                    return Source::other(called_so(name), *few);
                }
                match self.moment.relation(&node) {
                    Some(table) => Source::table(self.moment, called_so(name), table),
                    None => Source::other(called_so(name), false),
                }
            }
            ast::FromItem::ParenFromItem(paren) => {
                let query = paren.syntax().children().find(|node| {
                    ast::ParenSelect::can_cast(node.kind()) || ast::ParenExpr::can_cast(node.kind())
                });
                let few = query.is_some_and(|query| self.is_few(&query));
                Source::other(nameless(), few)
            }
            ast::FromItem::FunctionFromItem(function) => {
                let call = function.call_expr();
                let few = call.is_some_and(|call| self.function_is_few(&call));
                Source::other(nameless(), few)
            }
            _ => Source::other(nameless(), false),
        }
    }

    /// Whether a function gives only a few rows: what it makes of constants, as long as it does not count up.
    fn function_is_few(&self, call: &ast::CallExpr) -> bool {
        let arguments = call.arg_list().into_iter().flat_map(|list| list.args());
        let arguments: Vec<ast::Expr> = arguments.filter_map(|argument| argument.expr()).collect();
        if called(call).is_none_or(|name| name != "generate_series") {
            return true;
        }
        match (
            arguments.first().and_then(integer),
            arguments.get(1).and_then(integer),
        ) {
            (Some(from), Some(to)) => to.saturating_sub(from).unsigned_abs() <= self.most(),
            _ => false,
        }
    }

    /// Finds out which sources are narrowed to a few rows by the conditions, and by each other.
    pub(super) fn narrow(&self, sources: &mut [Source], conditions: &[ast::Expr]) {
        loop {
            let few = (0..sources.len()).find(|&index| {
                !sources[index].few
                    && predicate::pins(self, sources, index, conditions, self.most())
            });
            match few {
                Some(index) => sources[index].few = true,
                None => return,
            }
        }
    }
}

/// The name of the function that is called.
fn called(call: &ast::CallExpr) -> Option<Name> {
    let function = call.expr()?;
    match &function {
        ast::Expr::NameRef(name) => Some(written::name(name)),
        ast::Expr::FieldExpr(field) => Some(written::name(&field.field()?)),
        _ => None,
    }
}
