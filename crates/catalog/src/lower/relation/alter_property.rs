//! Properties of a table in `ALTER TABLE`: which triggers and rules are in force, row security, how and where it is kept.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression, names},
    alter::{Target, emit},
};
use crate::{
    Change, Name, QName, TableChange,
    model::{Enabled, Parameters, Persistence, ReplicaIdentity, TableKind},
};

/// Triggers, rules, row security and properties of the table as a whole.
pub(super) fn lower(
    context: &mut Context<'_>,
    target: &Target,
    action: &ast::AlterTableAction,
) -> Option<()> {
    use ast::AlterTableAction as Action;
    let change = match action {
        Action::EnableTrigger(it) => {
            return trigger(context, target, it.trigger_target(), Enabled::Origin);
        }
        Action::DisableTrigger(it) => {
            return trigger(context, target, it.trigger_target(), Enabled::Disabled);
        }
        Action::EnableReplicaTrigger(it) => {
            return one_trigger(context, target, &it.trigger_ref()?, Enabled::Replica);
        }
        Action::EnableAlwaysTrigger(it) => {
            return one_trigger(context, target, &it.trigger_ref()?, Enabled::Always);
        }
        Action::EnableRule(it) => rule(&it.rule_ref()?, Enabled::Origin),
        Action::DisableRule(it) => rule(&it.rule_ref()?, Enabled::Disabled),
        Action::EnableReplicaRule(it) => rule(&it.rule_ref()?, Enabled::Replica),
        Action::EnableAlwaysRule(it) => rule(&it.rule_ref()?, Enabled::Always),
        Action::EnableRls(_) => TableChange::EnableRowSecurity(true),
        Action::DisableRls(_) => TableChange::EnableRowSecurity(false),
        Action::ForceRls(_) => TableChange::ForceRowSecurity(true),
        Action::NoForceRls(_) => TableChange::ForceRowSecurity(false),
        other => return property(context, target, other),
    };
    emit(context, target, change)
}

fn property(
    context: &mut Context<'_>,
    target: &Target,
    action: &ast::AlterTableAction,
) -> Option<()> {
    use ast::AlterTableAction as Action;
    let change = match action {
        Action::ReplicaIdentity(it) => {
            let option = it.replica_identity_option()?;
            let identity = replica_identity(context, target, &option)?;
            TableChange::ReplicaIdentity(identity)
        }
        Action::ClusterOn(it) => {
            let index = it.index_ref()?;
            TableChange::ClusterOn(Some(own_index(context, target, &index)?))
        }
        Action::SetWithoutCluster(_) => TableChange::ClusterOn(None),
        Action::SetLogged(_) => TableChange::SetPersistence(Persistence::Permanent),
        Action::SetUnlogged(_) => TableChange::SetPersistence(Persistence::Unlogged),
        Action::SetAccessMethod(it) => {
            let method = it.access_method_ref().map(|method| names::name(&method));
            TableChange::SetAccessMethod(method.filter(|method| *method != "heap"))
        }
        Action::SetTablespace(it) => {
            TableChange::SetTablespace(super::tablespace_of(it.tablespace_ref()))
        }
        Action::SetOptions(it) => TableChange::SetParameters {
            set: expression::parameters(&it.attribute_list()?),
            reset: Vec::new(),
        },
        Action::ResetOptions(it) => TableChange::SetParameters {
            set: Parameters::new(),
            reset: expression::parameter_names(&it.attribute_list()?),
        },
        Action::AlterOptionList(list) => return foreign_options(context, target, list),
        Action::OfType(of) => TableChange::OfType(Some(context.data_type(&of.ty()?)?.name)),
        Action::NotOf(_) => TableChange::OfType(None),
        Action::SetWithoutOids(_) => {
            context.emit(Change::Nothing);
            return Some(());
        }
        _ => {
            context.unknown("an action of ALTER TABLE that is not modelled");
            return None;
        }
    };
    emit(context, target, change)
}

