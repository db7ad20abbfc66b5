//! `ALTER TABLE`: its actions in the order in which the server carries them out, which is not the order in which they
//! are written (`AT_PASS_…` in `tablecmds.c`).

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression, names},
    alter_column, alter_constraint, alter_other, alter_partition,
    constraint::Pending,
    partition,
};
use crate::{
    Change, Name, ObjectRef, QName, TableChange,
    catalog::Relation,
    model::{Enabled, Persistence, ReplicaIdentity},
};

/// When an action is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pass {
    Drop,
    AlterType,
    AddColumn,
    SetExpression,
    ColumnAttributes,
    AddIndexConstraint,
    AddOtherConstraint,
    Misc,
}

const PASSES: [Pass; 8] = [
    Pass::Drop,
    Pass::AlterType,
    Pass::AddColumn,
    Pass::SetExpression,
    Pass::ColumnAttributes,
    Pass::AddIndexConstraint,
    Pass::AddOtherConstraint,
    Pass::Misc,
];

/// Something to do: an action as it is written, or a constraint that came with a column.
pub(super) enum Step {
    Action(ast::AlterTableAction),
    Constraint(Pending),
}

impl Step {
    fn pass(&self) -> Pass {
        match self {
            Self::Constraint(pending) => pass_of(pending),
            Self::Action(action) => match action {
                ast::AlterTableAction::DropColumn(_) | ast::AlterTableAction::DropConstraint(_) => {
                    Pass::Drop
                }
                ast::AlterTableAction::AddColumn(_) => Pass::AddColumn,
                ast::AlterTableAction::AlterColumn(alter) => column_pass(alter.option()),
                ast::AlterTableAction::AddConstraint(add) => match add.constraint() {
                    Some(written) => pass_of(&Pending {
                        written,
                        column: None,
                    }),
                    None => Pass::Misc,
                },
                _ => Pass::Misc,
            },
        }
    }
}

fn pass_of(pending: &Pending) -> Pass {
    if matches!(pending.written, ast::Constraint::NotNullConstraint(_)) {
        Pass::ColumnAttributes
    } else if pending.has_index() {
        Pass::AddIndexConstraint
    } else {
        Pass::AddOtherConstraint
    }
}

fn column_pass(option: Option<ast::AlterColumnOption>) -> Pass {
    match option {
        Some(
            ast::AlterColumnOption::DropDefault(_)
            | ast::AlterColumnOption::DropNotNull(_)
            | ast::AlterColumnOption::DropExpression(_)
            | ast::AlterColumnOption::DropIdentity(_),
        ) => Pass::Drop,
        Some(ast::AlterColumnOption::SetType(_)) => Pass::AlterType,
        Some(ast::AlterColumnOption::SetExpression(_)) => Pass::SetExpression,
        Some(ast::AlterColumnOption::SetNotNull(_)) => Pass::ColumnAttributes,
        Some(ast::AlterColumnOption::SetDefault(_) | ast::AlterColumnOption::AddGenerated(_)) => {
            Pass::AddOtherConstraint
        }
        _ => Pass::Misc,
    }
}

/// The table that is altered.
pub(super) struct Target {
    pub(super) name: QName,
    /// `ONLY`: its children stay as they are.
    pub(super) only: bool,
}

impl Target {
    /// The tables that a change of this one is carried to.
    pub(super) fn below(&self, context: &Context<'_>) -> Vec<QName> {
        match self.only {
            true => Vec::new(),
            false => partition::descendants(&context.catalog, &self.name),
        }
    }
}

/// `ALTER TABLE`, also of what is no table.
pub(super) fn table(context: &mut Context<'_>, statement: &ast::AlterTable) -> Option<()> {
    if statement.all_in_tablespace().is_some() {
        context.unknown("all tables of a tablespace move to another");
        return None;
    }
    let relation = statement.table_relation_name()?;
    let actions = statement.actions().collect();
    lower(context, &relation, statement.if_exists().is_some(), actions)
}

/// `ALTER FOREIGN TABLE`.
pub(super) fn foreign_table(
    context: &mut Context<'_>,
    statement: &ast::AlterForeignTable,
) -> Option<()> {
    let relation = statement.table_relation_name()?;
    let actions = statement.actions().collect();
    lower(context, &relation, statement.if_exists().is_some(), actions)
}

fn lower(
    context: &mut Context<'_>,
    relation: &ast::TableRelationName,
    if_exists: bool,
    actions: Vec<ast::AlterTableAction>,
) -> Option<()> {
    let node = relation.table_name_ref()?;
    let (name, found) = super::existing(context, &node, "relation", if_exists)?;
    if found != Relation::Table {
        return alter_other::lower(context, &node, &name, &found, &actions);
    }
    let target = Target {
        name,
        only: relation.only_token().is_some(),
    };
    let mut steps: Vec<Step> = actions.into_iter().map(Step::Action).collect();
    for pass in PASSES {
        let mut next = 0;
        while next < steps.len() {
            if steps[next].pass() == pass {
                let more = step(context, &target, &steps[next])?;
                steps.extend(more);
            }
            next += 1;
        }
    }
    Some(())
}

