//! Foreign keys: what they refer to, and by what (`transformFkeyGetPrimaryKey`, `transformFkeyCheckAttrs` in
//! `tablecmds.c`).

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, names},
    constraint::{Pending, plain_columns},
};
use crate::{
    Catalog, Name, QName,
    catalog::Relation,
    model::{ForeignKey, Match, ReferentialAction, Table},
};

/// The foreign key that is written. `table` is the referencing table as it will be.
pub(super) fn build(
    context: &mut Context<'_>,
    pending: &Pending,
    name: &QName,
    table: &Table,
) -> Option<ForeignKey> {
    let written = Written::of(pending)?;
    let mut key = ForeignKey {
        columns: written.columns.iter().map(names::name).collect(),
        references: referenced_table(context, &written.references, name)?,
        referenced_columns: written.referenced.iter().map(names::name).collect(),
        match_type: match written.match_type {
            Some(ast::MatchType::MatchFull(_)) => Match::Full,
            _ => Match::Simple,
        },
        on_update: ReferentialAction::NoAction,
        on_delete: ReferentialAction::NoAction,
        on_delete_columns: Vec::new(),
        period: written.period,
    };
    key.columns.extend(pending.column.clone());
    for action in written.actions {
        apply_action(&mut key, &action);
    }
    if key.columns.is_empty() {
        return None;
    }
    for (number, column) in key.columns.iter().enumerate() {
        if table.column(column).is_none() {
            let message = format!(
                "column \"{}\" referenced in foreign key constraint does not exist",
                column.as_str()
            );
            let node = written.columns.get(number);
            let node = node.map_or(pending.written.syntax(), |node| node.syntax());
            context.problem(node, message);
            return None;
        }
    }
    resolve_referenced(
        context,
        &mut key,
        &written.referenced,
        &written.references,
        name,
        table,
    )?;
    Some(key)
}

/// The parts of a foreign key, whether it stands with a column or with the table.
struct Written {
    columns: Vec<ast::ColumnNameRef>,
    references: ast::TableNameRef,
    referenced: Vec<ast::ColumnNameRef>,
    match_type: Option<ast::MatchType>,
    actions: Vec<ast::ReferentialAction>,
    period: bool,
}

impl Written {
    fn of(pending: &Pending) -> Option<Self> {
        match &pending.written {
            ast::Constraint::ReferencesConstraint(key) => Some(Self {
                columns: Vec::new(),
                references: key.table()?,
                referenced: key.column().into_iter().collect(),
                match_type: key.match_type(),
                actions: key.referential_actions().collect(),
                period: false,
            }),
            ast::Constraint::ForeignKeyConstraint(key) => {
                let from = key.from_columns()?;
                Some(Self {
                    columns: with_period(&from),
                    references: key.table_name_ref()?,
                    referenced: key
                        .to_columns()
                        .map(|to| with_period(&to))
                        .unwrap_or_default(),
                    match_type: key.match_type(),
                    actions: key.referential_actions().collect(),
                    period: from.period_column().is_some(),
                })
            }
            _ => None,
        }
    }
}

fn with_period(list: &ast::ForeignKeyColumnList) -> Vec<ast::ColumnNameRef> {
    let period = list.period_column().and_then(|period| period.name());
    list.column_name_refs().chain(period).collect()
}

fn apply_action(key: &mut ForeignKey, action: &ast::ReferentialAction) {
    let (target, on_delete) = match action {
        ast::ReferentialAction::OnDeleteAction(action) => (action.ref_action(), true),
        ast::ReferentialAction::OnUpdateAction(action) => (action.ref_action(), false),
    };
    let listed = |list: Option<ast::ColumnRefList>| -> Vec<Name> {
        let columns = list.into_iter().flat_map(|list| list.column_name_refs());
        columns.map(|column| names::name(&column)).collect()
    };
    let (action, columns) = match target {
        None | Some(ast::RefAction::NoAction(_)) => (ReferentialAction::NoAction, Vec::new()),
        Some(ast::RefAction::Restrict(_)) => (ReferentialAction::Restrict, Vec::new()),
        Some(ast::RefAction::Cascade(_)) => (ReferentialAction::Cascade, Vec::new()),
        Some(ast::RefAction::SetNullColumns(set)) => {
            (ReferentialAction::SetNull, listed(set.column_ref_list()))
        }
        Some(ast::RefAction::SetDefaultColumns(set)) => {
            (ReferentialAction::SetDefault, listed(set.column_ref_list()))
        }
    };
    if on_delete {
        key.on_delete = action;
        key.on_delete_columns = columns;
    } else {
        key.on_update = action;
    }
}

/// The table that is referred to: perhaps the one that is being made, which the schema does not have yet.
fn referenced_table(
    context: &mut Context<'_>,
    node: &ast::TableNameRef,
    name: &QName,
) -> Option<QName> {
    let written = names::written(node);
    let itself = written.name == name.name
        && written
            .schema
            .as_ref()
            .is_none_or(|schema| *schema == name.schema);
    match context.find_relation(&written) {
        Some((found, Relation::Table)) => Some(found),
        Some((found, _)) => {
            let message = format!(
                "referenced relation \"{}\" is not a table",
                found.name.as_str()
            );
            context.problem(node.syntax(), message);
            None
        }
        None if itself => Some(name.clone()),
        None => {
            context.missing_relation(node, "relation", &written);
            None
        }
    }
}

/// Fills in the primary key where no columns are given, and looks for the key that is referred to.
fn resolve_referenced(
    context: &mut Context<'_>,
    key: &mut ForeignKey,
    nodes: &[ast::ColumnNameRef],
    at: &ast::TableNameRef,
    name: &QName,
    table: &Table,
) -> Option<()> {
    let referenced = match key.references == *name {
        true => table.clone(),
        false => (**context.catalog.tables.get(&key.references)?).clone(),
    };
    let of = key.references.name.as_str().to_owned();
    if nodes.is_empty() {
        key.referenced_columns = referenced.primary_key().to_vec();
        if key.referenced_columns.is_empty() {
            let message = format!("there is no primary key for referenced table \"{of}\"");
            context.problem(at.syntax(), message);
            return None;
        }
    }
    for (column, node) in key.referenced_columns.iter().zip(nodes) {
        if referenced.column(column).is_none() {
            let message = format!(
                "column \"{}\" referenced in foreign key constraint does not exist",
                column.as_str()
            );
            super::report_column(context, node, message, column, &key.references, &referenced);
            return None;
        }
    }
    if key.columns.len() != key.referenced_columns.len() {
        let message = "number of referencing and referenced columns for foreign key disagree";
        context.problem(at.syntax(), message);
        return None;
    }
    if !is_unique(
        &context.catalog,
        &key.references,
        &referenced,
        &key.referenced_columns,
    ) {
        let message = format!(
            "there is no unique constraint matching given keys for referenced table \"{of}\""
        );
        context.problem(at.syntax(), message);
        return None;
    }
    Some(())
}

/// Whether a key or a unique index is over just these columns, in whatever order.
fn is_unique(catalog: &Catalog, name: &QName, table: &Table, columns: &[Name]) -> bool {
    let same = |key: &[Name]| {
        key.len() == columns.len() && columns.iter().all(|column| key.contains(column))
    };
    let constrained = table
        .constraints
        .values()
        .filter_map(|constraint| constraint.index())
        .any(|index| same(&index.columns));
    constrained
        || catalog.indexes_of(name).any(|(_, index)| {
            index.unique
                && index.predicate.is_none()
                && plain_columns(&index.keys).is_some_and(|key| same(&key))
        })
}
