//! A table's constraints, from the words of a statement to the model; their names are chosen in `choose.rs`.

use std::collections::BTreeSet;

use squawk_syntax::ast::{self, AstNode};

use super::{
    super::{Context, expression, names},
    index,
};
use crate::{
    Name, QName, choose,
    model::{
        Constraint, ConstraintKind, Deferral, Exclusion, IndexTerm, IndexedConstraint, Parameters,
        Table,
    },
};

/// A constraint that is to be made: as it is written, and the column that it stands with, if it stands with one.
#[derive(Clone)]
pub(super) struct Pending {
    pub(super) written: ast::Constraint,
    pub(super) column: Option<Name>,
}

impl Pending {
    /// The name that the statement gives it.
    pub(super) fn name(&self) -> Option<Name> {
        self.written
            .constraint_name()
            .map(|name| names::name(&name))
    }

    /// Whether an index enforces it.
    pub(super) fn has_index(&self) -> bool {
        matches!(
            self.written,
            ast::Constraint::PrimaryKeyConstraint(_)
                | ast::Constraint::UniqueConstraint(_)
                | ast::Constraint::ExcludeConstraint(_)
        )
    }

    /// Whether it is a primary key.
    pub(super) fn is_primary_key(&self) -> bool {
        matches!(self.written, ast::Constraint::PrimaryKeyConstraint(_))
    }

    /// Whether it is a foreign key.
    pub(super) fn is_foreign_key(&self) -> bool {
        matches!(
            self.written,
            ast::Constraint::ForeignKeyConstraint(_) | ast::Constraint::ReferencesConstraint(_)
        )
    }
}

/// What stands behind a constraint.
#[derive(Default)]
pub(super) struct Options {
    pub(super) deferral: Option<Deferral>,
    pub(super) not_valid: bool,
    pub(super) no_inherit: Option<bool>,
    pub(super) enforced: Option<bool>,
}

/// Reads what stands behind a constraint.
pub(super) fn options(written: impl Iterator<Item = ast::ConstraintOption>) -> Options {
    let mut options = Options::default();
    for option in written {
        match option {
            ast::ConstraintOption::DeferrableConstraintOption(_) => {
                options.deferral = options.deferral.or(Some(Deferral::InitiallyImmediate));
            }
            ast::ConstraintOption::NotDeferrableConstraintOption(_) => {
                options.deferral = Some(Deferral::NotDeferrable);
            }
            // alone it says what is the case anyway
            ast::ConstraintOption::InitiallyImmediateConstraintOption(_) => {}
            ast::ConstraintOption::InitiallyDeferredConstraintOption(_) => {
                options.deferral = Some(Deferral::InitiallyDeferred);
            }
            ast::ConstraintOption::NotValid(_) => options.not_valid = true,
            ast::ConstraintOption::NoInherit(_) => options.no_inherit = Some(true),
            ast::ConstraintOption::Inherit(_) => options.no_inherit = Some(false),
            ast::ConstraintOption::NotEnforced(_) => options.enforced = Some(false),
            ast::ConstraintOption::Enforced(_) => options.enforced = Some(true),
        }
    }
    options
}

