//! Columns in `ALTER TABLE`: added, dropped, renamed. What `ALTER COLUMN` changes is in `option.rs` below.

mod option;

use std::collections::BTreeSet;

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

pub(super) use self::option::alter;
use super::{
    super::{Context, names},
    alter::{Step, Target, emit},
    column::{self, WantedNotNull, Words},
    constraint::Pending,
    partition,
};
use crate::{Change, Name, Object, ObjectRef, QName, TableChange, model::Column};

/// `ADD COLUMN`; its constraints come in later passes.
pub(super) fn add(
    context: &mut Context<'_>,
    target: &Target,
    add: &ast::AddColumn,
) -> Option<Vec<Step>> {
    let words = Words::of_added(add)?;
    let table = context.catalog.tables.get(&target.name)?.clone();
    if table.column(&words.name).is_some() {
        if add.if_not_exists().is_some() {
            context.emit(Change::Nothing);
            return Some(Vec::new());
        }
        let message = format!(
            "column \"{}\" of relation \"{}\" already exists",
            words.name.as_str(),
            target.name.name.as_str()
        );
        context.problem(add.syntax(), message);
        return None;
    }
    if target.is_only_with_children(context) {
        context.problem(add.syntax(), "column must be added to child tables too");
        return None;
    }
    let mut defined = column::define(context, &words, &target.name, table.persistence, None)?;
    if defined.constraints.iter().any(Pending::is_primary_key) && defined.not_null.is_none() {
        defined.not_null = Some(WantedNotNull::default());
    }
    if let Some(wanted) = &defined.not_null {
        let mut taken = BTreeSet::new();
        let name = &words.name;
        defined.column.not_null = Some(context.not_null(wanted, &target.name, name, &mut taken));
    }
    if let Some((name, sequence)) = defined.sequence {
        context.emit(Change::Create(Box::new(Object::Sequence(name, sequence))));
    }
    add_to(context, &target.name, defined.column, target.only);
    Some(
        defined
            .constraints
            .into_iter()
            .map(Step::Constraint)
            .collect(),
    )
}

/// Adds a column to a table and, as an inherited one, to those below it.
fn add_to(context: &mut Context<'_>, table: &QName, column: Column, only: bool) {
    let inherited = partition::inherited_column(&column);
    context.emit(Change::Table {
        table: table.clone(),
        change: TableChange::AddColumn(Box::new(column)),
    });
    if only {
        return;
    }
    for child in crate::apply::table::children(&context.catalog, table) {
        add_to(context, &child, inherited.clone(), false);
    }
}

