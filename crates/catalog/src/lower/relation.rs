//! Tables, their columns and constraints, indexes and sequences: which statements are theirs, and what those
//! statements have in common.

mod alter;
mod alter_column;
mod alter_constraint;
mod alter_identity;
mod alter_index;
mod alter_not_null;
mod alter_other;
mod alter_partition;
mod alter_property;
mod alter_using_index;
mod cluster;
mod column;
mod column_details;
mod constraint;
mod create;
mod create_as;
mod draft;
mod drop;
mod foreign_key;
mod index;
mod like;
mod operator_class;
mod partition;
mod query_columns;
mod sequence;
mod sequence_options;

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{
    Context,
    names::{self, Written},
    suggest,
};
use crate::{
    Change, Name, ObjectRef, QName,
    model::{Persistence, Table},
};

/// Lowers a statement of this family; `false`: it is none.
pub(super) fn lower(context: &mut Context<'_>, statement: &ast::Stmt) -> bool {
    // what comes back is `None` where a problem has been reported or nothing is left to do
    let _ = match statement {
        ast::Stmt::CreateTable(it) => create::table(context, it),
        ast::Stmt::CreateForeignTable(it) => create::foreign_table(context, it),
        ast::Stmt::CreateTableAs(it) => create_as::table_as(context, it),
        ast::Stmt::SelectInto(it) => create_as::select_into(context, it),
        ast::Stmt::CreateIndex(it) => index::create(context, it),
        ast::Stmt::CreateSequence(it) => sequence::create(context, it),
        ast::Stmt::AlterTable(it) => alter::table(context, it),
        ast::Stmt::AlterForeignTable(it) => alter::foreign_table(context, it),
        ast::Stmt::AlterIndex(it) => alter_index::lower(context, it),
        ast::Stmt::AlterSequence(it) => sequence::alter(context, it),
        ast::Stmt::Cluster(it) => cluster::lower(context, it),
        ast::Stmt::DropTable(it) => drop::table(context, it),
        ast::Stmt::DropForeignTable(it) => drop::foreign_table(context, it),
        ast::Stmt::DropIndex(it) => drop::index(context, it),
        ast::Stmt::DropSequence(it) => drop::sequence(context, it),
        _ => return false,
    };
    true
}

/// `TEMPORARY` or `UNLOGGED`.
fn persistence(written: Option<ast::Persistence>) -> Persistence {
    match written {
        None => Persistence::Permanent,
        Some(ast::Persistence::Temp(_)) => Persistence::Temporary,
        Some(ast::Persistence::Unlogged(_)) => Persistence::Unlogged,
    }
}

/// What is made in `pg_temp` is temporary, whether or not the statement says so.
fn persistence_in(name: &QName, written: Persistence) -> Persistence {
    match name.schema == "pg_temp" {
        true => Persistence::Temporary,
        false => written,
    }
}

/// The full name of a new relation; `None`: there is one of that name already, or nowhere to put it.
fn new_relation(
    context: &mut Context<'_>,
    node: &impl AstNode,
    persistence: Persistence,
    if_not_exists: bool,
) -> Option<QName> {
    let name = match persistence {
        Persistence::Temporary => QName::new("pg_temp", names::name(node)),
        _ => context.new_name(node)?,
    };
    let taken = context.catalog.relation(&name).is_some();
    if taken && if_not_exists {
        context.emit(Change::Nothing);
        return None;
    }
    if taken && persistence == Persistence::Temporary {
        // that of an earlier session or, by ON COMMIT DROP, of an earlier transaction
        let object = ObjectRef::Table(name.clone());
        context.emit(Change::Drop {
            object,
            cascade: true,
        });
        return Some(name);
    }
    let kind = match taken {
        true => "relation",
        // a table brings a type of its own name
        false if context.catalog.types.contains_key(&name) => "type",
        false => return Some(name),
    };
    let message = format!("{kind} \"{}\" already exists", name.name.as_str());
    context.problem(node.syntax(), message);
    None
}

/// The tablespace of a clause, or the session's; `None`: the database's own.
fn tablespace(context: &Context<'_>, clause: Option<ast::TablespaceClause>) -> Option<Name> {
    match clause {
        Some(clause) => tablespace_of(clause.tablespace_ref()),
        None => context.session.default_tablespace.clone(),
    }
}

fn tablespace_of(written: Option<ast::TablespaceRef>) -> Option<Name> {
    let name = names::name(&written?);
    (name != "pg_default").then_some(name)
}

