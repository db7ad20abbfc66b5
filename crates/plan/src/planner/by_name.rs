//! Statements that go by the places of columns: `SELECT *`, an INSERT without a list of columns. A table whose columns the deploy
//! changes has others until contract, and more of them: they are named, as the statement meets them where it stands.
//! What its queries read is in `by_name/reads.rs`. Views of all columns are not here: they wait (`conflict/rows.rs`).

mod reads;

use std::ops::Range;

use segue_catalog::{Name, QName};
use segue_sql::Problem;
use squawk_syntax::{
    SyntaxKind, SyntaxNode,
    ast::{self, AstNode},
};

use self::reads::{Place, Read, Star};
use super::{Planning, Stop, atoms::range};
use crate::{Line, Moment, run::Run, written};

/// A statement by the names of columns.
pub(super) enum Named {
    /// As it is written: it is that already, or is about no table that has others.
    AsWritten,
    /// The same statement, as its text.
    ByName(String),
    /// Which columns it means of this table cannot be told.
    Unclear(QName),
    /// It makes something of whole rows of this table.
    OfRows(QName),
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
            | ast::Stmt::Copy(_)
    );
    let place = Place { line, run };
    let moved = match is_of_rows && !run.moved.is_empty() {
        true => place.moved_in(tree.syntax()),
        false => None,
    };
    let Some(moved) = moved else {
        return Named::AsWritten;
    };
    let mut naming = Naming {
        place,
        edits: Vec::new(),
        rows: None,
    };
    let mut all = tree.syntax().descendants();
    match all.try_for_each(|node| naming.node(&node)) {
        None => match naming.rows {
            Some(table) => Named::OfRows(table),
            None => Named::Unclear(moved),
        },
        Some(()) if naming.edits.is_empty() => Named::AsWritten,
        Some(()) => Named::ByName(naming.edited(text)),
    }
}

/// Why a statement cannot be done, whose columns have other places until contract. One that could be named is so by now.
pub(super) fn unclear(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<Stop> {
    let named = named(moment.text(), moment.statement()?, moment.line, moment.run);
    let about = match named {
        Named::AsWritten => return None,
        Named::Unclear(table) => format!("the columns of {table}"),
        Named::ByName(_) => "columns".to_owned(),
        Named::OfRows(table) => return Some(of_rows(&table, planning)),
    };
    let problem = Problem::new(format!(
        "{about} have other places until contract, and this statement goes by places"
    ));
    let problem = problem.help("name the columns: in the list of INSERT, or where `*` stands");
    Some(Stop::Refused(problem))
}

/// What is made of whole rows has the columns in it that there are until contract.
fn of_rows(table: &QName, planning: &Planning<'_>) -> Stop {
    let why = format!(
        "{table} has other columns until contract, and this statement makes something of its whole rows"
    );
    match planning.first_of_columns(table) {
        Some(first) => Stop::Barrier { first, why },
        None => Stop::Refused(Problem::new(why).help("name the columns")),
    }
}

struct Naming<'n> {
    place: Place<'n>,
    edits: Vec<(Range<usize>, String)>,
    /// The table of which something is made of whole rows.
    rows: Option<QName>,
}

