//! What a query reads, as far as its `*` goes: which tables, by which names, and what `WITH` hides.

use segue_catalog::{Name, QName};
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Line, moment::columns, run::Run, written};

/// The schema and the session in which a statement stands, and what was moved before it.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    pub(super) line: &'p Line,
    pub(super) run: &'p Run,
}

/// What a FROM has.
pub(super) struct Read {
    /// How the query calls it; empty where it has no name.
    pub(super) alias: String,
    pub(super) table: Option<QName>,
    /// The columns, where they are known.
    pub(super) columns: Option<Vec<Name>>,
    /// Whether they are in other places for now.
    pub(super) moved: bool,
}

/// A target that stands for several columns.
pub(super) enum Star {
    /// `*`.
    All,
    /// `t.*` or `app.t.*`.
    Of(Vec<Name>),
    /// Of what is made of something else: `(u).*`.
    Other,
}

impl Star {
    pub(super) fn of(target: &ast::Target) -> Option<Self> {
        if target.star_token().is_some() {
            return Some(Self::All);
        }
        let ast::Expr::FieldExpr(field) = target.expr()? else {
            return None;
        };
        field.star_token()?;
        Some(match field.base() {
            Some(ast::Expr::NameRef(alias)) => Self::Of(vec![written::name(&alias)]),
            Some(ast::Expr::FieldExpr(table)) => match (table.base(), table.field()) {
                (Some(ast::Expr::NameRef(schema)), Some(name)) => {
                    Self::Of(vec![written::name(&schema), written::name(&name)])
                }
                _ => Self::Other,
            },
            _ => Self::Other,
        })
    }

    /// Whether it stands for columns of this.
    pub(super) fn means(&self, read: &Read) -> bool {
        match self {
            Self::All => true,
            Self::Of(parts) => match parts.as_slice() {
                [alias] => alias.to_string() == read.alias,
                [.., schema, name] => {
                    let table = read.table.as_ref();
                    table.is_some_and(|table| table.schema == *schema && table.name == *name)
                }
                [] => false,
            },
            Self::Other => false,
        }
    }
}