/// The constraint itself, and a name for it where the statement gives none: the parts that the server makes the
/// name of. `table` is the table as it will be, for its columns.
pub(super) fn build(
    context: &mut Context<'_>,
    pending: &Pending,
    name: &QName,
    table: &Table,
) -> Option<(Constraint, NameParts)> {
    let mut only_column = None;
    let kind = match &pending.written {
        ast::Constraint::CheckConstraint(check) => {
            let (kind, column) = self::check(check, table)?;
            only_column = column;
            kind
        }
        ast::Constraint::PrimaryKeyConstraint(key) => ConstraintKind::PrimaryKey(indexed(
            context,
            key.index_parameters(),
            pending,
            name,
            table,
        )?),
        ast::Constraint::UniqueConstraint(unique) => ConstraintKind::Unique(indexed(
            context,
            unique.index_parameters(),
            pending,
            name,
            table,
        )?),
        ast::Constraint::ExcludeConstraint(exclude) => {
            ConstraintKind::Exclude(exclusion(context, exclude, name, table)?)
        }
        ast::Constraint::ForeignKeyConstraint(_) | ast::Constraint::ReferencesConstraint(_) => {
            ConstraintKind::ForeignKey(super::foreign_key::build(context, pending, name, table)?)
        }
        _ => return None,
    };
    let options = options(pending.written.constraint_options());
    let mut constraint = Constraint::new(kind);
    constraint.deferral = options.deferral.unwrap_or_default();
    constraint.enforced = options.enforced.unwrap_or(true);
    constraint.validated = !options.not_valid && constraint.enforced;
    if let ConstraintKind::Check { no_inherit, .. } = &mut constraint.kind {
        *no_inherit = options.no_inherit.unwrap_or(false);
    }
    let (columns, label) = name_parts(&constraint);
    Some((constraint, (columns.or(only_column), label)))
}

