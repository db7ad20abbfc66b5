//! Rows that are written only in contract: what looks at them has to wait too. So does a view of all columns of a table, since
//! it would meet those that come meanwhile.

use std::collections::BTreeSet;

use segue_catalog::{Change, Name, Object, ObjectRef, QName, TableChange, reached};

use squawk_syntax::ast::{self, AstNode};

use crate::{Moment, planner::Planning};

/// Whether a statement is about rows.
pub(super) fn is_data(moment: &Moment<'_>) -> bool {
    let data = |change: &Change| matches!(change, Change::Data { .. });
    moment.changes().iter().any(data)
}

/// Whether a statement writes rows, or may.
pub(super) fn may_write(moment: &Moment<'_>) -> bool {
    moment.line().unknown.is_some() || is_data(moment) || is_made_of_rows(moment)
}

/// Whether a statement makes a table of what a query gives.
pub(super) fn is_made_of_rows(moment: &Moment<'_>) -> bool {
    matches!(
        moment.statement(),
        Some(ast::Stmt::CreateTableAs(_) | ast::Stmt::SelectInto(_))
    )
}

/// Whether a statement asks for rows, or keeps what it is given: who is called for them may write others.
pub(super) fn are_asked_for(moment: &Moment<'_>) -> bool {
    matches!(
        moment.statement(),
        Some(
            ast::Stmt::Call(_)
                | ast::Stmt::CreateMaterializedView(_)
                | ast::Stmt::Do(_)
                | ast::Stmt::Refresh(_)
                | ast::Stmt::Select(_)
        )
    )
}

/// Whether a statement changes nothing but how rows are stored and known.
pub(super) fn are_maintained(moment: &Moment<'_>) -> bool {
    matches!(
        moment.statement(),
        Some(
            ast::Stmt::Analyze(_)
                | ast::Stmt::Cluster(_)
                | ast::Stmt::Reindex(_)
                | ast::Stmt::Vacuum(_)
        )
    )
}

/// The tables whose rows a statement writes.
pub(super) fn written(moment: &Moment<'_>) -> BTreeSet<QName> {
    let tables = moment.row_writes().into_iter();
    tables.map(|write| write.table.clone()).collect()
}

/// Whether a statement makes or changes rows of a table: the new app relies on them. Rows that are deleted may stay until contract.
pub(super) fn are_missed(moment: &Moment<'_>) -> bool {
    let is_written = |change: &Change| matches!(change, Change::Data { table: Some(_), .. });
    moment.changes().iter().any(is_written)
        && !matches!(
            moment.statement(),
            Some(ast::Stmt::Delete(_) | ast::Stmt::Truncate(_))
        )
}

/// The table that the deploy makes before contract, and that a statement writes rows to, or reads them from where it is a
/// temporary one: in contract the new app has long been using the one, and the other is gone.
pub(super) fn are_of_new_table(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<QName> {
    let written = moment.changes().iter().filter_map(|change| match change {
        Change::Data { table, .. } => table.clone(),
        _ => None,
    });
    let there = &planning.schema().tables;
    let is_new = |table: &QName| moment.is_new_relation(table) && there.contains_key(table);
    let words = super::words(moment);
    let temporary = there
        .keys()
        .filter(|table| table.schema == "pg_temp" && words.contains(&table.name.to_lowercase()));
    let is_data = is_data(moment);
    let mut found = written.filter(is_new).chain(temporary.cloned());
    found.find(|_| is_data)
}

/// Whether a statement goes by what the rows of a table are; by what these columns of them are, where nothing else is written.
pub(super) fn are_needed(moment: &Moment<'_>, table: &QName, columns: Option<&[Name]>) -> bool {
    go_by_rows(moment, table) && columns.is_none_or(|columns| is_of(moment, table, columns))
}

/// Whether what a statement makes or changes is of one of these columns.
fn is_of(moment: &Moment<'_>, table: &QName, columns: &[Name]) -> bool {
    let made = super::footprint(moment);
    columns.iter().any(|column| {
        let column = ObjectRef::Column(table.clone(), column.clone());
        made.contains(&column) || !reached(moment.after(), &column).is_disjoint(&made)
    })
}

fn go_by_rows(moment: &Moment<'_>, table: &QName) -> bool {
    moment.changes().iter().any(|change| match change {
        Change::Table {
            table: of,
            change:
                TableChange::SetNotNull { .. }
                | TableChange::AddConstraint { .. }
                | TableChange::ValidateConstraint(_)
                | TableChange::SetType { .. },
        } => of == table,
        // by its name the rows are written in contract
        Change::Rename {
            object: object @ ObjectRef::Column(of, _),
            ..
        } => of == table && moment.is_new(object),
        Change::Create(object) => match &**object {
            Object::Index(_, index) => index.unique && index.table == *table,
            _ => false,
        },
        _ => false,
    })
}

/// A table that gets another column by a later statement, while a view of all its columns waits for contract.
pub(super) fn grows_meanwhile(moment: &Moment<'_>, planning: &Planning<'_>) -> Option<QName> {
    let read = shown_whole(moment);
    let mut later = planning.later().flat_map(|(line, _)| &line.changes);
    later.find_map(|change| match change {
        Change::Table {
            table,
            change: TableChange::AddColumn(_),
        } => read.contains(table).then(|| table.clone()),
        _ => None,
    })
}

/// The tables that a view reads which has all columns of one: those that it meets, as `*` is made a list once and for all.
pub(super) fn shown_whole(moment: &Moment<'_>) -> BTreeSet<QName> {
    let views = moment.changes().iter().filter_map(|change| match change {
        Change::Create(object) | Change::Replace(object) => match &**object {
            Object::View(_, view) => Some(view),
            _ => None,
        },
        _ => None,
    });
    let read = views
        .filter(|_| selects_all(moment.text()))
        .flat_map(|view| &view.depends_on)
        .filter_map(|object| match object {
            ObjectRef::Table(name) | ObjectRef::Column(name, _) => Some(name.clone()),
            _ => None,
        });
    read.collect()
}

/// Whether a `*` stands for columns: not that of `count(*)`, nor a product.
pub(in crate::planner) fn selects_all(text: &str) -> bool {
    let tree = segue_catalog::parse(text).tree();
    let elements = tree.syntax().descendants_with_tokens();
    let tokens = elements.filter_map(|element| element.into_token());
    let tokens = tokens.filter(|token| !token.kind().is_trivia());
    let words: Vec<String> = tokens.map(|token| token.text().to_lowercase()).collect();
    let begins = ["select", "distinct", "all", ",", "."];
    let mut pairs = words.windows(2);
    pairs.any(
        |pair| matches!(pair, [front, star] if star == "*" && begins.contains(&front.as_str())),
    )
}