impl Place<'_> {
    /// The table that is written; no `WITH` hides it.
    pub(super) fn written(self, node: &impl AstNode) -> Read {
        let table = written::relation(&self.line.before, &self.line.session, node);
        self.read(written::name(node).to_string(), table)
    }

    /// The table that is read, if it is one.
    fn table(self, node: &ast::RelationNameRef) -> Option<QName> {
        let is_bare = written::parts(node.syntax()).len() == 1;
        if is_bare && is_hidden(node.syntax(), &written::name(node)) {
            return None;
        }
        written::relation(&self.line.before, &self.line.session, node)
    }

    fn read(self, alias: String, table: Option<QName>) -> Read {
        let known = table.as_ref();
        let columns = known.and_then(|table| columns(&self.line.before, table));
        Read {
            alias,
            // those of a view may be for a server to tell
            columns: columns.filter(|columns| !columns.is_empty()),
            moved: known.is_some_and(|table| self.run.moved.contains(table)),
            table,
        }
    }

    /// A table whose columns are in other places, if one is named below a node.
    pub(super) fn moved_in(self, node: &SyntaxNode) -> Option<QName> {
        node.descendants().find_map(|node| {
            let table = match ast::RelationNameRef::cast(node.clone()) {
                Some(name) => self.table(&name),
                None => self.written(&ast::TableNameRef::cast(node)?).table,
            };
            table.filter(|table| self.run.moved.contains(table))
        })
    }

    /// Whether a query makes something of whole rows of what it calls so, but for targets that stand for its columns.
    pub(super) fn has_whole_row(self, query: &SyntaxNode, alias: &Name) -> bool {
        let mut names = query.descendants().filter_map(ast::NameRef::cast);
        names.any(|name| {
            let around = name.syntax().parent();
            let field = around.and_then(ast::FieldExpr::cast);
            let is_row = match &field {
                None => true,
                Some(field) => {
                    let target = field.syntax().parent();
                    field.star_token().is_some()
                        && !target.is_some_and(|target| ast::Target::can_cast(target.kind()))
                }
            };
            is_row && written::name(&name) == *alias && !self.is_column(alias)
        })
    }

    /// Whether a column of some table that was moved is called so: a name alone stands for that first (queries-table-expressions.html).
    fn is_column(self, name: &Name) -> bool {
        let mut moved = self.run.moved.iter();
        moved.any(|table| {
            let known = self.line.before.tables.get(table);
            known.is_some_and(|known| known.column(name).is_some())
        })
    }

    /// What a query reads, in the order in which `*` has it; none where columns of several are one.
    pub(super) fn reads(self, from: Option<&ast::FromClause>) -> Option<Vec<Read>> {
        let mut reads = Vec::new();
        for item in from.into_iter().flat_map(ast::FromClause::items) {
            self.add(&item, &mut reads)?;
        }
        Some(reads)
    }

    fn add(self, item: &ast::FromListItem, reads: &mut Vec<Read>) -> Option<()> {
        let item = match item {
            ast::FromListItem::JoinExpr(joined) => {
                self.add(&joined.from_list_item()?, reads)?;
                let join = joined.join()?;
                let merges = join.natural_token().is_some()
                    || matches!(
                        join.join_condition(),
                        Some(ast::JoinCondition::JoinUsingClause(_))
                    );
                return match merges {
                    true => None,
                    false => self.add(&join.from_list_item()?, reads),
                };
            }
            ast::FromListItem::FromItem(item) => item,
        };
        let called = item.alias();
        let name = called.as_ref().and_then(ast::FromAlias::name);
        let name = name.map(|name| written::name(&name).to_string());
        if let ast::FromItem::ParenFromItem(paren) = item
            && let Some(joined) = paren.paren_expr().and_then(|paren| paren.from_list_item())
        {
            // the alias of a join hides what it joins
            return match name {
                Some(_) => None,
                None => self.add(&joined, reads),
            };
        }
        let mut read = match item {
            ast::FromItem::RelationFromItem(relation) => {
                let node = relation.relation_name_ref()?;
                let own = || written::name(&node).to_string();
                self.read(name.unwrap_or_else(own), self.table(&node))
            }
            _ => self.read(name.unwrap_or_default(), None),
        };
        if called.is_some_and(|alias| alias.columns().is_some()) {
            read.columns = None;
        }
        reads.push(read);
        Some(())
    }

    /// What `RETURNING *` returns.
    pub(super) fn returned(self, returning: &ast::ReturningClause) -> Option<Vec<Read>> {
        let statement = returning.syntax().parent()?;
        let joins = statement.children().any(|node| {
            ast::FromClause::can_cast(node.kind()) || ast::UsingClause::can_cast(node.kind())
        });
        if joins || ast::Merge::can_cast(statement.kind()) {
            return None;
        }
        Some(vec![self.target(&statement)?.0])
    }

    /// The table that a statement writes, and what it calls it.
    pub(super) fn target(self, statement: &SyntaxNode) -> Option<(Read, Name)> {
        let writes = ast::Insert::can_cast(statement.kind())
            || ast::Update::can_cast(statement.kind())
            || ast::Delete::can_cast(statement.kind())
            || ast::Merge::can_cast(statement.kind());
        let own = statement.children().filter(|_| writes);
        let named = own.filter(|node| !ast::WithClause::can_cast(node.kind()));
        let mut nodes = named.flat_map(|node| node.descendants());
        let (mut read, own) =
            nodes.find_map(|node| match ast::TableNameRef::cast(node.clone()) {
                Some(name) => Some((self.written(&name), written::name(&name))),
                None => {
                    let name = ast::RelationNameRef::cast(node)?;
                    Some((self.written(&name), written::name(&name)))
                }
            })?;
        let alias = statement.children().find_map(|node| {
            let optional = ast::OptionalAsAlias::cast(node.clone()).and_then(|alias| alias.name());
            optional.or_else(|| ast::RequiredAsAlias::cast(node)?.name())
        });
        let called = alias.map_or(own, |alias| written::name(&alias));
        read.alias = called.to_string();
        Some((read, called))
    }

    /// How many columns a query gives.
    pub(super) fn width(self, query: &ast::SelectVariant) -> Option<usize> {
        match query {
            ast::SelectVariant::Values(values) => {
                Some(values.row_list()?.rows().next()?.exprs().count())
            }
            ast::SelectVariant::Select(select) => {
                let reads = self.reads(select.from_clause().as_ref());
                let list = select.select_clause()?.target_list()?;
                let widths = list.targets().map(|target| match Star::of(&target) {
                    None => Some(1),
                    Some(star) => {
                        let meant = reads.as_ref()?.iter().filter(|read| star.means(read));
                        let widths = meant.map(|read| Some(read.columns.as_ref()?.len()));
                        widths.sum::<Option<usize>>().filter(|width| *width > 0)
                    }
                });
                widths.sum()
            }
            ast::SelectVariant::ParenSelect(paren) => self.width(&paren.select()?),
            ast::SelectVariant::CompoundSelect(compound) => self.width(&compound.lhs()?),
            ast::SelectVariant::Table(whole) => Some(self.whole(whole)?.columns?.len()),
            ast::SelectVariant::SelectInto(_) => None,
        }
    }

    /// The table that `TABLE t` reads.
    pub(super) fn whole(self, whole: &ast::Table) -> Option<Read> {
        let node = whole.relation_name()?.relation_name_ref()?;
        Some(self.read(String::new(), self.table(&node)))
    }
}

/// Whether a `WITH` around a name gives it another meaning: in the statement that has it; within it to those behind, and with
/// RECURSIVE to all (queries-with.html).
fn is_hidden(node: &SyntaxNode, name: &Name) -> bool {
    let at = node.text_range();
    node.ancestors().any(|around| {
        let mut clauses = around.children().filter_map(ast::WithClause::cast);
        clauses.any(|clause| {
            let within = clause.syntax().text_range().contains_range(at);
            let to_all = !within || clause.recursive_token().is_some();
            clause.with_tables().any(|with| {
                let is_it = with.name().is_some_and(|own| written::name(&own) == *name);
                is_it && (to_all || with.syntax().text_range().end() <= at.start())
            })
        })
    })
}
