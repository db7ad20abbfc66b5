//! Identity columns in `ALTER TABLE`.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::Context,
    alter::{Target, emit},
    column,
};
use crate::{
    Change, TableChange,
    model::{Column, Identity},
};

/// The actions of `ALTER COLUMN` that are about an identity.
pub(super) fn lower(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    option: &ast::AlterColumnOption,
) -> Option<()> {
    match option {
        ast::AlterColumnOption::AddGenerated(add) => self::add(context, target, own, add),
        ast::AlterColumnOption::DropIdentity(drop) => {
            if own.identity.is_none() {
                return missing(context, target, own, drop, drop.if_exists().is_some());
            }
            set(context, target, own, None)
        }
        ast::AlterColumnOption::SetGenerated(it) => {
            let after = altered(
                context,
                target,
                own,
                it,
                [ast::SetGeneratedOption::SetGenerated(it.clone())],
            )?;
            set(context, target, own, Some(after))
        }
        ast::AlterColumnOption::SetSequenceOption(it) => {
            let options = [ast::SetGeneratedOption::SetSequenceOption(it.clone())];
            let after = altered(context, target, own, it, options)?;
            set(context, target, own, Some(after))
        }
        ast::AlterColumnOption::SetGeneratedOptions(it) => {
            let after = altered(context, target, own, it, it.set_generated_options())?;
            set(context, target, own, Some(after))
        }
        ast::AlterColumnOption::Restart(_) => {
            // a new position is data
            context.emit(Change::Data {
                statement: "ALTER TABLE",
                table: Some(target.name.clone()),
            });
            Some(())
        }
        _ => {
            context.unknown("an action of ALTER COLUMN that is not modelled");
            None
        }
    }
}

fn add(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    add: &ast::AddGenerated,
) -> Option<()> {
    let (name, of) = (own.name.as_str(), target.name.name.as_str());
    let refusal = if own.identity.is_some() {
        Some(format!(
            "column \"{name}\" of relation \"{of}\" is already an identity column"
        ))
    } else if own.not_null.is_none() {
        Some(format!(
            "column \"{name}\" of relation \"{of}\" must be declared NOT NULL before identity can be added"
        ))
    } else if own.default.is_some() {
        Some(format!(
            "column \"{name}\" of relation \"{of}\" already has a default value"
        ))
    } else {
        None
    };
    if let Some(message) = refusal {
        context.problem(add.syntax(), message);
        return None;
    }
    let identity = column::identity(
        context,
        add,
        add.generated_when(),
        add.sequence_option_list(),
        (&target.name, &own.name, &own.data_type),
    )?;
    set(context, target, own, Some(identity))
}

fn set(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    identity: Option<Identity>,
) -> Option<()> {
    let change = TableChange::SetIdentity {
        column: own.name.clone(),
        identity: identity.map(Box::new),
    };
    emit(context, target, change)
}

fn altered(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    node: &impl AstNode,
    options: impl IntoIterator<Item = ast::SetGeneratedOption>,
) -> Option<Identity> {
    let Some(mut identity) = own.identity.clone() else {
        missing(context, target, own, node, false);
        return None;
    };
    let mut of_sequence = Vec::new();
    for option in options {
        match option {
            ast::SetGeneratedOption::SetGenerated(set) => {
                let when = set.generated_when();
                identity.always = matches!(when, Some(ast::GeneratedWhen::GeneratedAlways(_)));
            }
            ast::SetGeneratedOption::SetSequenceOption(set) => {
                of_sequence.extend(set.sequence_option());
            }
            ast::SetGeneratedOption::Restart(_) => {}
        }
    }
    let before = identity.options.clone();
    identity.options = context.altered_sequence_options(node, of_sequence.into_iter(), &before)?;
    Some(identity)
}

fn missing(
    context: &mut Context<'_>,
    target: &Target,
    own: &Column,
    node: &impl AstNode,
    if_exists: bool,
) -> Option<()> {
    if if_exists {
        context.emit(Change::Nothing);
        return Some(());
    }
    let message = format!(
        "column \"{}\" of relation \"{}\" is not an identity column",
        own.name.as_str(),
        target.name.name.as_str()
    );
    context.problem(node.syntax(), message);
    None
}
