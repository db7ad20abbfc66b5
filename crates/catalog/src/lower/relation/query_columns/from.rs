//! What a FROM gives: tables, views and subqueries, each with its columns.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{
        super::{Context, names},
        create,
    },
    Need, Output, outputs,
    types::Typed,
};
use crate::{Name, QName, catalog::Relation, expression::Origin};

/// What is read, by the name that it has there; the name of a subquery may be missing.
struct Read {
    alias: Option<Name>,
    columns: Vec<Output>,
}

/// What names of columns may mean in a query.
pub(super) struct Scope<'a> {
    reads: Vec<Read>,
    outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn empty(outer: Option<&'a Scope<'a>>) -> Self {
        Self {
            reads: Vec::new(),
            outer,
        }
    }

    /// `None` where there is anything that is not known.
    pub(super) fn of(
        context: &mut Context<'_>,
        from: &ast::FromClause,
        outer: Option<&'a Scope<'a>>,
    ) -> Option<Self> {
        let mut scope = Self::empty(outer);
        for item in from.items() {
            scope.add(context, &item)?;
        }
        Some(scope)
    }

    fn add(&mut self, context: &mut Context<'_>, item: &ast::FromListItem) -> Option<()> {
        match item {
            ast::FromListItem::JoinExpr(joined) => {
                self.add(context, &joined.from_list_item()?)?;
                let join = joined.join()?;
                // USING and NATURAL merge columns
                let merges = join.natural_token().is_some()
                    || matches!(
                        join.join_condition(),
                        Some(ast::JoinCondition::JoinUsingClause(_))
                    );
                match merges {
                    true => None,
                    false => self.add(context, &join.from_list_item()?),
                }
            }
            ast::FromListItem::FromItem(ast::FromItem::RelationFromItem(item)) => {
                let (name, found) =
                    context.find_relation(&names::written(&item.relation_name_ref()?))?;
                let alias = match item.alias() {
                    Some(alias) => own_name(&alias)?,
                    None => name.name.clone(),
                };
                self.reads.push(Read {
                    alias: Some(alias),
                    columns: columns_of(context, &name, &found)?,
                });
                Some(())
            }
            ast::FromListItem::FromItem(ast::FromItem::ParenFromItem(item)) => {
                if let Some(joined) = item.paren_expr().and_then(|paren| paren.from_list_item()) {
                    // the alias of a join hides what it joins
                    return match item.alias() {
                        Some(_) => None,
                        None => self.add(context, &joined),
                    };
                }
                let alias = match item.alias() {
                    Some(alias) => Some(own_name(&alias)?),
                    None => None,
                };
                let select = within(item)?;
                let columns = settled(outputs(context, &select, Need::All, Some(self))?);
                self.reads.push(Read { alias, columns });
                Some(())
            }
            ast::FromListItem::FromItem(_) => None,
        }
    }

    /// All columns, in order.
    pub(super) fn all(&self) -> Vec<Output> {
        let reads = self.reads.iter();
        reads.flat_map(|read| read.columns.clone()).collect()
    }

    /// All columns of one of them.
    pub(super) fn all_of(&self, alias: &Name) -> Option<Vec<Output>> {
        Some(self.read(alias)?.columns.clone())
    }

    fn read(&self, alias: &Name) -> Option<&Read> {
        let mut reads = self.reads.iter();
        let found = reads.find(|read| read.alias.as_ref() == Some(alias));
        found.or_else(|| self.outer?.read(alias))
    }

    /// A column by its name alone.
    pub(super) fn column(&self, name: &Name) -> Option<Typed> {
        let all = self.reads.iter().flat_map(|read| &read.columns);
        let mut found = all.filter(|column| column.name == *name);
        match (found.next(), found.next()) {
            (Some(column), None) => Some(column.typed.clone()),
            // in two tables: ambiguous, and refused
            (Some(_), Some(_)) => None,
            (None, _) => self.outer?.column(name),
        }
    }

    /// A column of one of them.
    pub(super) fn column_of(&self, alias: &Name, name: &Name) -> Option<Typed> {
        let columns = self.read(alias)?.columns.iter();
        let mut found = columns.filter(|column| column.name == *name);
        let column = found.next()?;
        found.next().is_none().then(|| column.typed.clone())
    }
}

/// The name of an alias; one that names columns too is left to a server.
fn own_name(alias: &ast::FromAlias) -> Option<Name> {
    match alias.columns() {
        Some(_) => None,
        None => Some(names::name(&alias.name()?)),
    }
}

/// The query of a subquery in FROM.
fn within(item: &ast::ParenFromItem) -> Option<ast::SelectVariant> {
    if let Some(paren) = item.paren_select() {
        return Some(ast::SelectVariant::ParenSelect(paren));
    }
    select_of(&item.paren_expr()?)
}

/// The query within parentheses.
pub(super) fn select_of(paren: &ast::ParenExpr) -> Option<ast::SelectVariant> {
    paren.syntax().children().find_map(ast::SelectVariant::cast)
}

/// The columns of what a query reads; `None`: they are not known.
pub(super) fn columns_of(
    context: &mut Context<'_>,
    name: &QName,
    found: &Relation,
) -> Option<Vec<Output>> {
    if *found == Relation::View {
        return of_view(context, name);
    }
    let columns = create::columns_of(context, name, found)?;
    let output = |column: crate::model::Column| Output {
        name: column.name,
        typed: Typed::collated(column.data_type, column.collation),
    };
    Some(columns.into_iter().map(output).collect())
}

/// What a view's query gives. A star is what the tables had when the view was made: known only with the view's columns.
fn of_view(context: &mut Context<'_>, name: &QName) -> Option<Vec<Output>> {
    let view = context.catalog.views.get(name)?;
    let (query, listed) = (view.query.clone(), view.columns.clone());
    let parse = crate::parse(&query.text);
    if query.origin == Origin::Stale || !parse.errors().is_empty() {
        return None;
    }
    let statement = parse.tree().stmts().next()?;
    let select = ast::SelectVariant::cast(statement.syntax().clone())?;
    if has_star(&select) {
        return None;
    }
    let mut columns = settled(outputs(context, &select, Need::All, None)?);
    if !listed.is_empty() {
        if listed.len() != columns.len() {
            return None;
        }
        for (column, name) in columns.iter_mut().zip(listed) {
            column.name = name;
        }
    }
    Some(columns)
}

/// What a query of its own gives.
fn settled(columns: Vec<Output>) -> Vec<Output> {
    let settle = |column: Output| Output {
        typed: column.typed.settle(),
        ..column
    };
    columns.into_iter().map(settle).collect()
}

fn has_star(select: &ast::SelectVariant) -> bool {
    let mut targets = select.syntax().descendants().filter_map(ast::Target::cast);
    targets.any(|target| {
        let of_one =
            |expr| matches!(expr, ast::Expr::FieldExpr(field) if field.star_token().is_some());
        target.star_token().is_some() || target.expr().is_some_and(of_one)
    })
}
