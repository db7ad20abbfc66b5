//! `CREATE`, `ALTER` and `DROP PUBLICATION` (sql-createpublication.html).

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Change, Name, Object, ObjectRef, QName,
    lower::{Context, expression, names},
    model::{Parameters, Publication, PublishedTable},
};

/// `CREATE PUBLICATION`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreatePublication) {
    let Some(node) = statement.publication() else {
        return;
    };
    let name = names::name(&node);
    if context.catalog.publications.contains_key(&name) {
        return lifecycle::already_there(context, &node, "publication");
    }
    let mut publication = Publication {
        owner: lifecycle::owner(context),
        ..Publication::default()
    };
    match statement.publication_for_clause() {
        Some(ast::PublicationForClause::ForAllPublicationObjects(all)) => {
            let mut objects = all.all_publication_objects();
            let tables =
                |object| matches!(object, ast::AllPublicationObject::AllPublicationTables(_));
            publication.all_tables = objects.any(tables);
        }
        Some(ast::PublicationForClause::ForPublicationObjects(list)) => {
            let Some(objects) = objects(context, list.publication_objects()) else {
                return;
            };
            objects.add_to(&mut publication);
        }
        None => {}
    }
    if let Some(list) = statement
        .with_params()
        .and_then(|with| with.attribute_list())
    {
        set_parameters(&mut publication.parameters, &list);
    }
    let object = Object::Publication(name, publication);
    context.emit(Change::Create(Box::new(object)));
}

/// Tables and schemas of a list.
#[derive(Default)]
struct Objects {
    tables: BTreeMap<QName, PublishedTable>,
    schemas: Vec<Name>,
}

impl Objects {
    fn add_to(self, publication: &mut Publication) {
        publication.tables.extend(self.tables);
        publication.schemas.extend(self.schemas);
    }
}

/// What a list names: an object without a key word is of the kind of the one before it.
fn objects(
    context: &mut Context<'_>,
    written: impl Iterator<Item = ast::PublicationObject>,
) -> Option<Objects> {
    let mut found = Objects::default();
    let mut schemas = false;
    for object in written {
        match object {
            ast::PublicationObject::PublicationObjectTablesInSchema(of) => {
                schemas = true;
                match of.schema_ref() {
                    Some(node) => found.schemas.push(schema(context, &node)?),
                    None => found.schemas.extend(current_schema(context)),
                }
            }
            ast::PublicationObject::PublicationObjectCurrentSchema(_) => {
                found.schemas.extend(current_schema(context));
            }
            ast::PublicationObject::PublicationObjectTable(of) => {
                schemas &= of.table_token().is_none();
                let node = of.table_name_ref()?;
                if schemas {
                    found.schemas.push(schema(context, &node)?);
                } else {
                    table(context, &of, &node, &mut found)?;
                }
            }
        }
    }
    Some(found)
}

fn schema(context: &mut Context<'_>, node: &impl AstNode) -> Option<Name> {
    let name = names::name(node);
    context.check_schema(node, &name).then_some(name)
}

fn current_schema(context: &Context<'_>) -> Option<Name> {
    let mut path = context.session.search_path.iter();
    path.find(|schema| context.has_schema(schema)).cloned()
}

/// A table, and without `ONLY` those that inherit from it.
fn table(
    context: &mut Context<'_>,
    of: &ast::PublicationObjectTable,
    node: &ast::TableNameRef,
    found: &mut Objects,
) -> Option<()> {
    let name = context.table(node)?;
    let list = of.column_ref_list().into_iter();
    let listed: Vec<Name> = list
        .flat_map(|list| list.column_name_refs())
        .map(|column| names::name(&column))
        .collect();
    let rows = of.where_condition_clause().and_then(|clause| clause.expr());
    let rows = rows.map(|expr| expression::expr(&expr));
    let mut names = vec![name];
    if of.only_token().is_none() {
        let mut next = 0;
        while let Some(parent) = names.get(next).cloned() {
            let tables = context.catalog.tables.iter();
            let children = tables.filter(|(_, table)| table.inherits.contains(&parent));
            names.extend(children.map(|(child, _)| child.clone()));
            next += 1;
        }
    }
    for name in names {
        let columns = context.catalog.tables.get(&name)?.columns.iter();
        let in_order = columns.filter(|column| listed.contains(&column.name));
        let published = PublishedTable {
            columns: in_order.map(|column| column.name.clone()).collect(),
            rows: rows.clone(),
        };
        found.tables.insert(name, published);
    }
    Some(())
}

/// What is as by default is not kept (sql-createpublication.html, "Parameters").
fn set_parameters(parameters: &mut Parameters, list: &ast::AttributeList) {
    const KINDS: [&str; 4] = ["insert", "update", "delete", "truncate"];
    for (name, value) in expression::parameters(list) {
        let value = match name.as_str() {
            "publish" => {
                let listed: Vec<&str> = value.split(',').map(str::trim).collect();
                let kinds = KINDS.iter().filter(|kind| listed.contains(kind));
                kinds.copied().collect::<Vec<&str>>().join(", ")
            }
            "publish_via_partition_root" => {
                let truth = ["true", "on", "1", "yes"].contains(&value.as_str());
                truth.to_string()
            }
            _ => value,
        };
        let usual = match name.as_str() {
            "publish" => KINDS.join(", "),
            "publish_generated_columns" => "none".to_owned(),
            _ => "false".to_owned(),
        };
        if value == usual {
            parameters.remove(&name);
        } else {
            parameters.insert(name, value);
        }
    }
}

/// `ALTER PUBLICATION`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterPublication) {
    let found = statement
        .publication_ref()
        .and_then(|node| find(context, &node, false));
    let (Some(ObjectRef::Publication(name)), Some(action)) = (found, statement.action()) else {
        return;
    };
    let object = ObjectRef::Publication(name.clone());
    let Some(before) = context.catalog.publications.get(&name) else {
        return;
    };
    let mut after = before.as_ref().clone();
    use ast::AlterPublicationAction as Action;
    match action {
        Action::OwnerTo(to) => return lifecycle::set_owner(context, object, &to),
        Action::PublicationRenameTo(to) => {
            return lifecycle::rename(context, object, to.publication());
        }
        Action::SetOptions(set) => {
            if let Some(list) = set.attribute_list() {
                set_parameters(&mut after.parameters, &list);
            }
        }
        Action::AddPublicationObjects(add) => {
            let Some(objects) = objects(context, add.publication_objects()) else {
                return;
            };
            objects.add_to(&mut after);
        }
        Action::DropPublicationObjects(drop) => {
            let Some(objects) = objects(context, drop.publication_objects()) else {
                return;
            };
            after
                .tables
                .retain(|name, _| !objects.tables.contains_key(name));
            after.schemas.retain(|name| !objects.schemas.contains(name));
        }
        Action::SetPublicationObjects(set) => {
            let Some(objects) = objects(context, set.publication_objects()) else {
                return;
            };
            after.tables.clear();
            after.schemas.clear();
            objects.add_to(&mut after);
        }
        Action::SetAllPublicationObjectList(_) => {
            return context.unknown("a publication becomes one for all tables");
        }
    }
    let after = Box::new(after);
    context.emit(Change::Publication { name, after });
}

/// `DROP PUBLICATION`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropPublication) {
    lifecycle::drop(
        context,
        statement.publication_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The publication that is named.
pub(super) fn find(
    context: &mut Context<'_>,
    node: &ast::PublicationRef,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let name = names::name(node);
    let there = context.catalog.publications.contains_key(&name);
    lifecycle::check(context, node, "publication", there, missing_ok)
        .then_some(ObjectRef::Publication(name))
}
