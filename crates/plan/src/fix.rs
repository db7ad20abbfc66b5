//! The same change, written safely: what can stand in the place of a statement. One way of writing it per file.

mod concurrently;
mod default;
mod not_null;
mod not_valid;
mod partitions;
mod using_index;

use segue_catalog::{
    Catalog, Name, QName, TableChange,
    model::{Constraint, Table, TableKind},
};
use segue_sql::Kind;
use squawk_syntax::ast;

pub(crate) use self::{
    concurrently::{build_concurrently, drop_concurrently, reindex_concurrently},
    default::default_for_new_rows,
    not_null::{not_null_by_check, prove_not_null},
    not_valid::{added_with_column, domain_not_valid, not_valid},
    partitions::partition_by_partition,
    using_index::{built_with_column, using_index},
};
use crate::{Fix, Moment, written};

/// What is replaced: the whole statement, by these, none of which ends in a semicolon.
fn instead(moment: &Moment<'_>, title: &str, statements: &[String], outside: bool) -> Fix {
    let statements = statements
        .iter()
        .map(|text| text.trim_end().trim_end_matches(';'));
    Fix {
        title: title.to_owned(),
        span: moment.line().span.clone(),
        text: statements.collect::<Vec<_>>().join(";\n"),
        outside_transaction: outside,
    }
}

/// Whether statements in the place of this one can be committed one by one: the script has not opened a transaction.
fn stands_alone(moment: &Moment<'_>) -> bool {
    let transaction = moment.line().transaction;
    transaction.is_none()
        || !moment
            .earlier()
            .iter()
            .any(|line| line.transaction == transaction && line.kind == Kind::Begin)
}

/// The action of an `ALTER TABLE` that has no other one.
fn only_action(moment: &Moment<'_>) -> Option<ast::AlterTableAction> {
    let Some(ast::Stmt::AlterTable(alter)) = moment.statement() else {
        return None;
    };
    let mut actions = alter.actions();
    let first = actions.next()?;
    actions.next().is_none().then_some(first)
}

/// The actions of an `ALTER TABLE`, in order; none of another statement.
fn actions(moment: &Moment<'_>) -> Vec<ast::AlterTableAction> {
    match moment.statement() {
        Some(ast::Stmt::AlterTable(alter)) => alter.actions().collect(),
        _ => Vec::new(),
    }
}

/// The action that adds the constraint of this name: the one that says so, or the only one that leaves the name to the server.
fn adding(moment: &Moment<'_>, name: &Name) -> Option<ast::AddConstraint> {
    let added = actions(moment)
        .into_iter()
        .filter_map(|action| match action {
            ast::AlterTableAction::AddConstraint(add) => Some(add),
            _ => None,
        });
    let written = |add: &ast::AddConstraint| {
        let name = add.constraint().and_then(|it| it.constraint_name());
        name.map(|name| written::name(&name))
    };
    let (named, unnamed): (Vec<_>, Vec<_>) = added.partition(|add| written(add).is_some());
    let its = named
        .into_iter()
        .find(|add| written(add).as_ref() == Some(name));
    match (its, unnamed.as_slice()) {
        (Some(its), _) => Some(its),
        (None, [only]) => Some(only.clone()),
        _ => None,
    }
}

/// The constraint of this name that an `ALTER TABLE` adds to its own table, not to one below it.
fn added<'a>(moment: &Moment<'a>, name: &Name) -> Option<(&'a QName, &'a Constraint)> {
    let mut changes = moment.table_changes();
    changes.find_map(|(table, change)| match change {
        TableChange::AddConstraint {
            name: added,
            constraint,
            using_index: None,
        } if added == name && constraint.inherited == 0 => Some((table, &**constraint)),
        _ => None,
    })
}

/// A table that has rows of its own, and none below it: what is done to it is done to it alone.
fn plain<'c>(catalog: &'c Catalog, name: &QName) -> Option<&'c Table> {
    let table = catalog.tables.get(name)?;
    let is_parent = |other: &Table| other.inherits.contains(name);
    let plain =
        table.kind == TableKind::Plain && !catalog.tables.values().any(|other| is_parent(other));
    plain.then_some(table)
}

/// A name for a constraint that the table does not have yet.
fn free_name(table: &Table, wanted: &str) -> Name {
    let mut name = Name::quoted(wanted);
    let mut number = 0;
    while table.constraints.contains_key(&name) {
        number += 1;
        name = Name::quoted(&format!("{wanted}{number}"));
    }
    name
}
