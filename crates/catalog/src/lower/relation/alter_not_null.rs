//! `SET NOT NULL` and `DROP NOT NULL`.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::Context,
    alter::{Target, emit},
    column::WantedNotNull,
};
use crate::{Change, Name, QName, TableChange, model::NotNull};

/// `SET NOT NULL` on a table and those below it (`ATExecSetNotNull`).
pub(super) fn set(
    context: &mut Context<'_>,
    target: &Target,
    column: &Name,
    wanted: &WantedNotNull,
) {
    let named = context.catalog.major >= 18;
    let mut name = None;
    for (number, table) in std::iter::once(target.name.clone())
        .chain(target.below(context))
        .enumerate()
    {
        let found = context.catalog.tables.get(&table);
        let Some(own) = found.and_then(|found| found.column(column)) else {
            continue;
        };
        if number == 0
            && let Some(there) = &own.not_null
        {
            let change = match named && !(there.local && there.validated) {
                // asked for here, it is the table's own too
                true => of_table(table, column, NotNull::named(there.name.clone())),
                false => Change::Nothing,
            };
            return context.emit(change);
        }
        if !named && own.not_null.is_some() {
            continue;
        }
        let wanted = WantedNotNull {
            name: name.clone().or_else(|| wanted.name.clone()),
            ..wanted.clone()
        };
        let mut not_null = context.not_null(&wanted, &table, column, &mut BTreeSet::new());
        // children get it by the name that it has above
        name.clone_from(&not_null.name);
        if number > 0 && named {
            not_null.inherited = 1;
            not_null.local = false;
        }
        context.emit(of_table(table, column, not_null));
    }
}

fn of_table(table: QName, column: &Name, not_null: NotNull) -> Change {
    let column = column.clone();
    let change = TableChange::SetNotNull { column, not_null };
    Change::Table { table, change }
}

/// `DROP NOT NULL`: refused where a primary key or an identity needs it (`ATExecDropNotNull`).
pub(super) fn drop(
    context: &mut Context<'_>,
    target: &Target,
    node: &ast::ColumnNameRef,
    column: Name,
) -> Option<()> {
    let table = context.catalog.tables.get(&target.name)?;
    let own = table.column(&column)?;
    let (name, of) = (column.as_str(), target.name.name.as_str());
    let message = if table.primary_key().contains(&column) {
        Some(format!("column \"{name}\" is in a primary key"))
    } else if own.identity.is_some() {
        Some(format!(
            "column \"{name}\" of relation \"{of}\" is an identity column"
        ))
    } else {
        None
    };
    if let Some(message) = message {
        context.problem(node.syntax(), message);
        return None;
    }
    if own.not_null.is_none() {
        context.emit(Change::Nothing);
        return Some(());
    }
    let named = own.not_null.as_ref().is_some_and(|own| own.name.is_some());
    let below = target.below(context);
    // before 18 there is nothing that says where a child has its NOT NULL from, and it goes there too
    let below: Vec<QName> = below
        .into_iter()
        .filter(|table| {
            let table = context.catalog.tables.get(table);
            let own = table.and_then(|table| table.column(&column)?.not_null.as_ref());
            own.is_some_and(|own| !named || (own.inherited == 1 && !own.local))
        })
        .collect();
    emit(context, target, TableChange::DropNotNull(column.clone()))?;
    for table in below {
        context.emit(Change::Table {
            table,
            change: TableChange::DropNotNull(column.clone()),
        });
    }
    Some(())
}
