//! Statements that go by the places of columns: `SELECT *`, an INSERT without a list of columns. A table whose columns the deploy
//! changes has others until contract, and more of them: they are named, as the statement meets them where it stands.

use std::ops::Range;

use segue_catalog::{Name, QName};
use segue_sql::Problem;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Line, Moment, moment::columns, run::Run, written};

/// A statement by the names of columns.
pub(super) enum Named {
    /// As it is written: it is that already, or is about no table that has others.
    AsWritten,
    /// The same statement, as its text.
    ByName(String),
    /// Which columns it means cannot be told.
    Unclear,
}

/// Names the columns that a statement, whose tree and text these are, means by their places.
pub(super) fn named(text: &str, tree: &ast::Stmt, line: &Line, run: &Run) -> Named {
    let is_of_rows = matches!(
        tree,
        ast::Stmt::Insert(_)
            | ast::Stmt::Update(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::Merge(_)
            | ast::Stmt::Select(_)
            | ast::Stmt::SelectInto(_)
            | ast::Stmt::CreateTableAs(_)
    );
    if !is_of_rows || run.moved.is_empty() {
        return Named::AsWritten;
    }
    let with = tree.syntax().descendants().filter_map(ast::WithTable::cast);
    let mut naming = Naming {
        text,
        line,
        run,
        with: with
            .filter_map(|with| with.name())
            .map(|name| written::name(&name))
            .collect(),
        edits: Vec::new(),
    };
    let all = tree.syntax().descendants();
    let clear: Option<Vec<()>> = all.map(|node| naming.node(&node)).collect();
    match clear {
        None => Named::Unclear,
        Some(_) if naming.edits.is_empty() => Named::AsWritten,
        Some(_) => Named::ByName(naming.edited()),
    }
}

/// Why a statement cannot be done, whose columns have other places until contract.
pub(super) fn unclear(moment: &Moment<'_>) -> Option<Problem> {
    let named = named(moment.text(), moment.statement()?, moment.line, moment.run);
    matches!(named, Named::Unclear).then(|| {
        Problem::new("it means columns by their places, and those are others until contract")
            .help("name the columns, in the list of INSERT and in the place of `*`")
    })
}

struct Naming<'n> {
    text: &'n str,
    line: &'n Line,
    run: &'n Run,
    /// What the statement names by `WITH`.
    with: Vec<Name>,
    edits: Vec<(Range<usize>, String)>,
}

/// What a FROM has.
struct Read {
    /// How the query calls it; empty where it has no name.
    alias: String,
    /// The columns, where they are known.
    columns: Option<Vec<Name>>,
    /// Whether they are in other places for now.
    moved: bool,
}

