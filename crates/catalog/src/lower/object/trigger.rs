//! `CREATE`, `ALTER` and `DROP TRIGGER` (sql-createtrigger.html).

use squawk_syntax::ast::{self, AstNode};

use super::{
    hanging::{self, Hanging},
    lifecycle, references,
};
use crate::{
    Catalog, Change, Name, Object, ObjectRef, QName,
    lower::{Context, expression, names},
    model::{
        Deferral, Enabled, TableKind, Trigger, TriggerConstraint, TriggerEvents, TriggerTiming,
    },
};

/// `CREATE TRIGGER`. Of a partitioned table every partition gets a row trigger as well (`CreateTriggerFiringOn`).
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateTrigger) {
    let (Some(node), Some(on)) = (
        statement.trigger(),
        statement
            .on_relation()
            .and_then(|on| on.relation_name_ref()),
    ) else {
        return;
    };
    let Some((table, _)) = context.table_or_view(&on) else {
        return;
    };
    let name = names::name(&node);
    if statement.or_replace().is_none()
        && !hanging::is_free(context, Hanging::Trigger, &node, &table)
    {
        return;
    }
    let Some(trigger) = made(context, statement) else {
        return;
    };
    let row = trigger.for_each_row;
    put(context, &table, &name, trigger.clone());
    if row {
        for partition in partitions(&context.catalog, &table) {
            let copy = Trigger {
                inherited: true,
                ..trigger.clone()
            };
            put(context, &partition, &name, copy);
        }
    }
}

fn put(context: &mut Context<'_>, table: &QName, name: &Name, mut trigger: Trigger) {
    let before = of(&context.catalog, table, name);
    let there = before.is_some();
    if let Some(before) = before {
        trigger.comment.clone_from(&before.comment);
    }
    let object = Box::new(Object::Trigger(table.clone(), name.clone(), trigger));
    context.emit(if there {
        Change::Replace(object)
    } else {
        Change::Create(object)
    });
}

fn of<'a>(catalog: &'a Catalog, table: &QName, name: &Name) -> Option<&'a Trigger> {
    let of_table = catalog
        .tables
        .get(table)
        .and_then(|table| table.triggers.get(name));
    of_table.or_else(|| catalog.views.get(table)?.triggers.get(name))
}

/// The partitions of a table, and theirs.
pub(super) fn partitions(catalog: &Catalog, table: &QName) -> Vec<QName> {
    let partitioned = catalog
        .tables
        .get(table)
        .is_some_and(|table| matches!(table.kind, TableKind::Partitioned(_)));
    if !partitioned {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (name, of) in &catalog.tables {
        let parent = of.partition_of.as_ref().map(|partition| &partition.parent);
        if parent == Some(table) {
            found.push(name.clone());
            found.extend(partitions(catalog, name));
        }
    }
    found
}

fn made(context: &mut Context<'_>, statement: &ast::CreateTrigger) -> Option<Trigger> {
    let call = statement.call_expr()?;
    let function = references::callee(&call)?;
    let arguments = call.arg_list().into_iter().flat_map(|list| list.args());
    let (mut old_table, mut new_table) = (None, None);
    let referencing = statement.referencing().into_iter();
    for named in referencing.flat_map(|referencing| referencing.referencing_tables()) {
        match named {
            ast::ReferencingTable::OldTable(of) => {
                old_table = of.transition_relation_name().map(|name| names::name(&name));
            }
            ast::ReferencingTable::NewTable(of) => {
                new_table = of.transition_relation_name().map(|name| names::name(&name));
            }
        }
    }
    let constraint = match statement.constraint_token() {
        Some(_) => Some(TriggerConstraint {
            from: match statement
                .from_table()
                .and_then(|from| from.table_name_ref())
            {
                Some(node) => Some(context.table(&node)?),
                None => None,
            },
            deferral: deferral(statement),
        }),
        None => None,
    };
    let when = statement.when_condition().and_then(|when| when.expr());
    Some(Trigger {
        timing: match statement.timing()? {
            ast::Timing::TimingBefore(_) => TriggerTiming::Before,
            ast::Timing::TimingAfter(_) => TriggerTiming::After,
            ast::Timing::TimingInsteadOf(_) => TriggerTiming::InsteadOf,
        },
        events: events(statement),
        for_each_row: matches!(
            statement.trigger_level(),
            Some(ast::TriggerLevel::ForEachRow(_))
        ),
        when: when.map(|expr| expression::expr(&expr)),
        function: references::function(context, &function),
        arguments: arguments
            .map(|arg| expression::value_text(arg.syntax()))
            .collect(),
        old_table,
        new_table,
        constraint,
        enabled: Enabled::default(),
        inherited: false,
        comment: None,
    })
}

fn events(statement: &ast::CreateTrigger) -> TriggerEvents {
    let mut events = TriggerEvents::default();
    let list = statement.trigger_event_list().into_iter();
    for event in list.flat_map(|list| list.trigger_events()) {
        match event {
            ast::TriggerEvent::TriggerEventInsert(_) => events.insert = true,
            ast::TriggerEvent::TriggerEventDelete(_) => events.delete = true,
            ast::TriggerEvent::TriggerEventTruncate(_) => events.truncate = true,
            ast::TriggerEvent::TriggerEventUpdate(update) => {
                events.update = true;
                let columns = update.column_name_refs();
                events
                    .update_of
                    .extend(columns.map(|column| names::name(&column)));
            }
        }
    }
    events
}

fn deferral(statement: &ast::CreateTrigger) -> Deferral {
    let mut found = Deferral::NotDeferrable;
    for option in statement.constraint_options() {
        match option {
            ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                return Deferral::InitiallyDeferred;
            }
            ast::ConstraintOption::DeferrableConstraintOption(_) => {
                found = Deferral::InitiallyImmediate;
            }
            _ => {}
        }
    }
    found
}

/// `ALTER TRIGGER`. From PostgreSQL 15 on the partitions' triggers take the new name too (release-15.html).
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterTrigger) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    let (Some(node), Some(on)) = (statement.trigger_ref(), on) else {
        return;
    };
    let Some((table, name)) = hanging::find(context, Hanging::Trigger, &node, &on, false) else {
        return;
    };
    let Some(ast::AlterTriggerAction::TriggerRenameTo(to)) = statement.action() else {
        return context.emit(Change::Nothing);
    };
    let mut tables = vec![table.clone()];
    if context.catalog.major >= 15 {
        tables.extend(
            partitions(&context.catalog, &table)
                .into_iter()
                .filter(|partition| {
                    let found = of(&context.catalog, partition, &name);
                    found.is_some_and(|found| found.inherited)
                }),
        );
    }
    for table in tables {
        let object = ObjectRef::Trigger(table, name.clone());
        lifecycle::rename(context, object, to.trigger());
    }
}

/// `DROP TRIGGER`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropTrigger) {
    let on = statement
        .on_relation()
        .and_then(|on| on.relation_name_ref());
    hanging::drop(
        context,
        Hanging::Trigger,
        (statement.trigger_ref(), on),
        statement.if_exists().is_some(),
        statement.drop_behavior(),
    );
}