fn trigger(
    context: &mut Context<'_>,
    target: &Target,
    which: Option<ast::TriggerTarget>,
    enabled: Enabled,
) -> Option<()> {
    match which? {
        ast::TriggerTarget::TriggerRef(named) => one_trigger(context, target, &named, enabled),
        // triggers of constraints, which `USER` leaves alone, are not in the model
        ast::TriggerTarget::All(_) | ast::TriggerTarget::User(_) => {
            let change = TableChange::EnableTrigger {
                trigger: None,
                enabled,
            };
            emit(context, target, change)
        }
    }
}

fn one_trigger(
    context: &mut Context<'_>,
    target: &Target,
    node: &ast::TriggerRef,
    enabled: Enabled,
) -> Option<()> {
    let name: Name = names::name(node);
    let table = context.catalog.tables.get(&target.name)?;
    if !table.triggers.contains_key(&name) {
        let message = format!(
            "trigger \"{}\" for table \"{}\" does not exist",
            name.as_str(),
            target.name.name.as_str()
        );
        context.problem(node.syntax(), message);
        return None;
    }
    let has_it = |context: &Context<'_>, table: &QName| {
        let table = context.catalog.tables.get(table);
        table.is_some_and(|table| table.triggers.get(&name).is_some_and(|own| own.inherited))
    };
    let clones = target.below(context);
    let clones: Vec<QName> = clones
        .into_iter()
        .filter(|one| has_it(context, one))
        .collect();
    let change = TableChange::EnableTrigger {
        trigger: Some(name.clone()),
        enabled,
    };
    emit(context, target, change.clone())?;
    for table in clones {
        context.emit(Change::Table {
            table,
            change: change.clone(),
        });
    }
    Some(())
}

fn rule(node: &ast::RuleRef, enabled: Enabled) -> TableChange {
    TableChange::EnableRule {
        rule: names::name(node),
        enabled,
    }
}

fn replica_identity(
    context: &mut Context<'_>,
    target: &Target,
    option: &ast::ReplicaIdentityOption,
) -> Option<ReplicaIdentity> {
    Some(match option {
        ast::ReplicaIdentityOption::ReplicaIdentityDefault(_) => ReplicaIdentity::Default,
        ast::ReplicaIdentityOption::ReplicaIdentityFull(_) => ReplicaIdentity::Full,
        ast::ReplicaIdentityOption::ReplicaIdentityNothing(_) => ReplicaIdentity::Nothing,
        ast::ReplicaIdentityOption::UsingIndexName(using) => {
            ReplicaIdentity::Index(own_index(context, target, &using.index_ref()?)?)
        }
    })
}

fn foreign_options(
    context: &mut Context<'_>,
    target: &Target,
    list: &ast::AlterOptionList,
) -> Option<()> {
    let table = context.catalog.tables.get(&target.name)?;
    let TableKind::Foreign(foreign) = &table.kind else {
        let message = format!("\"{}\" is not a foreign table", target.name.name.as_str());
        context.problem(list.syntax(), message);
        return None;
    };
    let options = expression::foreign_options(list, &foreign.options);
    let change = TableChange::SetForeignOptions {
        column: None,
        options,
    };
    emit(context, target, change)
}

/// An index of the table itself, also one of a constraint.
fn own_index(context: &mut Context<'_>, target: &Target, node: &ast::IndexRef) -> Option<Name> {
    let name = names::name(node);
    let index = target.name.sibling(name.clone());
    let free = context.catalog.indexes.get(&index);
    let table = context.catalog.tables.get(&target.name)?;
    let of_constraint = table.constraints.get(&name);
    if free.is_some_and(|index| index.table == target.name)
        || of_constraint.is_some_and(|one| one.index().is_some())
    {
        return Some(name);
    }
    let message = format!(
        "index \"{}\" for table \"{}\" does not exist",
        name.as_str(),
        target.name.name.as_str()
    );
    context.problem(node.syntax(), message);
    None
}