impl Naming<'_> {
    /// None where it means columns by their places, and which they are cannot be told.
    fn node(&mut self, node: &SyntaxNode) -> Option<()> {
        if let Some(insert) = ast::Insert::cast(node.clone()) {
            self.insert(&insert)
        } else if let Some(select) = ast::Select::cast(node.clone()) {
            let list = select
                .select_clause()
                .and_then(|clause| clause.target_list());
            let reads = || self.reads(select.from_clause());
            match list.as_ref().filter(|list| has_star(list)) {
                Some(list) => {
                    let reads = reads();
                    self.targets(list, reads)
                }
                None => Some(()),
            }
        } else if let Some(returning) = ast::ReturningClause::cast(node.clone()) {
            match returning.target_list().filter(has_star) {
                Some(list) => {
                    let reads = self.returned(&returning);
                    self.targets(&list, reads)
                }
                None => Some(()),
            }
        } else if let Some(whole) = ast::Table::cast(node.clone()) {
            self.whole(&whole)
        } else {
            Some(())
        }
    }

    /// The table that a name stands for, if it is one.
    fn table(&self, node: &ast::RelationNameRef) -> Option<QName> {
        let is_bare = written::parts(node.syntax()).len() == 1;
        if is_bare && self.with.contains(&written::name(node)) {
            return None;
        }
        written::relation(&self.line.before, &self.line.session, node)
    }

    fn read(&self, alias: String, node: &ast::RelationNameRef) -> Read {
        let table = self.table(node);
        let moved = table
            .as_ref()
            .is_some_and(|table| self.run.moved.contains(table));
        Read {
            alias,
            columns: table.and_then(|table| columns(&self.line.before, &table)),
            moved,
        }
    }

    /// `INSERT INTO t VALUES …`: those that are left out are the last ones (sql-insert.html).
    fn insert(&mut self, insert: &ast::Insert) -> Option<()> {
        let node = insert.relation_name_ref()?;
        let read = self.read(String::new(), &node);
        if !read.moved || insert.column_target_list().is_some() {
            return Some(());
        }
        let Some(ast::InsertSource::SelectVariant(source)) = insert.insert_source() else {
            return Some(());
        };
        let width = self.width(&source)?;
        let columns = read.columns.filter(|columns| columns.len() >= width)?;
        let alias = insert.alias();
        let behind = alias.map_or_else(|| range(node.syntax()), |alias| range(alias.syntax()));
        let list = list(&columns[..width], "");
        self.edits
            .push((behind.end..behind.end, format!(" ({list})")));
        Some(())
    }

    /// How many columns a query gives.
    fn width(&self, query: &ast::SelectVariant) -> Option<usize> {
        match query {
            ast::SelectVariant::Values(values) => {
                Some(values.row_list()?.rows().next()?.exprs().count())
            }
            ast::SelectVariant::Select(select) => {
                let reads = self.reads(select.from_clause());
                let list = select.select_clause()?.target_list()?;
                let widths = list.targets().map(|target| match star(&target) {
                    None => Some(1),
                    Some(of) => {
                        let reads = reads.as_ref()?.iter();
                        let meant =
                            reads.filter(|read| of.as_ref().is_none_or(|of| *of == read.alias));
                        meant.map(|read| Some(read.columns.as_ref()?.len())).sum()
                    }
                });
                widths.sum()
            }
            ast::SelectVariant::ParenSelect(paren) => self.width(&paren.select()?),
            ast::SelectVariant::CompoundSelect(compound) => self.width(&compound.lhs()?),
            ast::SelectVariant::Table(whole) => {
                let node = whole.relation_name()?.relation_name_ref()?;
                Some(self.read(String::new(), &node).columns?.len())
            }
            ast::SelectVariant::SelectInto(_) => None,
        }
    }

    /// What a query reads, in the order in which `*` has it; none where columns of several are one.
    fn reads(&self, from: Option<ast::FromClause>) -> Option<Vec<Read>> {
        let mut reads = Vec::new();
        for item in from.into_iter().flat_map(|from| from.items()) {
            self.add(&item, &mut reads)?;
        }
        Some(reads)
    }

    fn add(&self, item: &ast::FromListItem, reads: &mut Vec<Read>) -> Option<()> {
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
        let alias = item.alias().and_then(|alias| alias.name());
        let alias = alias.map(|alias| written::name(&alias).to_string());
        let read = match item {
            ast::FromItem::RelationFromItem(relation) => {
                let node = relation.relation_name_ref()?;
                let own = || written::name(&node).to_string();
                let mut read = self.read(alias.unwrap_or_else(own), &node);
                if item.alias().is_some_and(|alias| alias.columns().is_some()) {
                    read.columns = None;
                }
                read
            }
            other => Read {
                alias: alias.unwrap_or_default(),
                columns: None,
                // a join in brackets may be of any tables
                moved: matches!(other, ast::FromItem::ParenFromItem(paren) if paren.paren_expr().is_some()),
            },
        };
        reads.push(read);
        Some(())
    }

    /// What `RETURNING *` returns.
    fn returned(&self, returning: &ast::ReturningClause) -> Option<Vec<Read>> {
        let statement = returning.syntax().parent()?;
        let joins = statement.children().any(|node| {
            ast::FromClause::can_cast(node.kind()) || ast::UsingClause::can_cast(node.kind())
        });
        if joins || ast::Merge::can_cast(statement.kind()) {
            return None;
        }
        let mut names = statement
            .descendants()
            .filter_map(ast::RelationNameRef::cast);
        let with = statement
            .children()
            .find(|node| ast::WithClause::can_cast(node.kind()));
        let end = with.map_or(0, |with| range(&with).end);
        let node = names.find(|node| range(node.syntax()).start >= end)?;
        let alias = statement.children().find_map(|node| {
            let optional = ast::OptionalAsAlias::cast(node.clone()).and_then(|alias| alias.name());
            optional.or_else(|| ast::RequiredAsAlias::cast(node)?.name())
        });
        let alias = alias.map_or_else(|| written::name(&node), |alias| written::name(&alias));
        Some(vec![self.read(alias.to_string(), &node)])
    }

    /// The `*` of a list.
    fn targets(&mut self, targets: &ast::TargetList, reads: Option<Vec<Read>>) -> Option<()> {
        let Some(reads) = reads else {
            let text = targets
                .syntax()
                .ancestors()
                .nth(2)?
                .text()
                .to_string()
                .to_lowercase();
            let mut moved = self.run.moved.iter();
            return (!moved.any(|table| text.contains(&table.name.to_lowercase()))).then_some(());
        };
        for target in targets.targets() {
            let Some(of) = star(&target) else { continue };
            let meant = reads
                .iter()
                .filter(|read| of.as_ref().is_none_or(|of| *of == read.alias));
            let meant: Vec<&Read> = meant.collect();
            if !meant.iter().any(|read| read.moved) {
                continue;
            }
            let each: Option<Vec<String>> = meant
                .iter()
                .map(|read| match (&read.columns, read.moved) {
                    (Some(columns), true) if reads.len() == 1 => Some(list(columns, "")),
                    (Some(columns), true) => Some(list(columns, &format!("{}.", read.alias))),
                    (_, true) => None,
                    (_, false) if read.alias.is_empty() => None,
                    (_, false) => Some(format!("{}.*", read.alias)),
                })
                .collect();
            self.edits.push((range(target.syntax()), each?.join(", ")));
        }
        Some(())
    }

    /// `TABLE t`.
    fn whole(&mut self, whole: &ast::Table) -> Option<()> {
        let name = whole.relation_name()?;
        let read = self.read(String::new(), &name.relation_name_ref()?);
        if read.moved {
            let columns = list(&read.columns?, "");
            let token = whole.table_token()?.text_range();
            let front = usize::from(token.start())..range(name.syntax()).start;
            self.edits.push((front, format!("SELECT {columns} FROM ")));
        }
        Some(())
    }

    fn edited(mut self) -> String {
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut text = self.text.to_owned();
        for (range, new) in self.edits.iter().rev() {
            text.replace_range(range.clone(), new);
        }
        text
    }
}

fn list(columns: &[Name], front: &str) -> String {
    let columns = columns.iter().map(|column| format!("{front}{column}"));
    columns.collect::<Vec<_>>().join(", ")
}

fn has_star(list: &ast::TargetList) -> bool {
    list.targets().any(|target| star(&target).is_some())
}

/// Whether a target is `*`, and of what.
fn star(target: &ast::Target) -> Option<Option<String>> {
    if target.star_token().is_some() {
        return Some(None);
    }
    let ast::Expr::FieldExpr(field) = target.expr()? else {
        return None;
    };
    field.star_token()?;
    let ast::Expr::NameRef(alias) = field.base()? else {
        return Some(Some(String::new()));
    };
    Some(Some(written::name(&alias).to_string()))
}

fn range(node: &SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}
