//! `ALTER TABLE` with several actions, or with constraints beside a new column.

use segue_catalog::{Change, Name, QName, TableChange, model::ConstraintKind, render};
use squawk_syntax::ast::{self, AlterColumnOption, AlterTableAction, AstNode};

use super::range;
use crate::{Line, effect::mentions, run::Run, written};

/// One statement for each thing that it does; empty where it does one only, or what it alters is of the same run, without rows that
/// others may bring.
pub(super) fn parts(text: &str, alter: &ast::AlterTable, line: &Line, run: &Run) -> Vec<String> {
    let mut actions: Vec<AlterTableAction> = alter.actions().collect();
    let Some(first) = actions.first() else {
        return Vec::new();
    };
    let of_the_run = |change: &Change| match change {
        Change::Table { table, .. } => run.born.has_relation(table) && !run.filled.contains(table),
        _ => false,
    };
    if line.changes.iter().any(of_the_run) {
        return Vec::new();
    }
    let front = &text[..range(first.syntax()).start];
    actions.sort_by_key(pass);
    let (mut parts, mut behind) = (Vec::new(), Vec::new());
    for action in &actions {
        let own = &text[range(action.syntax())];
        match action {
            AlterTableAction::AddColumn(column) => {
                let (alone, beside) = apart(text, column, line);
                parts.push(format!("{front}{alone}"));
                behind.extend(beside);
            }
            // behind all columns, as `behind` is
            _ if pass(action) > ADDED => behind.push(format!("{front}{own}")),
            _ => parts.push(format!("{front}{own}")),
        }
    }
    parts.extend(behind);
    if parts.len() > 1 { parts } else { Vec::new() }
}

/// When new columns are added.
const ADDED: u8 = 2;

/// When an action is done, whatever the order in which they are written (`AlterTablePass`, `tablecmds.c`): what goes first,
/// then new types, new columns, what is set of columns, constraints, and the rest.
fn pass(action: &AlterTableAction) -> u8 {
    match action {
        AlterTableAction::DropColumn(_) | AlterTableAction::DropConstraint(_) => 0,
        AlterTableAction::AlterColumn(alter) => match alter.option() {
            Some(
                AlterColumnOption::DropDefault(_)
                | AlterColumnOption::DropNotNull(_)
                | AlterColumnOption::DropIdentity(_)
                | AlterColumnOption::DropExpression(_),
            ) => 0,
            Some(AlterColumnOption::SetType(_)) => 1,
            _ => 3,
        },
        AlterTableAction::AddColumn(_) => ADDED,
        AlterTableAction::AddConstraint(_) => 4,
        _ => 5,
    }
}

/// A new column without the constraints that stand with it, and these as statements of their own.
fn apart(text: &str, column: &ast::AddColumn, line: &Line) -> (String, Vec<String>) {
    let whole = range(column.syntax());
    let mut cut = text[whole.clone()].to_owned();
    let constraints: Vec<ast::Constraint> = column.constraints().filter(stands_alone).collect();
    let Some(name) = column.column_name().map(|name| written::name(&name)) else {
        return (cut, Vec::new());
    };
    let Some(table) = line.changes.iter().find_map(|change| gets(change, &name)) else {
        return (cut, Vec::new());
    };
    let added: Vec<String> = line
        .changes
        .iter()
        .filter_map(|change| added(change, table, &name))
        .collect();
    if added.len() != constraints.len() {
        return (cut, Vec::new());
    }
    for constraint in constraints.iter().rev() {
        let own = range(constraint.syntax());
        cut.replace_range(own.start - whole.start..own.end - whole.start, "");
    }
    (cut.trim_end().to_owned(), added)
}

/// Whether a constraint of a column can be added by itself.
fn stands_alone(constraint: &ast::Constraint) -> bool {
    matches!(
        constraint,
        ast::Constraint::CheckConstraint(_)
            | ast::Constraint::PrimaryKeyConstraint(_)
            | ast::Constraint::ReferencesConstraint(_)
            | ast::Constraint::UniqueConstraint(_)
    )
}

/// The table that gets a column; the first one is that which is altered, those below it follow.
fn gets<'a>(change: &'a Change, column: &Name) -> Option<&'a QName> {
    match change {
        Change::Table {
            table,
            change: TableChange::AddColumn(new),
        } => (new.name == *column).then_some(table),
        _ => None,
    }
}

/// A constraint of this column alone, or a check that names it, as a statement.
fn added(change: &Change, altered: &QName, column: &Name) -> Option<String> {
    let Change::Table {
        table,
        change:
            TableChange::AddConstraint {
                name,
                constraint,
                using_index: None,
            },
    } = change
    else {
        return None;
    };
    if table != altered {
        return None;
    }
    let is_own = match &constraint.kind {
        ConstraintKind::Check { expression, .. } => mentions(&expression.text, column.as_str()),
        ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => {
            key.columns == [column.clone()]
        }
        ConstraintKind::ForeignKey(key) => key.columns == [column.clone()],
        ConstraintKind::Exclude(_) => false,
    };
    is_own.then(|| render::add_constraint(table, name, constraint, false))
}