/// `USING method` of a table, or the session's; `None`: `heap`.
fn access_method(context: &Context<'_>, using: Option<ast::UsingMethod>) -> Option<Name> {
    let written = using.and_then(|using| using.access_method_ref());
    let name = match written {
        Some(written) => names::name(&written),
        None => context.session.default_access_method.clone()?,
    };
    (name != "heap").then_some(name)
}

/// A collation; `None` for `default`, which is that of the type.
fn collation(context: &Context<'_>, collate: &ast::Collate) -> Option<QName> {
    let written = names::written(&collate.collation_ref()?);
    let own = |schema: &Name| {
        let identity = QName::new(schema.clone(), written.name.clone()).to_string();
        let mut opaque = context.catalog.opaque.keys();
        opaque.any(|id| id.kind == "collation" && id.identity == identity)
    };
    let schema = match &written.schema {
        Some(schema) => schema.clone(),
        None => context
            .search_path()
            .into_iter()
            .find(own)
            .unwrap_or_else(|| Name::stored("pg_catalog")),
    };
    let name = QName::new(schema, written.name);
    let default = name.schema == "pg_catalog" && name.name == "default";
    (!default).then_some(name)
}

/// `OWNER TO`.
fn set_owner(context: &mut Context<'_>, object: ObjectRef, to: &ast::OwnerTo) -> Option<()> {
    let owner = context.role(&to.role_ref()?);
    context.emit(Change::SetOwner { object, owner });
    Some(())
}

/// `SET SCHEMA`.
fn set_schema(context: &mut Context<'_>, object: ObjectRef, to: &ast::SetSchema) -> Option<()> {
    let node = to.schema_ref()?;
    let schema = names::name(&node);
    if !context.check_schema(&node, &schema) {
        return None;
    }
    context.emit(Change::SetSchema { object, schema });
    Some(())
}

/// Whether `CASCADE` is written.
fn is_cascade(behavior: Option<ast::DropBehavior>) -> bool {
    matches!(behavior, Some(ast::DropBehavior::Cascade(_)))
}

/// What the server says of a column that is not there.
fn missing_column(column: &Name, table: &QName) -> String {
    format!(
        "column \"{}\" of relation \"{}\" does not exist",
        column.as_str(),
        table.name.as_str()
    )
}

/// Reports a column that is not there, and which one may have been meant.
fn report_column(
    context: &mut Context<'_>,
    node: &impl AstNode,
    message: String,
    column: &Name,
    table_name: &QName,
    table: &Table,
) {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let problem = Problem::new(message);
    let problem = match suggest::closest(column, columns) {
        Some(meant) => problem.help(format!("did you mean {}?", Name::stored(meant))),
        None => problem.note(format!("table {table_name} has no such column")),
    };
    context.report(node.syntax(), problem);
}

/// A column that has to be there.
fn check_column(
    context: &mut Context<'_>,
    node: &impl AstNode,
    table_name: &QName,
    column: &Name,
) -> Option<()> {
    let table = context.catalog.tables.get(table_name)?.clone();
    if table.column(column).is_some() {
        return Some(());
    }
    let message = missing_column(column, table_name);
    report_column(context, node, message, column, table_name, &table);
    None
}

/// The relation of a statement with `IF EXISTS`; `None`: reported, or nothing to do.
fn existing(
    context: &mut Context<'_>,
    node: &impl AstNode,
    kind: &str,
    if_exists: bool,
) -> Option<(QName, crate::catalog::Relation)> {
    let written: Written = names::written(node);
    let found = context.find_relation(&written);
    if found.is_none() {
        if if_exists {
            context.emit(Change::Nothing);
        } else {
            context.missing_relation(node, kind, &written);
        }
    }
    found
}

/// What a DROP without CASCADE is refused for (`reportDependentObjects` in `dependency.c`).
fn check_dependents(
    context: &mut Context<'_>,
    node: &impl AstNode,
    object: &ObjectRef,
    kind: &str,
    name: &str,
) -> Option<()> {
    let dependents = crate::dependents::dependents(&context.catalog, object);
    if dependents.is_empty() {
        return Some(());
    }
    let mut problem = Problem::new(format!(
        "cannot drop {kind} {name} because other objects depend on it"
    ));
    for dependent in dependents.iter().take(5) {
        problem = problem.note(format!("{dependent} depends on it"));
    }
    let problem = problem.help("drop these first, or use CASCADE to drop them too");
    context.report(node.syntax(), problem);
    None
}
