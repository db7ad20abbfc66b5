//! Triggers and rewrite rules of tables and views.

use std::collections::BTreeMap;

use super::report::Report;
use crate::{
    Name, ObjectRef, QName,
    model::{Rule, Trigger, TriggerConstraint, TriggerEvents},
    normal::About,
};

/// Triggers of a table or view, by name.
pub(super) fn triggers(
    report: &mut Report<'_>,
    relation: &QName,
    first: &BTreeMap<Name, Trigger>,
    second: &BTreeMap<Name, Trigger>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Trigger(relation.clone(), name.clone()),
        |report, name, first, second| trigger(report, relation, name, first, second),
    );
}

fn trigger(
    report: &mut Report<'_>,
    relation: &QName,
    name: &Name,
    first: &Trigger,
    second: &Trigger,
) {
    let Trigger {
        timing,
        events,
        for_each_row,
        when,
        function,
        arguments,
        old_table,
        new_table,
        constraint,
        enabled,
        inherited,
        comment,
    } = first;
    let TriggerEvents {
        insert,
        update,
        update_of,
        delete,
        truncate,
    } = events;
    let mut trigger = report.of(ObjectRef::Trigger(relation.clone(), name.clone()));
    trigger.value("timing", timing, &second.timing);
    trigger.value("on insert", insert, &second.events.insert);
    trigger.value("on update", update, &second.events.update);
    trigger.value("on update of", update_of, &second.events.update_of);
    trigger.value("on delete", delete, &second.events.delete);
    trigger.value("on truncate", truncate, &second.events.truncate);
    trigger.value("for each row", for_each_row, &second.for_each_row);
    trigger.optional_expression(
        "when",
        when.as_ref(),
        second.when.as_ref(),
        About::rows(relation),
    );
    trigger.value("function", function, &second.function);
    trigger.value("arguments", arguments, &second.arguments);
    trigger.value("old table", old_table, &second.old_table);
    trigger.value("new table", new_table, &second.new_table);
    match (constraint, &second.constraint) {
        (Some(first), Some(second)) => {
            let TriggerConstraint { from, deferral } = first;
            trigger.value("from", from, &second.from);
            trigger.value("deferrable", deferral, &second.deferral);
        }
        (first, second) => trigger.value("constraint trigger", first, second),
    }
    trigger.value("enabled", enabled, &second.enabled);
    trigger.value("inherited", inherited, &second.inherited);
    trigger.comment(comment, &second.comment);
}

/// Rewrite rules of a table or view, by name.
pub(super) fn rules(
    report: &mut Report<'_>,
    relation: &QName,
    first: &BTreeMap<Name, Rule>,
    second: &BTreeMap<Name, Rule>,
) {
    report.each(
        first,
        second,
        |name| ObjectRef::Rule(relation.clone(), name.clone()),
        |report, name, first, second| {
            let Rule {
                event,
                instead,
                condition,
                actions,
                enabled,
                comment,
            } = first;
            let mut rule = report.of(ObjectRef::Rule(relation.clone(), name.clone()));
            rule.value("event", event, &second.event);
            rule.value("instead", instead, &second.instead);
            rule.optional_expression(
                "where",
                condition.as_ref(),
                second.condition.as_ref(),
                About::rows(relation),
            );
            if actions.len() == second.actions.len() {
                for (first, second) in actions.iter().zip(&second.actions) {
                    rule.expression("action", first, second, About::statement());
                }
            } else {
                rule.value("actions", actions, &second.actions);
            }
            rule.value("enabled", enabled, &second.enabled);
            rule.comment(comment, &second.comment);
        },
    );
}
