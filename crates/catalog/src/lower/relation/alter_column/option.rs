//! `ALTER COLUMN`: what is changed of a column.

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use crate::{
    Name, TableChange,
    lower::{
        Context, expression, names,
        relation::{
            self,
            alter::{Target, emit, emit_all},
            alter_identity, alter_not_null,
            column::WantedNotNull,
            column_details,
        },
        types,
    },
    model::{Column, Generated, Parameters},
};

/// `ALTER COLUMN`.
pub(in crate::lower::relation) fn alter(
    context: &mut Context<'_>,
    target: &Target,
    alter: &ast::AlterColumn,
) -> Option<()> {
    use ast::AlterColumnOption as Of;
    let node = alter.column_name_ref()?;
    let column = names::name(&node);
    relation::check_column(context, &node, &target.name, &column)?;
    let table = context.catalog.tables.get(&target.name)?;
    let own = table.column(&column)?.clone();
    let change = match alter.option()? {
        Of::SetType(set) => return set_type(context, target, &set, column),
        Of::SetDefault(set) => TableChange::SetDefault {
            default: column_details::default(context, &set.expr()?, &own.data_type),
            column,
        },
        Of::DropDefault(_) => TableChange::SetDefault {
            column,
            default: None,
        },
        Of::SetNotNull(_) => {
            alter_not_null::set(context, target, &column, &WantedNotNull::default());
            return Some(());
        }
        Of::DropNotNull(_) => return alter_not_null::drop(context, target, &node, column),
        Of::SetStatistics(set) => TableChange::SetStatistics {
            column,
            target: statistics_target(&set),
        },
        Of::SetOptions(set) => TableChange::SetColumnOptions {
            column,
            set: expression::parameters(&set.attribute_list()?),
            reset: Vec::new(),
        },
        Of::ResetOptions(reset) => TableChange::SetColumnOptions {
            column,
            set: Parameters::new(),
            reset: expression::parameter_names(&reset.attribute_list()?),
        },
        Of::SetStorage(set) => {
            let mode = set.storage_mode()?.syntax().text().to_string();
            let storage = column_details::storage(context, &own.data_type, &mode);
            TableChange::SetStorage { column, storage }
        }
        Of::SetCompression(set) => {
            let method = set.compression_method_name()?.syntax().text().to_string();
            TableChange::SetCompression {
                compression: column_details::compression(&method),
                column,
            }
        }
        Of::SetOptionsList(set) => TableChange::SetForeignOptions {
            options: expression::foreign_options(&set.alter_option_list()?, &own.foreign_options),
            column: Some(column),
        },
        Of::SetExpression(set) => TableChange::SetGenerated {
            generated: Some(set_expression(&own, &set)?),
            column,
        },
        Of::DropExpression(drop) => {
            check_generated(context, target, &own, &drop)?;
            TableChange::SetGenerated {
                column,
                generated: None,
            }
        }
        identity => return alter_identity::lower(context, target, &own, &identity),
    };
    // a change of options or of the compression is for this table alone (`ATPrepCmd`)
    match &change {
        TableChange::SetColumnOptions { .. }
        | TableChange::SetCompression { .. }
        | TableChange::SetForeignOptions { .. } => emit(context, target, change),
        _ => emit_all(context, target, &change),
    }
}

/// Whether the values are stored stays as it was.
fn set_expression(own: &Column, set: &ast::SetExpression) -> Option<Generated> {
    let generated = own.generated.as_ref();
    Some(Generated {
        expression: expression::expr(&set.expr()?),
        stored: generated.is_none_or(|generated| generated.stored),
    })
}

fn check_generated(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    drop: &ast::DropExpression,
) -> Option<()> {
    if own.generated.is_some() || drop.if_exists().is_some() {
        return Some(());
    }
    let (name, of) = (own.name.as_str(), target.name.name.as_str());
    let message = format!("column \"{name}\" of relation \"{of}\" is not a generated column");
    context.problem(drop.syntax(), message);
    None
}

/// -1 and `DEFAULT` are the same: the default.
fn statistics_target(set: &ast::SetStatistics) -> Option<i32> {
    let target = expression::integer(&set.expr()?)?;
    i32::try_from(target).ok().filter(|target| *target >= 0)
}

fn set_type(
    context: &mut Context<'_>,
    target: &Target,
    set: &ast::SetType,
    column: Name,
) -> Option<()> {
    let ty = set.ty()?;
    if types::serial(&ty).is_some() {
        let name = names::name(&ty);
        let message = format!("type \"{}\" does not exist", name.as_str());
        let problem = Problem::new(message)
            .note("serial is no type: it stands for an integer with a sequence as its default");
        context.report(ty.syntax(), problem);
        return None;
    }
    let data_type = context.data_type(&ty)?;
    let change = TableChange::SetType {
        column,
        data_type,
        collation: set
            .collate()
            .and_then(|collate| relation::collation(context, &collate)),
        using: set
            .using_expr()
            .and_then(|using| using.expr())
            .as_ref()
            .map(expression::expr),
    };
    emit_all(context, target, &change)
}