/// What a name is made of beside the table's: the columns, and the label.
pub(super) type NameParts = (Option<String>, &'static str);

/// A CHECK is named after its column where it mentions just one (`AddRelationNewConstraints` in `heap.c`).
fn check(check: &ast::CheckConstraint, table: &Table) -> Option<(ConstraintKind, Option<String>)> {
    let written = check.expr()?;
    let mut columns = expression::columns_in(&written, |name| table.column(name).is_some());
    let only = if columns.len() == 1 {
        columns.pop().map(|name| name.as_str().to_owned())
    } else {
        None
    };
    let kind = ConstraintKind::Check {
        expression: expression::expr(&written),
        no_inherit: false,
    };
    Some((kind, only))
}

fn indexed(
    context: &mut Context<'_>,
    parameters: Option<ast::IndexParameters>,
    pending: &Pending,
    name: &QName,
    table: &Table,
) -> Option<IndexedConstraint> {
    let list = parameters.as_ref().and_then(|found| found.column_list());
    let mut index = IndexedConstraint {
        index_valid: true,
        tablespace: context.session.default_tablespace.clone(),
        ..IndexedConstraint::default()
    };
    match (&list, &pending.column) {
        (Some(list), _) => {
            for column in list.column_name_refs() {
                index
                    .columns
                    .push(key_column(context, &column, name, table)?);
            }
            index.without_overlaps = list.without_overlaps().is_some();
        }
        (None, Some(column)) => index.columns.push(column.clone()),
        (None, None) => {}
    }
    let Some(parameters) = parameters else {
        return Some(index);
    };
    if let Some(clause) = parameters.constraint_include_clause() {
        index.include = included(context, &clause, name, table)?;
    }
    index.nulls_not_distinct = matches!(
        parameters.nulls_distinct_option(),
        Some(ast::NullsDistinctOption::NullsNotDistinct(_))
    );
    index.parameters = storage(parameters.with_params());
    if let Some(clause) = parameters.constraint_index_tablespace() {
        index.tablespace = super::tablespace_of(clause.tablespace_ref());
    }
    Some(index)
}

fn storage(with: Option<ast::WithParams>) -> Parameters {
    let list = with.and_then(|with| with.attribute_list());
    list.as_ref()
        .map(expression::parameters)
        .unwrap_or_default()
}

fn included(
    context: &mut Context<'_>,
    clause: &ast::ConstraintIncludeClause,
    name: &QName,
    table: &Table,
) -> Option<Vec<Name>> {
    clause
        .column_ref_list()?
        .column_name_refs()
        .map(|column| key_column(context, &column, name, table))
        .collect()
}

fn key_column(
    context: &mut Context<'_>,
    node: &ast::ColumnNameRef,
    table_name: &QName,
    table: &Table,
) -> Option<Name> {
    let name = names::name(node);
    if table.column(&name).is_some() {
        return Some(name);
    }
    let message = format!("column \"{}\" named in key does not exist", name.as_str());
    super::report_column(context, node, message, &name, table_name, table);
    None
}

fn exclusion(
    context: &mut Context<'_>,
    exclude: &ast::ExcludeConstraint,
    name: &QName,
    table: &Table,
) -> Option<Exclusion> {
    let method = exclude.constraint_index_method();
    let method = method.and_then(|method| method.access_method_ref());
    let method = method.map_or_else(|| Name::stored("btree"), |method| names::name(&method));
    let mut keys = Vec::new();
    for element in exclude.constraint_exclusion_list()?.constraint_exclusions() {
        let parts = index::KeyParts {
            collate: element.syntax().children().find_map(ast::Collate::cast),
            operator_class: element.syntax().children().find_map(ast::OpClassRef::cast),
            ..index::KeyParts::of(element.expr()?)
        };
        let key = index::key(context, &parts, &method, name, table)?;
        let operator = match element.operator_call() {
            Some(call) => call.syntax().text().to_string(),
            None => element.op()?.syntax().text().to_string(),
        };
        keys.push((key, operator.trim().to_owned()));
    }
    let mut index = IndexedConstraint {
        index_valid: true,
        parameters: storage(exclude.with_params()),
        tablespace: context.session.default_tablespace.clone(),
        ..IndexedConstraint::default()
    };
    if let Some(clause) = exclude.constraint_include_clause() {
        index.include = included(context, &clause, name, table)?;
    }
    if let Some(clause) = exclude.constraint_index_tablespace() {
        index.tablespace = super::tablespace_of(clause.tablespace_ref());
    }
    let condition = exclude.where_condition_clause();
    Some(Exclusion {
        method,
        keys,
        predicate: condition.and_then(|clause| Some(expression::expr(&clause.expr()?))),
        index,
    })
}

/// The columns of an index that stand by their own name.
pub(super) fn plain_columns(keys: &[crate::model::IndexKey]) -> Option<Vec<Name>> {
    keys.iter()
        .map(|key| match &key.term {
            IndexTerm::Column(name) => Some(name.clone()),
            IndexTerm::Expression(_) => None,
        })
        .collect()
}

/// What the name of a constraint is made of where it is copied from another table. A copy of a key `WITHOUT OVERLAPS` is
/// called as if it were EXCLUDE, whose operators it has (`generateClonedIndexStmt`).
pub(super) fn copied_name_parts(constraint: &Constraint) -> NameParts {
    match (&constraint.kind, name_parts(constraint)) {
        (ConstraintKind::Unique(index), (columns, _)) if index.without_overlaps => {
            (columns, "excl")
        }
        (_, parts) => parts,
    }
}

/// What the name of a constraint is made of, where the server chooses it.
pub(super) fn name_parts(constraint: &Constraint) -> NameParts {
    match &constraint.kind {
        ConstraintKind::PrimaryKey(_) => (None, "pkey"),
        kind @ (ConstraintKind::Unique(_) | ConstraintKind::Exclude(_)) => {
            let addition = choose::addition(&choose::constraint_columns(constraint));
            let is_unique = matches!(kind, ConstraintKind::Unique(_));
            (Some(addition), if is_unique { "key" } else { "excl" })
        }
        ConstraintKind::ForeignKey(key) => (Some(choose::addition(&key.columns)), "fkey"),
        ConstraintKind::Check { .. } => (None, "check"),
    }
}

/// The name that the server chooses for a constraint; one with an index has it among the relations too.
pub(super) fn chosen_name(
    context: &Context<'_>,
    table: &QName,
    constraint: &Constraint,
    (columns, label): &NameParts,
    taken: &BTreeSet<Name>,
) -> Name {
    let parts = (table.name.as_str(), columns.as_deref(), *label);
    match constraint.index() {
        Some(_) => choose::relation(&context.catalog, &table.schema, parts, Some(taken)),
        None => choose::constraint(&context.catalog, &table.schema, parts, taken),
    }
}
