//! `CREATE TRIGGER`, `CREATE RULE` and `CREATE POLICY`, and whether they are in force.

use super::{
    constraint::deferral,
    literal::{join, literal},
    name::or_builtin,
    privileges::role,
    table::alter,
};
use crate::{
    Expr, Name, QName,
    model::{
        Enabled, Policy, PolicyCommand, Rule, RuleEvent, Trigger, TriggerEvents, TriggerTiming,
    },
};

/// `CREATE TRIGGER`; see [`enable_trigger`] for whether it fires.
pub fn create_trigger(of: &QName, name: &Name, trigger: &Trigger) -> String {
    let kind = if trigger.constraint.is_some() {
        "CONSTRAINT "
    } else {
        ""
    };
    let timing = match trigger.timing {
        TriggerTiming::Before => "BEFORE",
        TriggerTiming::After => "AFTER",
        TriggerTiming::InsteadOf => "INSTEAD OF",
    };
    let events = events(&trigger.events);
    let mut text = format!("CREATE {kind}TRIGGER {name} {timing} {events} ON {of}");
    if let Some(constraint) = &trigger.constraint {
        if let Some(from) = &constraint.from {
            text.push_str(&format!(" FROM {from}"));
        }
        text.push_str(deferral(constraint.deferral));
    }
    let tables = [("OLD", &trigger.old_table), ("NEW", &trigger.new_table)];
    let tables: Vec<String> = tables
        .into_iter()
        .filter_map(|(which, name)| Some(format!("{which} TABLE AS {}", name.as_ref()?)))
        .collect();
    if !tables.is_empty() {
        text.push_str(&format!(" REFERENCING {}", tables.join(" ")));
    }
    let each = if trigger.for_each_row {
        "ROW"
    } else {
        "STATEMENT"
    };
    text.push_str(&format!("\n    FOR EACH {each}"));
    if let Some(when) = &trigger.when {
        text.push_str(&format!(" WHEN ({when})"));
    }
    let arguments = trigger.arguments.iter().map(|argument| literal(argument));
    text.push_str(&format!(
        " EXECUTE FUNCTION {}({});",
        or_builtin(&trigger.function),
        join(arguments, ", ")
    ));
    text
}

fn events(events: &TriggerEvents) -> String {
    let mut words = Vec::new();
    if events.insert {
        words.push("INSERT".to_owned());
    }
    if events.delete {
        words.push("DELETE".to_owned());
    }
    if !events.update_of.is_empty() {
        words.push(format!("UPDATE OF {}", join(&events.update_of, ", ")));
    } else if events.update {
        words.push("UPDATE".to_owned());
    }
    if events.truncate {
        words.push("TRUNCATE".to_owned());
    }
    words.join(" OR ")
}

/// When a trigger fires; nothing where it is as it was created.
pub fn enable_trigger(of: &QName, name: &Name, enabled: Enabled) -> String {
    alter(of, &format!("{} TRIGGER {name}", enable(enabled)))
}

/// When a rule is in force.
pub fn enable_rule(of: &QName, name: &Name, enabled: Enabled) -> String {
    alter(of, &format!("{} RULE {name}", enable(enabled)))
}

fn enable(enabled: Enabled) -> &'static str {
    match enabled {
        Enabled::Origin => "ENABLE",
        Enabled::Always => "ENABLE ALWAYS",
        Enabled::Replica => "ENABLE REPLICA",
        Enabled::Disabled => "DISABLE",
    }
}

/// `CREATE RULE`.
pub fn create_rule(of: &QName, name: &Name, rule: &Rule) -> String {
    let event = match rule.event {
        RuleEvent::Select => "SELECT",
        RuleEvent::Insert => "INSERT",
        RuleEvent::Update => "UPDATE",
        RuleEvent::Delete => "DELETE",
    };
    let condition = rule.condition.as_ref();
    let condition = condition.map(|condition| format!(" WHERE {condition}"));
    let instead = if rule.instead { "INSTEAD" } else { "ALSO" };
    let actions = match rule.actions.as_slice() {
        [] => "NOTHING".to_owned(),
        [one] => one.to_string(),
        several => format!("(\n    {}\n)", join(several, ";\n    ")),
    };
    format!(
        "CREATE RULE {name} AS ON {event} TO {of}{} DO {instead} {actions};",
        condition.unwrap_or_default()
    )
}

/// `CREATE POLICY`.
pub fn create_policy(of: &QName, name: &Name, policy: &Policy) -> String {
    let mut text = format!("CREATE POLICY {name} ON {of}");
    if !policy.permissive {
        text.push_str(" AS RESTRICTIVE");
    }
    text.push_str(match policy.command {
        PolicyCommand::All => "",
        PolicyCommand::Select => " FOR SELECT",
        PolicyCommand::Insert => " FOR INSERT",
        PolicyCommand::Update => " FOR UPDATE",
        PolicyCommand::Delete => " FOR DELETE",
    });
    let roles = join(policy.roles.iter().map(|grantee| role(grantee, None)), ", ");
    if !policy.roles.is_empty() && roles != "PUBLIC" {
        text.push_str(&format!(" TO {roles}"));
    }
    let mut clause = |word: &str, expression: &Option<Expr>| {
        if let Some(expression) = expression {
            text.push_str(&format!("\n    {word} ({expression})"));
        }
    };
    clause("USING", &policy.using);
    clause("WITH CHECK", &policy.check);
    text.push(';');
    text
}
