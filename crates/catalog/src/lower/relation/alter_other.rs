//! `ALTER TABLE` of what is no table: the server takes views, sequences and indexes for some actions
//! (sql-altertable.html, "Notes"; `pg_dump` writes such statements).

use squawk_syntax::ast::{self, AstNode};

use super::super::{Context, expression, names};
use crate::{Change, ObjectRef, QName, ViewChange, catalog::Relation, model::Parameters};

/// Carries out the actions on a view, sequence or index.
pub(super) fn lower(
    context: &mut Context<'_>,
    node: &ast::TableNameRef,
    name: &QName,
    found: &Relation,
    actions: &[ast::AlterTableAction],
) -> Option<()> {
    let object = match found {
        Relation::View => ObjectRef::View(name.clone()),
        Relation::Sequence | Relation::IdentitySequence(..) => ObjectRef::Sequence(name.clone()),
        Relation::Index | Relation::ConstraintIndex(_) => ObjectRef::Index(name.clone()),
        Relation::Table => ObjectRef::Table(name.clone()),
        Relation::Composite => {
            let message = format!("\"{}\" is a composite type", name.name.as_str());
            context.problem(node.syntax(), message);
            return None;
        }
    };
    for action in actions {
        self::action(context, node, name, &object, action)?;
    }
    Some(())
}

fn action(
    context: &mut Context<'_>,
    node: &ast::TableNameRef,
    name: &QName,
    object: &ObjectRef,
    action: &ast::AlterTableAction,
) -> Option<()> {
    match action {
        ast::AlterTableAction::OwnerTo(to) => super::set_owner(context, object.clone(), to),
        ast::AlterTableAction::SetSchema(to) => super::set_schema(context, object.clone(), to),
        ast::AlterTableAction::TableRenameTo(to) => {
            rename(context, object.clone(), name, &to.table_name()?)
        }
        ast::AlterTableAction::RenameColumn(to)
            if matches!(object, ObjectRef::View(_) | ObjectRef::Index(_)) =>
        {
            let column = names::name(&to.column_name_ref()?);
            context.emit(Change::Rename {
                object: ObjectRef::Column(name.clone(), column),
                to: names::name(&to.column_name()?),
            });
            Some(())
        }
        other => {
            if let ObjectRef::View(_) = object
                && let Some(change) = view_change(other)
            {
                context.emit(Change::View {
                    view: name.clone(),
                    change,
                });
                return Some(());
            }
            let message = format!(
                "ALTER action cannot be performed on relation \"{}\"",
                name.name.as_str()
            );
            context.problem(node.syntax(), message);
            None
        }
    }
}

fn view_change(action: &ast::AlterTableAction) -> Option<ViewChange> {
    Some(match action {
        ast::AlterTableAction::AlterColumn(alter) => {
            let column = names::name(&alter.column_name_ref()?);
            match alter.option()? {
                ast::AlterColumnOption::SetDefault(set) => ViewChange::SetDefault {
                    column,
                    default: set.expr().as_ref().map(expression::expr),
                },
                ast::AlterColumnOption::DropDefault(_) => ViewChange::SetDefault {
                    column,
                    default: None,
                },
                ast::AlterColumnOption::SetStatistics(set) => {
                    let target = set.expr().as_ref().and_then(expression::integer);
                    let target = target.and_then(|target| i32::try_from(target).ok());
                    ViewChange::SetStatistics {
                        column,
                        target: target.filter(|target| *target >= 0),
                    }
                }
                _ => return None,
            }
        }
        ast::AlterTableAction::SetOptions(set) => ViewChange::SetParameters {
            set: expression::parameters(&set.attribute_list()?),
            reset: Vec::new(),
        },
        ast::AlterTableAction::ResetOptions(reset) => ViewChange::SetParameters {
            set: Parameters::new(),
            reset: expression::parameter_names(&reset.attribute_list()?),
        },
        ast::AlterTableAction::SetTablespace(set) => {
            ViewChange::SetTablespace(super::tablespace_of(set.tablespace_ref()))
        }
        ast::AlterTableAction::SetAccessMethod(set) => {
            let method = set.access_method_ref().map(|method| names::name(&method));
            ViewChange::SetAccessMethod(method.filter(|method| *method != "heap"))
        }
        _ => return None,
    })
}

/// `RENAME TO`: the new name must be free.
pub(super) fn rename(
    context: &mut Context<'_>,
    object: ObjectRef,
    name: &QName,
    to_node: &impl AstNode,
) -> Option<()> {
    let to = names::name(to_node);
    if context
        .catalog
        .relation(&name.sibling(to.clone()))
        .is_some()
    {
        let message = format!("relation \"{}\" already exists", to.as_str());
        context.problem(to_node.syntax(), message);
        return None;
    }
    context.emit(Change::Rename { object, to });
    Some(())
}
