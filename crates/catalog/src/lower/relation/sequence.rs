//! `CREATE SEQUENCE` and `ALTER SEQUENCE`.

use squawk_syntax::ast::{self, AstNode};

use super::super::{
    Context,
    names::{self, Written},
};
use crate::{
    Change, Name, Object, ObjectRef, Privileges, QName,
    catalog::Relation,
    model::{Identity, Persistence, Sequence, SequenceOptions},
};

/// A sequence of these options without anything else.
pub(super) fn plain(options: SequenceOptions, owner: Option<Name>) -> Sequence {
    Sequence {
        options,
        owned_by: None,
        persistence: Persistence::Permanent,
        owner,
        privileges: Privileges::default(),
        comment: None,
    }
}

/// `CREATE SEQUENCE`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateSequence) -> Option<()> {
    let node = statement.sequence()?;
    let persistence = super::persistence(statement.persistence());
    let name = super::new_relation(
        context,
        &node,
        persistence,
        statement.if_not_exists().is_some(),
    )?;
    let options = statement.sequence_options();
    let options = context.new_sequence_options(statement, options, None)?;
    let mut sequence = plain(options, context.session.role.clone());
    sequence.persistence = persistence;
    for option in statement.sequence_options() {
        match option {
            ast::SequenceOption::OptionOwnedBy(owned) => {
                sequence.owned_by = owner(context, &owned)?;
            }
            ast::SequenceOption::OptionUnlogged(_) => sequence.persistence = Persistence::Unlogged,
            _ => {}
        }
    }
    context.emit(Change::Create(Box::new(Object::Sequence(name, sequence))));
    Some(())
}

/// `OWNED BY table.column` or `NONE`.
fn owner(context: &mut Context<'_>, owned: &ast::OptionOwnedBy) -> Option<Option<(QName, Name)>> {
    let ast::OwnedByTarget::QualifiedColumnNameRef(target) = owned.owned_by_target()? else {
        return Some(None);
    };
    let (table, column) = names::written_column(&target);
    let Some(table) = table else {
        context.problem(target.syntax(), "invalid OWNED BY option");
        return None;
    };
    let Some((name, _)) = context.find_relation(&table) else {
        context.missing_relation(&target, "relation", &table);
        return None;
    };
    let table = context.catalog.tables.get(&name)?;
    if table.column(&column).is_none() {
        let message = super::missing_column(&column, &name);
        context.problem(target.syntax(), message);
        return None;
    }
    Some(Some((name, column)))
}

/// The sequence that a statement is about; `kind` names what it expects.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &impl AstNode,
    if_exists: bool,
) -> Option<(QName, Relation)> {
    let written: Written = names::written(node);
    match context.find_relation(&written) {
        Some((name, found @ (Relation::Sequence | Relation::IdentitySequence(..)))) => {
            Some((name, found))
        }
        Some((name, _)) => {
            let message = format!("\"{}\" is not a sequence", name.name.as_str());
            context.problem(node.syntax(), message);
            None
        }
        None if if_exists => {
            context.emit(Change::Nothing);
            None
        }
        None => {
            context.missing_relation(node, "relation", &written);
            None
        }
    }
}

/// `ALTER SEQUENCE`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterSequence) -> Option<()> {
    let node = statement.sequence_ref()?;
    let (name, found) = find(context, &node, statement.if_exists().is_some())?;
    let options: Vec<ast::SequenceOption> = statement
        .actions()
        .filter_map(|action| match action {
            ast::AlterSequenceAction::SequenceOption(option) => Some(option),
            _ => None,
        })
        .collect();
    for action in statement.actions() {
        other_action(context, &name, &action)?;
    }
    if options.is_empty() {
        return Some(());
    }
    let before = as_sequence(context, &name, &found)?;
    let mut after = before.clone();
    after.options =
        context.altered_sequence_options(statement, options.iter().cloned(), &before.options)?;
    for option in &options {
        if let ast::SequenceOption::OptionOwnedBy(owned) = option {
            after.owned_by = owner(context, owned)?;
        }
    }
    let same = after == before;
    context.emit(match same {
        // a new position is data
        true => Change::Data {
            statement: "ALTER SEQUENCE",
            table: None,
        },
        false => Change::Sequence {
            sequence: name,
            after: Box::new(after),
        },
    });
    Some(())
}

fn other_action(
    context: &mut Context<'_>,
    name: &QName,
    action: &ast::AlterSequenceAction,
) -> Option<()> {
    let object = ObjectRef::Sequence(name.clone());
    match action {
        ast::AlterSequenceAction::SequenceOption(_) => {}
        ast::AlterSequenceAction::OwnerTo(to) => super::set_owner(context, object, to)?,
        ast::AlterSequenceAction::SequenceRenameTo(to) => {
            let to = names::name(&to.sequence()?);
            context.emit(Change::Rename { object, to });
        }
        ast::AlterSequenceAction::SetSchema(to) => super::set_schema(context, object, to)?,
        ast::AlterSequenceAction::SetLogged(_) => {
            set_persistence(context, name, Persistence::Permanent)?;
        }
        ast::AlterSequenceAction::SetUnlogged(_) => {
            set_persistence(context, name, Persistence::Unlogged)?;
        }
    }
    Some(())
}

fn set_persistence(context: &mut Context<'_>, name: &QName, to: Persistence) -> Option<()> {
    let mut after = (**context.catalog.sequences.get(name)?).clone();
    after.persistence = to;
    context.emit(Change::Sequence {
        sequence: name.clone(),
        after: Box::new(after),
    });
    Some(())
}

/// A sequence as a value of its own, also where an identity column holds it.
fn as_sequence(context: &Context<'_>, name: &QName, found: &Relation) -> Option<Sequence> {
    let Relation::IdentitySequence(table, column) = found else {
        return Some((**context.catalog.sequences.get(name)?).clone());
    };
    let table = context.catalog.tables.get(table)?;
    let identity: &Identity = table.column(column)?.identity.as_ref()?;
    Some(plain(identity.options.clone(), table.owner.clone()))
}