impl Naming<'_> {
    /// None where it means columns by their places, and which they are cannot be told.
    fn node(&mut self, node: &SyntaxNode) -> Option<()> {
        if let Some(insert) = ast::Insert::cast(node.clone()) {
            self.insert(&insert)
        } else if let Some(select) = ast::Select::cast(node.clone()) {
            self.select(node, select.select_clause(), select.from_clause())
        } else if let Some(select) = ast::SelectInto::cast(node.clone()) {
            self.select(node, select.select_clause(), select.from_clause())
        } else if let Some(returning) = ast::ReturningClause::cast(node.clone()) {
            let list = returning.target_list().filter(has_star);
            let Some(list) = list else { return Some(()) };
            let around = node.parent()?;
            self.targets(&list, self.place.returned(&returning), &around)
        } else if let Some(whole) = ast::Table::cast(node.clone()) {
            self.whole(&whole)
        } else if let Some(merged) = ast::MergeInsert::cast(node.clone()) {
            self.merged(&merged)
        } else if ast::Copy::can_cast(node.kind()) {
            self.copied(node)
        } else if let Some(item) = ast::RelationFromItem::cast(node.clone()) {
            self.called(&item)
        } else {
            Some(())
        }?;
        self.target(node)
    }

    /// Whole rows of the table that is written.
    fn target(&mut self, node: &SyntaxNode) -> Option<()> {
        let target = self.place.target(node);
        let Some((read, called)) = target.filter(|(read, _)| read.moved) else {
            return Some(());
        };
        if self.place.has_whole_row(node, &called) {
            self.rows = read.table;
            return None;
        }
        Some(())
    }

    /// `t AS x (c1, c2)` names columns by their places, and so does what is made of a whole row: `to_jsonb(t)`, `ROW(t.*)`.
    fn called(&mut self, item: &ast::RelationFromItem) -> Option<()> {
        let alias = item.alias();
        let has_columns = alias
            .as_ref()
            .is_some_and(|alias| alias.columns().is_some());
        let Some(moved) = self.place.moved_in(item.syntax()) else {
            return Some(());
        };
        let name = match alias.and_then(|alias| alias.name()) {
            Some(alias) => written::name(&alias),
            None => written::name(&item.relation_name_ref()?),
        };
        let around = item.syntax().ancestors().find(|around| {
            ast::Select::can_cast(around.kind())
                || ast::SelectInto::can_cast(around.kind())
                || ast::Update::can_cast(around.kind())
                || ast::Delete::can_cast(around.kind())
                || ast::Merge::can_cast(around.kind())
        });
        if around.is_some_and(|around| self.place.has_whole_row(&around, &name)) {
            self.rows = Some(moved);
            return None;
        }
        (!has_columns).then_some(())
    }

    fn select(
        &mut self,
        node: &SyntaxNode,
        clause: Option<ast::SelectClause>,
        from: Option<ast::FromClause>,
    ) -> Option<()> {
        let list = clause.and_then(|clause| clause.target_list());
        let Some(list) = list.filter(has_star) else {
            return Some(());
        };
        // EXISTS asks for no column
        let mut around = node.ancestors().skip(1).take(2);
        if around.any(|around| around.kind() == SyntaxKind::EXISTS_FN) {
            return Some(());
        }
        // of what is around it
        let from = from?;
        self.targets(&list, self.place.reads(Some(&from)), from.syntax())
    }

    /// `INSERT INTO t VALUES …`: those that are left out are the last ones (sql-insert.html).
    fn insert(&mut self, insert: &ast::Insert) -> Option<()> {
        let node = insert.relation_name_ref()?;
        let read = self.place.written(&node);
        if !read.moved || insert.column_target_list().is_some() {
            return Some(());
        }
        let Some(ast::InsertSource::SelectVariant(source)) = insert.insert_source() else {
            return Some(());
        };
        let width = self.place.width(&source)?;
        let alias = insert.alias();
        let behind = alias.map_or_else(|| range(node.syntax()), |alias| range(alias.syntax()));
        self.listed(read, width, behind.end)
    }

    /// `MERGE … THEN INSERT VALUES (…)`.
    fn merged(&mut self, merged: &ast::MergeInsert) -> Option<()> {
        let merge = merged.syntax().ancestors().find_map(ast::Merge::cast)?;
        let node = merge.table_relation_name()?.table_name_ref()?;
        let read = self.place.written(&node);
        let Some(values) = merged.values().filter(|_| read.moved) else {
            return Some(());
        };
        if merged.column_target_list().is_some() {
            return Some(());
        }
        let width = self.place.width(&ast::SelectVariant::Values(values))?;
        let behind = usize::from(merged.insert_token()?.text_range().end());
        self.listed(read, width, behind)
    }

    /// `COPY t FROM …` without columns: how many there are is in the file.
    fn copied(&self, node: &SyntaxNode) -> Option<()> {
        let table = node.children().find_map(ast::CopyTable::cast);
        let by_place = table.filter(|table| table.column_ref_list().is_none());
        let moved = by_place.and_then(|table| self.place.moved_in(table.syntax()));
        moved.is_none().then_some(())
    }

    /// Adds the list of columns of an INSERT.
    fn listed(&mut self, read: Read, width: usize, at: usize) -> Option<()> {
        let columns = read.columns.filter(|columns| columns.len() >= width)?;
        let list = list(&columns[..width], "");
        self.edits.push((at..at, format!(" ({list})")));
        Some(())
    }

    /// The `*` of a list; `around` has the tables that they may be of.
    fn targets(
        &mut self,
        targets: &ast::TargetList,
        reads: Option<Vec<Read>>,
        around: &SyntaxNode,
    ) -> Option<()> {
        let place = self.place;
        let is_moved = || place.moved_in(around).is_some();
        let Some(reads) = reads else {
            return (!is_moved()).then_some(());
        };
        for target in targets.targets() {
            let Some(star) = Star::of(&target) else {
                continue;
            };
            let meant: Vec<&Read> = reads.iter().filter(|read| star.means(read)).collect();
            if meant.is_empty() && is_moved() {
                return None;
            }
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
        let read = self.place.whole(whole)?;
        if read.moved {
            let columns = list(&read.columns?, "");
            let start = usize::from(whole.table_token()?.text_range().start());
            let end = range(whole.relation_name()?.syntax()).start;
            self.edits
                .push((start..end, format!("SELECT {columns} FROM ")));
        }
        Some(())
    }

    fn edited(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(range, _)| range.start);
        let mut text = text.to_owned();
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
    list.targets().any(|target| Star::of(&target).is_some())
}
