//! `ADD CONSTRAINT … USING INDEX`: an index that is there becomes a constraint's.

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, names},
    alter::{Target, emit},
    alter_constraint::{has_primary_key, require_not_null},
    constraint::{self, Pending},
};
use crate::{
    TableChange,
    model::{Constraint, ConstraintKind, Index, IndexTerm, IndexedConstraint, Table},
};

/// The index that a constraint names.
pub(super) fn used_index(written: &ast::Constraint) -> Option<ast::IndexRef> {
    let using = match written {
        ast::Constraint::PrimaryKeyConstraint(key) => key.using_index(),
        ast::Constraint::UniqueConstraint(unique) => unique.using_index(),
        _ => None,
    };
    using?.index_ref()
}

/// `USING INDEX`: the index becomes the constraint's, by the constraint's name (`ATExecAddIndexConstraint`).
pub(super) fn add(
    context: &mut Context<'_>,
    target: &Target,
    pending: &Pending,
    node: &ast::IndexRef,
    table: &Table,
) -> Option<()> {
    let index_name = names::name(node);
    let found = context
        .catalog
        .indexes
        .get(&target.name.sibling(index_name.clone()));
    let Some(index) = found.filter(|index| index.table == target.name).cloned() else {
        let message = format!("index \"{}\" does not exist", index_name.as_str());
        context.problem(node.syntax(), message);
        return None;
    };
    if let Some(refusal) = refusal(&index) {
        let problem = Problem::new(format!("index \"{}\" {refusal}", index_name.as_str()))
            .note("a primary key or unique constraint cannot be made of such an index");
        context.report(node.syntax(), problem);
        return None;
    }
    let own = taken_over(&index);
    let kind = match pending.is_primary_key() {
        true => ConstraintKind::PrimaryKey(own),
        false => ConstraintKind::Unique(own),
    };
    let mut built = Constraint::new(kind);
    let options = constraint::options(pending.written.constraint_options());
    built.deferral = options.deferral.unwrap_or_default();
    if pending.is_primary_key() && has_primary_key(table) {
        let of = target.name.name.as_str();
        let message = format!("multiple primary keys for table \"{of}\" are not allowed");
        context.problem(pending.written.syntax(), message);
        return None;
    }
    require_not_null(context, target, &built, true);
    let change = TableChange::AddConstraint {
        name: pending.name().unwrap_or_else(|| index_name.clone()),
        constraint: Box::new(built),
        using_index: Some(index_name),
    };
    emit(context, target, change)
}

/// Why no constraint can be made of an index.
fn refusal(index: &Index) -> Option<&'static str> {
    if !index.unique {
        Some("is not a unique index")
    } else if index.predicate.is_some() {
        Some("is a partial index")
    } else if index.keys.iter().any(|key| key.term.column().is_none()) {
        Some("contains expressions")
    } else {
        None
    }
}

/// What the constraint has of the index.
fn taken_over(index: &Index) -> IndexedConstraint {
    let columns = index.keys.iter().filter_map(|key| match &key.term {
        IndexTerm::Column(name) => Some(name.clone()),
        IndexTerm::Expression(_) => None,
    });
    IndexedConstraint {
        columns: columns.collect(),
        include: index.include.clone(),
        attributes: index.attributes.clone(),
        nulls_not_distinct: index.nulls_not_distinct,
        without_overlaps: false,
        parameters: index.parameters.clone(),
        tablespace: index.tablespace.clone(),
        index_comment: index.comment.clone(),
        attached_to: index.attached_to.clone(),
        index_valid: index.valid,
    }
}
