//! `LIKE source INCLUDING …` (`transformTableLikeClause`, `expandTableLikeClause` in `parse_utilcmd.c`).

use squawk_syntax::ast;

use super::{super::Context, create, draft::Draft};
use crate::{
    Change, Object, QName,
    catalog::Relation,
    choose,
    model::{Column, ConstraintKind, Statistics, Table},
};

/// What is taken over.
#[derive(Default, Clone, Copy)]
struct Including {
    comments: bool,
    compression: bool,
    constraints: bool,
    defaults: bool,
    generated: bool,
    identity: bool,
    indexes: bool,
    statistics: bool,
    storage: bool,
}

impl Including {
    fn read(like: &ast::LikeClause) -> Self {
        let mut including = Self::default();
        for option in like.like_options() {
            match option {
                ast::LikeOption::IncludingProperty(one) => {
                    including.set(one.table_property(), true);
                }
                ast::LikeOption::ExcludingProperty(one) => {
                    including.set(one.table_property(), false);
                }
            }
        }
        including
    }

    fn set(&mut self, property: Option<ast::TableProperty>, value: bool) {
        match property {
            Some(ast::TableProperty::PropertyAll(_)) => {
                *self = Self {
                    comments: value,
                    compression: value,
                    constraints: value,
                    defaults: value,
                    generated: value,
                    identity: value,
                    indexes: value,
                    statistics: value,
                    storage: value,
                };
            }
            Some(ast::TableProperty::PropertyComments(_)) => self.comments = value,
            Some(ast::TableProperty::PropertyCompression(_)) => self.compression = value,
            Some(ast::TableProperty::PropertyConstraints(_)) => self.constraints = value,
            Some(ast::TableProperty::PropertyDefaults(_)) => self.defaults = value,
            Some(ast::TableProperty::PropertyGenerated(_)) => self.generated = value,
            Some(ast::TableProperty::PropertyIdentity(_)) => self.identity = value,
            Some(ast::TableProperty::PropertyIndexes(_)) => self.indexes = value,
            Some(ast::TableProperty::PropertyStatistics(_)) => self.statistics = value,
            Some(ast::TableProperty::PropertyStorage(_)) => self.storage = value,
            None => {}
        }
    }
}

/// Copies into the draft what the clause asks for.
pub(super) fn copy(
    context: &mut Context<'_>,
    draft: &mut Draft,
    like: &ast::LikeClause,
) -> Option<()> {
    let node = like.relation_name_ref()?;
    let (name, found) = context.relation(&node)?;
    let including = Including::read(like);
    let Some(columns) = create::columns_of(context, &name, &found) else {
        context.unknown("LIKE a view, whose columns are not known");
        return None;
    };
    for column in &columns {
        if draft.table.column(&column.name).is_some() {
            super::column::twice(context, like, &column.name);
            return None;
        }
        let copied = self::column(context, draft, column, including);
        draft.table.columns.push(copied);
    }
    if found == Relation::Table {
        let source = context.catalog.tables.get(&name)?.clone();
        copy_constraints(draft, &source, including);
        if including.indexes {
            copy_indexes(context, draft, &name, including);
        }
        if including.statistics {
            copy_statistics(context, draft, &name, including);
        }
    }
    Some(())
}

fn column(context: &Context<'_>, draft: &Draft, source: &Column, including: Including) -> Column {
    let mut column = Column::new(source.name.clone(), source.data_type.clone());
    column.collation.clone_from(&source.collation);
    column.not_null.clone_from(&source.not_null);
    if let Some(not_null) = &mut column.not_null {
        not_null.inherited = 0;
        not_null.local = true;
        // a new table has no rows that could break it
        not_null.validated = true;
        not_null.comment = not_null.comment.take().filter(|_| including.comments);
    }
    if including.defaults {
        column.default.clone_from(&source.default);
    }
    if including.generated {
        column.generated.clone_from(&source.generated);
    }
    if including.storage {
        column.storage.clone_from(&source.storage);
    }
    if including.compression {
        column.compression.clone_from(&source.compression);
    }
    if including.comments {
        column.comment.clone_from(&source.comment);
    }
    if including.identity
        && let Some(identity) = &source.identity
    {
        let mut identity = identity.clone();
        let name = &draft.name;
        let parts = (name.name.as_str(), Some(column.name.as_str()), "seq");
        let chosen = choose::relation(&context.catalog, &name.schema, parts, None);
        identity.sequence = name.sibling(chosen);
        // all options are copied but the type (`sequence_options`, `generateSerialExtraStmts`)
        identity.options.data_type = crate::DataType::builtin("bigint");
        identity.privileges = crate::Privileges::default();
        identity.comment = None;
        column.identity = Some(identity);
    }
    column
}

fn copy_constraints(draft: &mut Draft, source: &Table, including: Including) {
    for (name, constraint) in &source.constraints {
        let mut own = constraint.clone();
        own.inherited = 0;
        own.local = true;
        own.validated = own.enforced;
        own.comment = own.comment.take().filter(|_| including.comments);
        match &own.kind {
            ConstraintKind::Check { .. } if including.constraints => {
                draft.table.constraints.insert(name.clone(), own);
            }
            ConstraintKind::Check { .. } | ConstraintKind::ForeignKey(_) => {}
            _ if !including.indexes => {}
            _ => {
                if let Some(index) = own.index_mut() {
                    index.attached_to = None;
                    index.index_comment = index.index_comment.take().filter(|_| including.comments);
                }
                draft.copied_keys.push(own);
            }
        }
    }
}

fn copy_indexes(context: &Context<'_>, draft: &mut Draft, source: &QName, including: Including) {
    for index in context.catalog.indexes.values() {
        if index.table != *source {
            continue;
        }
        let mut own = (**index).clone();
        own.table = draft.name.clone();
        own.attached_to = None;
        own.valid = true;
        own.comment = own.comment.take().filter(|_| including.comments);
        draft.copied_indexes.push(own);
    }
}

fn copy_statistics(context: &Context<'_>, draft: &mut Draft, source: &QName, including: Including) {
    for statistics in context.catalog.statistics.values() {
        if statistics.table != *source {
            continue;
        }
        let mut own = (**statistics).clone();
        own.table = draft.name.clone();
        own.comment = own.comment.take().filter(|_| including.comments);
        draft.copied_statistics.push(own);
    }
}

/// Statistics get a name of their own: `t_a_b_stat` (`ChooseExtendedStatisticName`).
pub(super) fn emit_statistics(context: &mut Context<'_>, table: &QName, statistics: Statistics) {
    let terms = statistics.terms.iter().map(|term| term.column().cloned());
    let name = choose::statistics(&context.catalog, table, terms);
    let object = Object::Statistics(name, statistics);
    context.emit(Change::Create(Box::new(object)));
}
