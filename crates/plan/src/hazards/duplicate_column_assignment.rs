//! A column that is set twice by one statement.

use std::collections::BTreeSet;

use segue_catalog::Name;
use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use crate::{Class, Example, Judge, Moment, Report, Rule, Severity, written};

pub(super) static RULE: Rule = Rule {
    id: "duplicate-column-assignment",
    title: "a statement sets a column twice",
    class: Class::Correctness,
    severity: Severity::Error,
    trigger: "UPDATE … SET, INSERT (…), ON CONFLICT DO UPDATE or MERGE that names a column more than once as its target. Not of elements \
              of an array or fields of a composite value.",
    harm: "The server refuses the statement: multiple assignments to same column, or column specified more than once.",
    remedy: "name each column once",
    sources: &[
        "https://www.postgresql.org/docs/current/sql-update.html",
        "https://www.postgresql.org/docs/current/sql-insert.html",
    ],
    since: None,
    until: None,
    bad: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);",
        sql: "UPDATE users SET score = 1, score = 2 WHERE id = 1;",
    },
    good: Example {
        schema: "CREATE TABLE users (id bigint PRIMARY KEY, score int);",
        sql: "UPDATE users SET score = 2 WHERE id = 1;",
    },
    judge: Judge::Statement(judge),
};

fn judge(moment: &Moment<'_>, report: &mut Report<'_>) {
    let Some(statement) = moment.statement() else {
        return;
    };
    for node in parts(statement).iter().flat_map(SyntaxNode::descendants) {
        let is_insert = |node: SyntaxNode| ast::Insert::can_cast(node.kind());
        let is_list = ast::SetColumnList::can_cast(node.kind())
            || (ast::ColumnTargetList::can_cast(node.kind())
                && node.parent().is_some_and(is_insert));
        if !is_list {
            continue;
        }
        let list = node;
        for (name, again) in repeated(&list) {
            let message = format!("{name} is set twice: the server refuses the statement");
            report.finding(message).at(moment.span(&again));
        }
    }
}

/// The parts of a statement in which columns are set, but not the rows that are written out: there may be very many.
fn parts(statement: &ast::Stmt) -> Vec<SyntaxNode> {
    match statement {
        ast::Stmt::Update(_)
        | ast::Stmt::Delete(_)
        | ast::Stmt::Merge(_)
        | ast::Stmt::Insert(_)
        | ast::Stmt::Select(_) => {}
        _ => return Vec::new(),
    }
    if ast::Update::can_cast(statement.syntax().kind())
        || ast::Merge::can_cast(statement.syntax().kind())
    {
        return vec![statement.syntax().clone()];
    }
    let children = statement.syntax().children();
    let sets = |node: &SyntaxNode| {
        ast::WithClause::can_cast(node.kind())
            || ast::ColumnTargetList::can_cast(node.kind())
            || ast::OnConflictClause::can_cast(node.kind())
    };
    children.filter(sets).collect()
}

/// The columns that a list of targets names again, each where it does.
fn repeated(list: &SyntaxNode) -> Vec<(Name, SyntaxNode)> {
    let within = |target: &ast::ColumnTarget| {
        // targets of a subquery are its own
        let mut above = target.syntax().ancestors().skip(1);
        let own = above.find(|node| {
            ast::SetColumnList::can_cast(node.kind()) || ast::Insert::can_cast(node.kind())
        });
        own.is_none_or(|own| own == *list || Some(&own) == list.parent().as_ref())
    };
    let targets = list.descendants().filter_map(ast::ColumnTarget::cast);
    let mut seen = BTreeSet::new();
    let mut again = Vec::new();
    for target in targets.filter(within) {
        let is_whole = target.accessors().next().is_none();
        let Some(node) = target.name().filter(|_| is_whole) else {
            continue;
        };
        let name = written::name(&node);
        if !seen.insert(name.clone()) {
            again.push((name, target.syntax().clone()));
        }
    }
    again
}
