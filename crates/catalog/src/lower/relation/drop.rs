//! `DROP TABLE`, `DROP INDEX`, `DROP SEQUENCE`.

use segue_sql::Problem;
use squawk_syntax::ast::{self, AstNode};

use super::{super::Context, is_cascade};
use crate::{Change, ObjectRef, QName, catalog::Relation, model::TableKind};

/// What a relation is called by the server, with the statement that drops it.
fn described(
    context: &Context<'_>,
    name: &QName,
    found: &Relation,
) -> (&'static str, &'static str) {
    match found {
        Relation::Table => match context.catalog.tables.get(name).map(|table| &table.kind) {
            Some(TableKind::Foreign(_)) => ("a foreign table", "DROP FOREIGN TABLE"),
            _ => ("a table", "DROP TABLE"),
        },
        Relation::View => match context.catalog.views.get(name) {
            Some(view) if view.is_materialized() => {
                ("a materialized view", "DROP MATERIALIZED VIEW")
            }
            _ => ("a view", "DROP VIEW"),
        },
        Relation::Index | Relation::ConstraintIndex(_) => ("an index", "DROP INDEX"),
        Relation::Sequence | Relation::IdentitySequence(..) => ("a sequence", "DROP SEQUENCE"),
        Relation::Composite => ("a type", "DROP TYPE"),
    }
}

/// Finds what is to be dropped; another kind of object is refused with the server's words.
fn target(
    context: &mut Context<'_>,
    node: &impl AstNode,
    if_exists: bool,
    (kind, article): (&str, &str),
) -> Option<(QName, Relation)> {
    let (name, found) = super::existing(context, node, kind, if_exists)?;
    let (is, with) = described(context, &name, &found);
    if is == article {
        return Some((name, found));
    }
    let problem = Problem::new(format!("\"{}\" is not {article}", name.name.as_str()))
        .help(format!("use {with} to remove {is}"));
    context.report(node.syntax(), problem);
    None
}

/// `DROP TABLE`.
pub(super) fn table(context: &mut Context<'_>, statement: &ast::DropTable) -> Option<()> {
    let cascade = is_cascade(statement.drop_behavior());
    let if_exists = statement.if_exists().is_some();
    let mut tables = Vec::new();
    for node in statement.table_name_refs() {
        if let Some((name, _)) = target(context, &node, if_exists, ("table", "a table")) {
            tables.push((node, name));
        }
    }
    tables_in_order(context, &tables, cascade)
}

/// `DROP FOREIGN TABLE`.
pub(super) fn foreign_table(
    context: &mut Context<'_>,
    statement: &ast::DropForeignTable,
) -> Option<()> {
    let cascade = is_cascade(statement.drop_behavior());
    let if_exists = statement.if_exists().is_some();
    let kind = ("foreign table", "a foreign table");
    for node in statement.table_name_refs() {
        if let Some((name, _)) = target(context, &node, if_exists, kind) {
            context.emit(Change::Drop {
                object: ObjectRef::Table(name),
                cascade,
            });
        }
    }
    Some(())
}

/// Drops several tables as one: what refers from one to another of them stands in nobody's way
/// (`performMultipleDeletions`), so those that are referred to go last.
fn tables_in_order(
    context: &mut Context<'_>,
    tables: &[(ast::TableNameRef, QName)],
    cascade: bool,
) -> Option<()> {
    let mut left: Vec<&(ast::TableNameRef, QName)> = Vec::new();
    for one in tables {
        // a name that is there twice is dropped once
        if !left.iter().any(|(_, name)| *name == one.1) {
            left.push(one);
        }
    }
    while !left.is_empty() {
        let free = left.iter().position(|(_, name)| {
            let mut others = left.iter().filter(|(_, other)| other != name);
            !others.any(|(_, other)| hangs_on(context, other, name))
        });
        let (node, name) = left.remove(free.unwrap_or(0));
        if !cascade && free.is_some() {
            let object = ObjectRef::Table(name.clone());
            super::check_dependents(context, node, &object, "table", &name.name)?;
        }
        context.emit(Change::Drop {
            object: ObjectRef::Table(name.clone()),
            // a circle among them can only be cut
            cascade: cascade || free.is_none(),
        });
    }
    Some(())
}

/// Whether one table has a foreign key to another, or inherits from it.
fn hangs_on(context: &Context<'_>, table: &QName, on: &QName) -> bool {
    let Some(table) = context.catalog.tables.get(table) else {
        return false;
    };
    let refers = table.constraints.values().any(|constraint| {
        matches!(&constraint.kind, crate::model::ConstraintKind::ForeignKey(key) if key.references == *on)
    });
    let partition = table.partition_of.as_ref();
    refers || table.inherits.contains(on) || partition.is_some_and(|of| of.parent == *on)
}

/// `DROP INDEX`. That of a constraint goes with its constraint only.
pub(super) fn index(context: &mut Context<'_>, statement: &ast::DropIndex) -> Option<()> {
    let cascade = is_cascade(statement.drop_behavior());
    let if_exists = statement.if_exists().is_some();
    for node in statement.index_refs() {
        let Some((name, found)) = target(context, &node, if_exists, ("index", "an index")) else {
            continue;
        };
        if let Relation::ConstraintIndex(table) = found {
            let own = name.name.as_str();
            let of = table.name.as_str();
            let problem = Problem::new(format!(
                "cannot drop index {own} because constraint {own} on table {of} requires it"
            ))
            .help(format!(
                "you can drop constraint {own} on table {of} instead"
            ));
            context.report(node.syntax(), problem);
            continue;
        }
        context.emit(Change::Drop {
            object: ObjectRef::Index(name),
            cascade,
        });
    }
    Some(())
}

/// `DROP SEQUENCE`.
pub(super) fn sequence(context: &mut Context<'_>, statement: &ast::DropSequence) -> Option<()> {
    let cascade = is_cascade(statement.drop_behavior());
    let if_exists = statement.if_exists().is_some();
    let kind = ("sequence", "a sequence");
    for node in statement.sequence_refs() {
        let Some((name, found)) = target(context, &node, if_exists, kind) else {
            continue;
        };
        if let Relation::IdentitySequence(table, column) = found {
            let message = format!(
                "cannot drop sequence {} because column {} of table {} requires it",
                name.name.as_str(),
                column.as_str(),
                table.name.as_str()
            );
            context.problem(node.syntax(), message);
            continue;
        }
        let object = ObjectRef::Sequence(name.clone());
        if !cascade {
            super::check_dependents(context, &node, &object, "sequence", &name.name)?;
        }
        context.emit(Change::Drop { object, cascade });
    }
    Some(())
}
