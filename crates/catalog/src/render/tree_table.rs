//! Tables within the tree for people.

use super::{
    index::key,
    literal::{join, names},
    tree::{Tree, constraint_line, group},
};
use crate::{
    Catalog, Grantee, QName,
    model::{
        Column, Enabled, Index, PartitionStrategy, Persistence, Policy, PolicyCommand, Table,
        TableKind, Trigger, TriggerTiming,
    },
};

/// A table with all that is on it.
pub(super) fn table(catalog: &Catalog, name: &QName, table: &Table) -> Tree {
    let columns = table.columns.iter();
    let columns = columns.map(|column| Tree::leaf(&column.name, column_detail(column)));
    let constraints = table.constraints.iter();
    let constraints = constraints.map(|(own, of)| constraint_line(own, of));
    let triggers = table.triggers.iter();
    let triggers = triggers.map(|(own, of)| Tree::leaf(own, trigger_detail(of)));
    let rules = table.rules.keys();
    let rules = rules.map(|own| Tree::leaf(own, ""));
    let policies = table.policies.iter();
    let policies = policies.map(|(own, of)| Tree::leaf(own, policy_detail(of)));
    let groups = [
        group("column", "columns", columns.collect()),
        group("constraint", "constraints", constraints.collect()),
        indexes(catalog, name),
        group("trigger", "triggers", triggers.collect()),
        group("rule", "rules", rules.collect()),
        group("policy", "policies", policies.collect()),
    ];
    Tree::leaf(&name.name, table_detail(table)).with(groups.into_iter().flatten())
}

fn table_detail(table: &Table) -> String {
    let mut words: Vec<String> = Vec::new();
    match table.persistence {
        Persistence::Permanent => {}
        Persistence::Unlogged => words.push("unlogged".to_owned()),
        Persistence::Temporary => words.push("temporary".to_owned()),
    }
    match &table.kind {
        TableKind::Plain => {}
        TableKind::Partitioned(by) => {
            let strategy = match by.strategy {
                PartitionStrategy::Range => "range",
                PartitionStrategy::List => "list",
                PartitionStrategy::Hash => "hash",
            };
            let keys = join(by.keys.iter().map(key), ", ");
            words.push(format!("partitioned by {strategy} ({keys})"));
        }
        TableKind::Foreign(foreign) => words.push(format!("foreign, on {}", foreign.server)),
    }
    if let Some(partition) = &table.partition_of {
        words.push(format!(
            "partition of {} {}",
            partition.parent, partition.bound
        ));
    }
    if !table.inherits.is_empty() {
        words.push(format!("inherits {}", join(&table.inherits, ", ")));
    }
    if table.row_security.enabled {
        words.push("row security".to_owned());
    }
    words.join(", ")
}

fn column_detail(column: &Column) -> String {
    let mut detail = column.data_type.to_string();
    if column.not_null.is_some() {
        detail.push_str(" not null");
    }
    if let Some(default) = &column.default {
        detail.push_str(&format!(" default {default}"));
    }
    if let Some(generated) = &column.generated {
        detail.push_str(&format!(" generated as ({})", generated.expression));
    }
    if let Some(identity) = &column.identity {
        let when = if identity.always {
            "always"
        } else {
            "by default"
        };
        detail.push_str(&format!(" identity {when}"));
    }
    detail
}

/// The indexes of a table or materialized view that no constraint has.
pub(super) fn indexes(catalog: &Catalog, of: &QName) -> Option<Tree> {
    let within = QName::new(of.schema.clone(), "");
    let schema = catalog.indexes.from_key(&within);
    let schema = schema.take_while(|(name, _)| name.schema == of.schema);
    let own = schema.filter(|(_, index)| index.table == *of);
    let lines = own.map(|(name, index)| Tree::leaf(&name.name, index_detail(index)));
    group("index", "indexes", lines.collect())
}

fn index_detail(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let keys = join(index.keys.iter().map(key), ", ");
    let mut detail = format!("{unique}{} ({keys})", index.method);
    if !index.include.is_empty() {
        detail.push_str(&format!(" include {}", names(&index.include)));
    }
    if let Some(predicate) = &index.predicate {
        detail.push_str(&format!(" where {predicate}"));
    }
    if !index.valid {
        detail.push_str(", not valid");
    }
    detail
}

/// When a trigger fires and what it calls.
pub(super) fn trigger_detail(trigger: &Trigger) -> String {
    let timing = match trigger.timing {
        TriggerTiming::Before => "before",
        TriggerTiming::After => "after",
        TriggerTiming::InsteadOf => "instead of",
    };
    let events = [
        (trigger.events.insert, "insert"),
        (trigger.events.update, "update"),
        (trigger.events.delete, "delete"),
        (trigger.events.truncate, "truncate"),
    ];
    let events = events.into_iter().filter(|(fires, _)| *fires);
    let events = join(events.map(|(_, event)| event), " or ");
    let each = if trigger.for_each_row {
        "row"
    } else {
        "statement"
    };
    let enabled = match trigger.enabled {
        Enabled::Origin => "",
        Enabled::Always => ", always",
        Enabled::Replica => ", on replicas only",
        Enabled::Disabled => ", disabled",
    };
    format!(
        "{timing} {events} for each {each}: {}(){enabled}",
        trigger.function
    )
}

fn policy_detail(policy: &Policy) -> String {
    let command = match policy.command {
        PolicyCommand::All => "all",
        PolicyCommand::Select => "select",
        PolicyCommand::Insert => "insert",
        PolicyCommand::Update => "update",
        PolicyCommand::Delete => "delete",
    };
    let roles = policy.roles.iter().map(|grantee| match grantee {
        Grantee::Owner => "the owner".to_owned(),
        Grantee::Public => "everybody".to_owned(),
        Grantee::Role(name) => name.to_string(),
    });
    let restrictive = if policy.permissive {
        ""
    } else {
        "restrictive, "
    };
    let mut detail = format!("{restrictive}{command} for {}", join(roles, ", "));
    if let Some(using) = &policy.using {
        detail.push_str(&format!(" using ({using})"));
    }
    if let Some(check) = &policy.check {
        detail.push_str(&format!(" check ({check})"));
    }
    detail
}
