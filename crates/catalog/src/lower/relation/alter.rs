//! `ALTER TABLE`: its actions in the order in which the server carries them out, which is not the order in which they
//! are written (`AT_PASS_…` in `tablecmds.c`).

use squawk_syntax::ast;

use super::{
    super::Context, alter_column, alter_constraint, alter_other, alter_partition, alter_property,
    constraint::Pending, partition,
};
use crate::{Change, ObjectRef, QName, TableChange, catalog::Relation};

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
    /// Whether `ONLY` leaves out children that there are.
    pub(super) fn is_only_with_children(&self, context: &Context<'_>) -> bool {
        self.only && !crate::apply::table::children(&context.catalog, &self.name).is_empty()
    }

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
        other => alter_property::lower(context, target, other),
    }
}

/// Emits a change of the table alone.
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
