//! `CREATE TABLE` and `CREATE FOREIGN TABLE`.

use squawk_syntax::ast::{self, AstNode, HasCreateTable};

use super::{
    super::{Context, expression, names},
    draft::Draft,
    partition,
};
use crate::{
    QName,
    catalog::Relation,
    model::{
        Column, ForeignTable, Parameters, Persistence, ReplicaIdentity, Table, TableKind, TypeKind,
    },
};

/// `CREATE TABLE`.
pub(super) fn table(context: &mut Context<'_>, statement: &ast::CreateTable) -> Option<()> {
    let node = statement.table_name()?;
    let persistence = super::persistence(HasCreateTable::persistence(statement));
    let if_not_exists = statement.if_not_exists().is_some();
    let name = super::new_relation(context, &node, persistence, if_not_exists)?;
    let mut table = Table::new(Vec::new());
    table.persistence = super::persistence_in(&name, persistence);
    table.owner.clone_from(&context.session.role);
    table.tablespace = super::tablespace(context, statement.tablespace_clause());
    table.access_method = super::access_method(context, statement.using_method());
    table.parameters = parameters(statement.table_params());
    let mut draft = Draft::new(name, table);
    if let Some(of) = statement.of_type() {
        of_type(context, &mut draft, &of)?;
    }
    inherits(context, &mut draft, statement.inherits())?;
    let bound = statement.partition_type();
    partition_of(context, &mut draft, statement.partition_of(), bound)?;
    if let Some(list) = statement.table_arg_list() {
        draft.read(context, &list)?;
    }
    if let Some(by) = statement.partition_by() {
        let by = partition::partition_by(context, &by, &draft.name, &draft.table)?;
        draft.table.kind = TableKind::Partitioned(by);
        if statement.using_method().is_none() {
            // the default is for tables that have storage
            draft.table.access_method = None;
        }
    }
    draft.finish(context)
}

/// `CREATE FOREIGN TABLE`.
pub(super) fn foreign_table(
    context: &mut Context<'_>,
    statement: &ast::CreateForeignTable,
) -> Option<()> {
    let node = statement.table_name()?;
    let if_not_exists = statement.if_not_exists().is_some();
    let name = super::new_relation(context, &node, Persistence::Permanent, if_not_exists)?;
    let options = statement.alter_option_list();
    let mut table = Table::new(Vec::new());
    table.owner.clone_from(&context.session.role);
    // as the server has it of all that is no table of its own (`heap_create_with_catalog`)
    table.replica_identity = ReplicaIdentity::Nothing;
    table.kind = TableKind::Foreign(ForeignTable {
        server: names::name(&statement.server_clause()?.server_ref()?),
        options: options
            .map(|list| expression::foreign_options(&list, &Parameters::new()))
            .unwrap_or_default(),
    });
    let mut draft = Draft::new(name, table);
    inherits(context, &mut draft, statement.inherits())?;
    let bound = statement.partition_type();
    partition_of(context, &mut draft, statement.partition_of(), bound)?;
    if let Some(list) = statement.table_arg_list() {
        draft.read(context, &list)?;
    }
    draft.finish(context)
}

/// `WITH (…)` of a table; `oids` is gone and says nothing.
pub(super) fn parameters(written: Option<ast::TableParams>) -> Parameters {
    let Some(ast::TableParams::WithParams(with)) = written else {
        return Parameters::new();
    };
    let list = with.attribute_list();
    let mut parameters = list
        .as_ref()
        .map(expression::parameters)
        .unwrap_or_default();
    parameters.remove("oids");
    parameters
}

/// `OF type`: the columns of a composite type.
fn of_type(context: &mut Context<'_>, draft: &mut Draft, of: &ast::OfType) -> Option<()> {
    let data_type = context.data_type(&of.ty()?)?;
    let found = context.catalog.types.get(&data_type.name).cloned();
    let Some(TypeKind::Composite(composite)) = found.as_ref().map(|found| &found.kind) else {
        let message = format!(
            "type {} is not a composite type",
            data_type.name.name.as_str()
        );
        context.problem(of.syntax(), message);
        return None;
    };
    let columns = composite.attributes.iter().map(|attribute| Column {
        collation: attribute.collation.clone(),
        ..Column::new(attribute.name.clone(), attribute.data_type.clone())
    });
    draft.table.columns = columns.collect();
    draft.table.of_type = Some(data_type.name);
    Some(())
}

