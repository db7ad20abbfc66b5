//! `CREATE TABLE` with a foreign key to a table that the deploy has renamed: the key by itself, so that it can be made under the
//! name that the other table has for now.

use std::ops::Range;

use segue_catalog::{
    Change, Object,
    model::{Constraint, ConstraintKind},
    render,
};
use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::range;
use crate::{Line, run::Run, written};

/// The table without such keys, and each of them; empty where there is none.
pub(super) fn parts(text: &str, create: &ast::CreateTable, line: &Line, run: &Run) -> Vec<String> {
    let made = line.changes.iter().find_map(|change| match change {
        Change::Create(object) => match &**object {
            Object::Table(name, table) => Some((name, table)),
            _ => None,
        },
        _ => None,
    });
    let Some((name, table)) = made else {
        return Vec::new();
    };
    let is_renamed = |constraint: &&Constraint| matches!(&constraint.kind, ConstraintKind::ForeignKey(key) if run.renamed.contains(&key.references));
    let keys = table.constraints.iter();
    let keys = keys.filter(|(_, constraint)| is_renamed(constraint));
    let added: Vec<String> = keys
        .map(|(own, constraint)| render::add_constraint(name, own, constraint, false))
        .collect();
    let mut cuts: Vec<Range<usize>> = create
        .syntax()
        .descendants()
        .filter_map(ast::Constraint::cast)
        .filter_map(|constraint| cut(&constraint, line, run))
        .collect();
    if added.is_empty() || cuts.len() != added.len() {
        return Vec::new();
    }
    cuts.sort_by_key(|cut| cut.start);
    let mut alone = text.to_owned();
    for cut in cuts.into_iter().rev() {
        alone.replace_range(cut, "");
    }
    std::iter::once(alone).chain(added).collect()
}

/// Where a foreign key to a renamed table stands, with the comma before it where it has one of its own.
fn cut(constraint: &ast::Constraint, line: &Line, run: &Run) -> Option<Range<usize>> {
    let other = match constraint {
        ast::Constraint::ReferencesConstraint(own) => own.table()?,
        ast::Constraint::ForeignKeyConstraint(own) => own.table_name_ref()?,
        _ => return None,
    };
    let other = written::relation(&line.before, &line.session, &other)?;
    if !run.renamed.contains(&other) {
        return None;
    }
    let own = range(constraint.syntax());
    if matches!(constraint, ast::Constraint::ReferencesConstraint(_)) {
        return Some(own);
    }
    let around = constraint.syntax().parent()?;
    let tokens = around.children_with_tokens();
    let commas = tokens
        .filter(|one| one.kind() == SyntaxKind::COMMA)
        .map(|comma| usize::from(comma.text_range().start()));
    let comma = commas.filter(|comma| *comma < own.start).last()?;
    Some(comma..own.end)
}