/// Carries out one step; what comes back is still to be done, in later passes.
fn step(context: &mut Context<'_>, target: &Target, step: &Step) -> Option<Vec<Step>> {
    match step {
        Step::Constraint(pending) => alter_constraint::add(context, target, pending)?,
        Step::Action(ast::AlterTableAction::AddColumn(add)) => {
            return alter_column::add(context, target, add);
        }
        Step::Action(action) => self::action(context, target, action)?,
    }
    Some(Vec::new())
}

fn action(
    context: &mut Context<'_>,
    target: &Target,
    action: &ast::AlterTableAction,
) -> Option<()> {
    match action {
        ast::AlterTableAction::DropColumn(drop) => alter_column::drop(context, target, drop),
        ast::AlterTableAction::AlterColumn(alter) => alter_column::alter(context, target, alter),
        ast::AlterTableAction::RenameColumn(to) => alter_column::rename(context, target, to),
        ast::AlterTableAction::AddConstraint(add) => {
            let pending = Pending {
                written: add.constraint()?,
                column: None,
            };
            alter_constraint::add(context, target, &pending)
        }
        ast::AlterTableAction::DropConstraint(it) => alter_constraint::drop(context, target, it),
        ast::AlterTableAction::AlterConstraint(it) => alter_constraint::alter(context, target, it),
        ast::AlterTableAction::ValidateConstraint(it) => {
            alter_constraint::validate(context, target, it)
        }
        ast::AlterTableAction::RenameConstraint(it) => {
            alter_constraint::rename(context, target, it)
        }
        ast::AlterTableAction::AttachPartition(it) => alter_partition::attach(context, target, it),
        ast::AlterTableAction::DetachPartition(it) => alter_partition::detach(context, target, it),
        ast::AlterTableAction::InheritTable(it) => alter_partition::inherit(context, target, it),
        ast::AlterTableAction::NoInheritTable(it) => {
            alter_partition::no_inherit(context, target, it)
        }
        ast::AlterTableAction::MergePartitions(_) | ast::AlterTableAction::SplitPartition(_) => {
            context.unknown("partitions that are merged or split");
            None
        }
        ast::AlterTableAction::OwnerTo(to) => {
            super::set_owner(context, ObjectRef::Table(target.name.clone()), to)
        }
        ast::AlterTableAction::SetSchema(to) => {
            super::set_schema(context, ObjectRef::Table(target.name.clone()), to)
        }
        ast::AlterTableAction::TableRenameTo(to) => {
            let object = ObjectRef::Table(target.name.clone());
            alter_other::rename(context, object, &target.name, &to.table_name()?)
        }
        other => switch(context, target, other),
    }
}

/// Triggers, rules, row security and properties of the table as a whole.
fn switch(
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
            let identity = replica_identity(&it.replica_identity_option()?)?;
            TableChange::ReplicaIdentity(identity)
        }
        Action::ClusterOn(it) => TableChange::ClusterOn(Some(names::name(&it.index_ref()?))),
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
            set: crate::model::Parameters::new(),
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

pub(super) fn emit(context: &mut Context<'_>, target: &Target, change: TableChange) -> Option<()> {
    context.emit(Change::Table {
        table: target.name.clone(),
        change,
    });
    Some(())
}

/// Emits a change for the table and for those below it.
pub(super) fn emit_all(
    context: &mut Context<'_>,
    target: &Target,
    change: &TableChange,
) -> Option<()> {
    emit(context, target, change.clone())?;
    for table in target.below(context) {
        context.emit(Change::Table {
            table,
            change: change.clone(),
        });
    }
    Some(())
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

fn replica_identity(option: &ast::ReplicaIdentityOption) -> Option<ReplicaIdentity> {
    Some(match option {
        ast::ReplicaIdentityOption::ReplicaIdentityDefault(_) => ReplicaIdentity::Default,
        ast::ReplicaIdentityOption::ReplicaIdentityFull(_) => ReplicaIdentity::Full,
        ast::ReplicaIdentityOption::ReplicaIdentityNothing(_) => ReplicaIdentity::Nothing,
        ast::ReplicaIdentityOption::UsingIndexName(using) => {
            ReplicaIdentity::Index(names::name(&using.index_ref()?))
        }
    })
}

fn foreign_options(
    context: &mut Context<'_>,
    target: &Target,
    list: &ast::AlterOptionList,
) -> Option<()> {
    let table = context.catalog.tables.get(&target.name)?;
    let crate::model::TableKind::Foreign(foreign) = &table.kind else {
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