/// `INHERITS`: columns and CHECKs of the parents, in order; what several have is merged (`MergeAttributes`).
fn inherits(
    context: &mut Context<'_>,
    draft: &mut Draft,
    written: Option<ast::Inherits>,
) -> Option<()> {
    for node in written.into_iter().flat_map(|list| list.table_name_refs()) {
        let parent_name = context.table(&node)?;
        let parent = context.catalog.tables.get(&parent_name)?.clone();
        if draft.table.inherits.contains(&parent_name) {
            let message = format!(
                "relation \"{}\" would be inherited from more than once",
                parent_name.name.as_str()
            );
            context.problem(node.syntax(), message);
            return None;
        }
        for column in &parent.columns {
            inherit_column(context, draft, column, &node)?;
        }
        inherit_checks(&mut draft.table, &parent);
        draft.table.inherits.push(parent_name);
    }
    Some(())
}

fn inherit_column(
    context: &mut Context<'_>,
    draft: &mut Draft,
    column: &Column,
    node: &ast::TableNameRef,
) -> Option<()> {
    let Some(own) = draft.table.column_mut(&column.name) else {
        draft
            .table
            .columns
            .push(partition::inherited_column(column));
        return Some(());
    };
    if own.data_type != column.data_type {
        let name = column.name.as_str();
        let message = format!("inherited column \"{name}\" has a type conflict");
        context.problem(node.syntax(), message);
        return None;
    }
    own.inherited += 1;
    let theirs = partition::inherited_column(column);
    match (&mut own.not_null, theirs.not_null) {
        (Some(mine), Some(of_them)) if of_them.name.is_some() => mine.inherited += 1,
        (mine @ None, of_them) => *mine = of_them,
        _ => {}
    }
    Some(())
}

fn inherit_checks(table: &mut Table, parent: &Table) {
    for (name, constraint) in &parent.constraints {
        let passed_on = matches!(
            constraint.kind,
            crate::model::ConstraintKind::Check {
                no_inherit: false,
                ..
            }
        );
        if !passed_on {
            continue;
        }
        match table.constraints.get_mut(name) {
            Some(own) => own.inherited += 1,
            None => {
                let own = partition::inherited(constraint);
                table.constraints.insert(name.clone(), own);
            }
        }
    }
}

/// `PARTITION OF parent FOR VALUES …`.
fn partition_of(
    context: &mut Context<'_>,
    draft: &mut Draft,
    written: Option<ast::PartitionOf>,
    bound: Option<ast::PartitionType>,
) -> Option<()> {
    let Some(written) = written else {
        return Some(());
    };
    let node = written.table_name_ref()?;
    let parent_name = context.table(&node)?;
    let parent = context.catalog.tables.get(&parent_name)?.clone();
    if !matches!(parent.kind, TableKind::Partitioned(_)) {
        let message = format!("\"{}\" is not partitioned", parent_name.name.as_str());
        context.problem(node.syntax(), message);
        return None;
    }
    let bound = partition::bound(&bound?);
    partition::inherit(&mut draft.table, &parent_name, &parent, bound);
    Some(())
}

/// The relation that `LIKE` or a query names, as a table would have its columns; `None`: they are not known.
pub(super) fn columns_of(
    context: &Context<'_>,
    name: &QName,
    found: &Relation,
) -> Option<Vec<Column>> {
    match found {
        Relation::Table => Some(context.catalog.tables.get(name)?.columns.clone()),
        Relation::Composite => {
            let found = context.catalog.types.get(name)?;
            let TypeKind::Composite(composite) = &found.kind else {
                return None;
            };
            let attributes = composite.attributes.iter();
            let columns = attributes.map(|attribute| Column {
                collation: attribute.collation.clone(),
                ..Column::new(attribute.name.clone(), attribute.data_type.clone())
            });
            Some(columns.collect())
        }
        _ => None,
    }
}
