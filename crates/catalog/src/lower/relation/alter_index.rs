//! `ALTER INDEX`.

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression},
    alter_other,
};
use crate::{Change, IndexChange, ObjectRef, QName, catalog::Relation, model::Parameters};

/// `ALTER INDEX`; that of a constraint too.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::AlterIndex) -> Option<()> {
    if statement.all_in_tablespace().is_some() {
        context.unknown("all indexes of a tablespace move to another");
        return None;
    }
    let node = statement.index_ref()?;
    let name = find(context, &node, statement.if_exists().is_some())?;
    let change = match statement.action()? {
        ast::AlterIndexAction::IndexRenameTo(to) => {
            let object = ObjectRef::Index(name.clone());
            return alter_other::rename(context, object, &name, &to.index()?);
        }
        ast::AlterIndexAction::AttachIndexPartition(attach) => {
            IndexChange::Attach(find(context, &attach.index_ref()?, false)?)
        }
        ast::AlterIndexAction::SetTablespace(set) => {
            IndexChange::SetTablespace(super::tablespace_of(set.tablespace_ref()))
        }
        ast::AlterIndexAction::SetOptions(set) => IndexChange::SetParameters {
            set: expression::parameters(&set.attribute_list()?),
            reset: Vec::new(),
        },
        ast::AlterIndexAction::ResetOptions(reset) => IndexChange::SetParameters {
            set: Parameters::new(),
            reset: expression::parameter_names(&reset.attribute_list()?),
        },
        ast::AlterIndexAction::AlterSetStatistics(set) => statistics(context, &set)?,
        ast::AlterIndexAction::DependsOnExtension(_)
        | ast::AlterIndexAction::NoDependsOnExtension(_) => {
            context.unknown("an index that depends on an extension");
            return None;
        }
    };
    context.emit(Change::Index {
        index: name,
        change,
    });
    Some(())
}

fn find(context: &mut Context<'_>, node: &ast::IndexRef, if_exists: bool) -> Option<QName> {
    let (name, found) = super::existing(context, node, "relation", if_exists)?;
    // the server takes a table here as well, for RENAME; it is so rare that it is not
    if matches!(found, Relation::Index | Relation::ConstraintIndex(_)) {
        return Some(name);
    }
    let message = format!("\"{}\" is not an index", name.name.as_str());
    context.problem(node.syntax(), message);
    None
}

fn statistics(context: &mut Context<'_>, set: &ast::AlterSetStatistics) -> Option<IndexChange> {
    let key = set.expr().as_ref().and_then(expression::integer);
    let key = key.and_then(|key| u16::try_from(key).ok());
    let (Some(key), Some(statistics)) = (key, set.set_statistics()) else {
        context.problem(
            set.syntax(),
            "column number must be a positive whole number",
        );
        return None;
    };
    let target = statistics.expr().as_ref().and_then(expression::integer);
    let target = target.and_then(|target| i32::try_from(target).ok());
    Some(IndexChange::SetStatistics {
        key,
        target: target.filter(|target| *target >= 0),
    })
}
