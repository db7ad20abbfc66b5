//! `SET NOT NULL` and `DROP NOT NULL`.

use std::collections::BTreeSet;

use squawk_syntax::ast::AstNode;

use super::{super::Context, alter::Target, column::WantedNotNull};
use crate::{Change, Name, QName, TableChange, model::NotNull};

/// `SET NOT NULL` on a table and those below it. A constraint that is there already stays as it is, but that it is the
/// table's own from then on, or else valid (`ATExecSetNotNull`, `AdjustNotNullInheritance`).
pub(super) fn set(
    context: &mut Context<'_>,
    target: &Target,
    column: &Name,
    wanted: &WantedNotNull,
) {
    if context.catalog.major < 18 {
        return set_flags(context, target, column, wanted);
    }
    let found = context.catalog.tables.get(&target.name);
    let Some(own) = found.and_then(|found| found.column(column)) else {
        return;
    };
    let Some(not_null) = own.not_null.clone() else {
        let not_null = context.not_null(wanted, &target.name, column, &mut BTreeSet::new());
        emit_set(context, &target.name, column, not_null.clone());
        if !target.only && !not_null.no_inherit {
            spread(context, &target.name, column, &not_null);
        }
        return;
    };
    if !not_null.local {
        let own = NotNull {
            inherited: 0,
            local: true,
            ..not_null
        };
        emit_set(context, &target.name, column, own);
    } else if !not_null.validated && !wanted.not_valid {
        validate(context, target, column);
    } else {
        context.emit(Change::Nothing);
    }
}

/// Before 18 it is nothing but a flag, of those below too.
fn set_flags(context: &mut Context<'_>, target: &Target, column: &Name, wanted: &WantedNotNull) {
    let below = target.below(context);
    for (number, table) in std::iter::once(&target.name).chain(&below).enumerate() {
        let found = context.catalog.tables.get(table);
        let Some(own) = found.and_then(|found| found.column(column)) else {
            continue;
        };
        match &own.not_null {
            Some(_) if number == 0 => return context.emit(Change::Nothing),
            Some(_) => continue,
            None => {}
        }
        let not_null = context.not_null(wanted, table, column, &mut BTreeSet::new());
        emit_set(context, table, column, not_null);
    }
}

/// Children get it by the name that it has above, and give it to theirs. One that they have already has one more reason
/// and goes no further.
fn spread(context: &mut Context<'_>, of: &QName, column: &Name, above: &NotNull) {
    for child in crate::apply::table::children(&context.catalog, of) {
        let found = context.catalog.tables.get(&child);
        let Some(own) = found.and_then(|found| found.column(column)) else {
            continue;
        };
        let is_new = own.not_null.is_none();
        let validated = above.validated && is_new;
        let inherited = NotNull {
            inherited: 1,
            local: false,
            validated,
            ..above.clone()
        };
        emit_set(context, &child, column, inherited);
        if is_new {
            spread(context, &child, column, above);
        }
    }
}

/// A NOT NULL that is not valid is checked, and so are those below it, whatever they are called
/// (`QueueNNConstraintValidation`).
pub(super) fn validate(context: &mut Context<'_>, target: &Target, column: &Name) {
    let below = target.below(context);
    for table in std::iter::once(&target.name).chain(&below) {
        let found = context.catalog.tables.get(table);
        let own = found.and_then(|found| found.column(column)?.not_null.as_ref());
        let Some(name) = own
            .filter(|own| !own.validated)
            .and_then(|own| own.name.clone())
        else {
            continue;
        };
        context.emit(Change::Table {
            table: table.clone(),
            change: TableChange::ValidateConstraint(name),
        });
    }
}

fn emit_set(context: &mut Context<'_>, table: &QName, column: &Name, not_null: NotNull) {
    context.emit(Change::Table {
        table: table.clone(),
        change: TableChange::SetNotNull {
            column: column.clone(),
            not_null,
        },
    });
}

/// `DROP NOT NULL`, and `DROP CONSTRAINT` of one with a name: refused where a primary key or an identity needs it
/// (`ATExecDropNotNull`, `dropconstraint_internal`).
pub(super) fn drop(
    context: &mut Context<'_>,
    target: &Target,
    node: &impl AstNode,
    column: Name,
) -> Option<()> {
    let table = context.catalog.tables.get(&target.name)?;
    let own = table.column(&column)?;
    let (name, of) = (column.as_str(), target.name.name.as_str());
    let inherited = own.not_null.as_ref().filter(|own| own.inherited > 0);
    let message = if table.primary_key().contains(&column) {
        Some(format!("column \"{name}\" is in a primary key"))
    } else if own.identity.is_some() {
        Some(format!(
            "column \"{name}\" of relation \"{of}\" is an identity column"
        ))
    } else {
        let inherited = inherited.and_then(|own| own.name.as_ref());
        inherited.map(|constraint| {
            format!("cannot drop inherited constraint \"{constraint}\" of relation \"{of}\"")
        })
    };
    if let Some(message) = message {
        context.problem(node.syntax(), message);
        return None;
    }
    let Some(not_null) = &own.not_null else {
        context.emit(Change::Nothing);
        return Some(());
    };
    if target.only {
        emit_drop(context, &target.name, &column);
    } else if not_null.name.is_some() {
        drop_inherited(context, &target.name, &column);
    } else {
        // before 18 there is nothing that says where a child has its NOT NULL from, and it goes there too
        emit_drop(context, &target.name, &column);
        for table in target.below(context) {
            let table_now = context.catalog.tables.get(&table);
            let own = table_now.and_then(|table| table.column(&column)?.not_null.as_ref());
            if own.is_some() {
                emit_drop(context, &table, &column);
            }
        }
    }
    Some(())
}

/// Children that have it from this table only lose it too, and so do theirs.
fn drop_inherited(context: &mut Context<'_>, of: &QName, column: &Name) {
    let children = crate::apply::table::children(&context.catalog, of);
    let loses_it = |child: &QName| {
        let child = context.catalog.tables.get(child);
        let own = child.and_then(|child| child.column(column)?.not_null.as_ref());
        own.is_some_and(|own| own.inherited == 1 && !own.local)
    };
    let losing: Vec<QName> = children.into_iter().filter(loses_it).collect();
    emit_drop(context, of, column);
    for child in losing {
        drop_inherited(context, &child, column);
    }
}

fn emit_drop(context: &mut Context<'_>, table: &QName, column: &Name) {
    context.emit(Change::Table {
        table: table.clone(),
        change: TableChange::DropNotNull(column.clone()),
    });
}

/// `ALTER CONSTRAINT … INHERIT` and `NO INHERIT`: children get it, or have one reason less for theirs
/// (`ATExecAlterConstrInheritability`).
pub(super) fn set_inheritance(
    context: &mut Context<'_>,
    target: &Target,
    column: &Name,
    no_inherit: bool,
) -> Option<()> {
    let table = context.catalog.tables.get(&target.name)?;
    let mut not_null = table.column(column)?.not_null.clone()?;
    if not_null.no_inherit == no_inherit {
        context.emit(Change::Nothing);
        return Some(());
    }
    not_null.no_inherit = no_inherit;
    context.emit(Change::Table {
        table: target.name.clone(),
        change: TableChange::AlterConstraint {
            name: not_null.name.clone()?,
            deferral: None,
            enforced: None,
            no_inherit: Some(no_inherit),
        },
    });
    if !no_inherit {
        spread(context, &target.name, column, &not_null);
    }
    Some(())
}