/// `DROP COLUMN`.
pub(super) fn drop(
    context: &mut Context<'_>,
    target: &Target,
    drop: &ast::DropColumn,
) -> Option<()> {
    let node = drop.column_name_ref()?;
    let name = names::name(&node);
    let table = context.catalog.tables.get(&target.name)?.clone();
    let Some(column) = table.column(&name) else {
        if drop.if_exists().is_some() {
            context.emit(Change::Nothing);
            return Some(());
        }
        return super::check_column(context, &node, &target.name, &name);
    };
    if column.inherited > 0 {
        let message = format!("cannot drop inherited column \"{}\"", name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    let cascade = super::is_cascade(drop.drop_behavior());
    if !cascade {
        check_users(context, &node, target, &name)?;
    }
    drop_below(context, target, &name, cascade);
    emit(context, target, TableChange::DropColumn { name, cascade })
}

/// What uses the column, or one of a child that goes with it, stands in the way; but for what goes with them itself.
fn check_users(
    context: &mut Context<'_>,
    node: &ast::ColumnNameRef,
    target: &Target,
    name: &Name,
) -> Option<()> {
    let mut tables = vec![target.name.clone()];
    if !target.only {
        losing(&context.catalog, &target.name, name, &mut tables);
    }
    let objects = tables
        .iter()
        .map(|table| ObjectRef::Column(table.clone(), name.clone()));
    let catalog = &context.catalog;
    let mut dependents: std::collections::BTreeSet<ObjectRef> = objects
        .flat_map(|object| crate::dependents::dependents(catalog, &object))
        .collect();
    dependents.retain(|user| match user {
        ObjectRef::Default(of, column) | ObjectRef::Column(of, column) => {
            column != name || !tables.contains(of)
        }
        _ => true,
    });
    if dependents.is_empty() {
        return Some(());
    }
    let (column, of) = (name.as_str(), target.name.name.as_str());
    let mut problem = Problem::new(format!(
        "cannot drop column {column} of table {of} because other objects depend on it"
    ));
    for dependent in dependents.iter().take(5) {
        problem = problem.note(format!("{dependent} depends on it"));
    }
    let problem = problem.help("drop these first, or use CASCADE to drop them too");
    context.report(node.syntax(), problem);
    None
}

/// The children that lose a column with this table.
fn losing(catalog: &crate::Catalog, of: &QName, name: &Name, tables: &mut Vec<QName>) {
    for child in crate::apply::table::children(catalog, of) {
        let table = catalog.tables.get(&child);
        let column = table.and_then(|table| table.column(name));
        if column.is_some_and(|column| column.inherited == 1 && !column.local) {
            losing(catalog, &child, name, tables);
            tables.push(child);
        }
    }
}

/// Children lose a column that they have from this table only.
fn drop_below(context: &mut Context<'_>, target: &Target, name: &Name, cascade: bool) {
    if target.only {
        return;
    }
    for child in crate::apply::table::children(&context.catalog, &target.name) {
        let table = context.catalog.tables.get(&child);
        let column = table.and_then(|table| table.column(name));
        if column.is_some_and(|column| column.inherited == 1 && !column.local) {
            let below = Target {
                name: child.clone(),
                only: false,
            };
            drop_below(context, &below, name, cascade);
            context.emit(Change::Table {
                table: child,
                change: TableChange::DropColumn {
                    name: name.clone(),
                    cascade,
                },
            });
        }
    }
}

/// `RENAME COLUMN`, in all tables that have it from this one.
pub(super) fn rename(
    context: &mut Context<'_>,
    target: &Target,
    rename: &ast::RenameColumn,
) -> Option<()> {
    let node = rename.column_name_ref()?;
    let name = names::name(&node);
    super::check_column(context, &node, &target.name, &name)?;
    let to_node = rename.column_name()?;
    let to = names::name(&to_node);
    let table = context.catalog.tables.get(&target.name)?;
    if table.column(&to).is_some() {
        let message = format!(
            "column \"{}\" of relation \"{}\" already exists",
            to.as_str(),
            target.name.name.as_str()
        );
        context.problem(to_node.syntax(), message);
        return None;
    }
    let mut tables = vec![target.name.clone()];
    tables.extend(target.below(context));
    if tables
        .iter()
        .any(|table| has_it_from_elsewhere(context, table, &name, &tables))
    {
        let message = format!("cannot rename inherited column \"{}\"", name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    for table in tables {
        context.emit(Change::Rename {
            object: ObjectRef::Column(table, name.clone()),
            to: to.clone(),
        });
    }
    Some(())
}

/// Whether a table has a column from a parent that is none of these (`renameatt_internal`).
fn has_it_from_elsewhere(
    context: &Context<'_>,
    table: &QName,
    name: &Name,
    tables: &[QName],
) -> bool {
    let found = context.catalog.tables.get(table);
    let inherited = found.and_then(|found| found.column(name));
    let inherited = inherited.map_or(0, |column| column.inherited);
    let parents = found.map_or(0, |found| {
        let partition = found.partition_of.as_ref().map(|of| &of.parent);
        let parents = found.inherits.iter().chain(partition);
        parents.filter(|parent| tables.contains(parent)).count()
    });
    usize::try_from(inherited).is_ok_and(|inherited| inherited > parents)
}
