//! `ALTER TYPE` in all its forms (sql-altertype.html).

use squawk_syntax::ast::{self, AstNode};

use super::{lifecycle, types};
use crate::{
    Change, Name, ObjectRef, QName, TableChange, TypeChange,
    lower::{Context, expression, names},
    model::{Attribute, Column, Composite, Enum, TypeKind},
};

/// `ALTER TYPE`.
pub(super) fn alter(context: &mut Context<'_>, statement: &ast::AlterType) {
    let found = statement
        .type_name_ref()
        .and_then(|node| types::find(context, &node, false));
    let (Some(object), Some(action)) = (found, statement.action()) else {
        return;
    };
    use ast::AlterTypeAction as Action;
    match (&object, action) {
        (_, Action::OwnerTo(to)) => lifecycle::set_owner(context, object, &to),
        (_, Action::SetSchema(to)) => lifecycle::set_schema(context, object, &to),
        (_, Action::TypeRenameTo(to)) => lifecycle::rename(context, object, to.type_name()),
        (ObjectRef::Type(name), Action::AddValue(add)) => add_value(context, name, &add),
        (ObjectRef::Type(name), Action::RenameValue(to)) => rename_value(context, name, &to),
        (ObjectRef::Type(name), Action::RenameAttribute(to)) => {
            rename_attribute(context, name, &to);
        }
        (ObjectRef::Type(name), Action::AlterTypeAttributeActionList(list)) => {
            for action in list.actions() {
                alter_attribute(context, name, &action);
            }
        }
        (ObjectRef::Opaque(id), _) => context.emit(Change::AlterOpaque(id.clone())),
        _ => context.unknown("properties of a type change"),
    }
}

fn enumeration<'a>(context: &'a Context<'_>, name: &QName) -> Option<&'a Enum> {
    match &context.catalog.types.get(name)?.kind {
        TypeKind::Enum(found) => Some(found),
        _ => None,
    }
}

fn add_value(context: &mut Context<'_>, name: &QName, add: &ast::AddValue) {
    let Some(value) = add.literal().as_ref().and_then(expression::string) else {
        return;
    };
    let Some(found) = enumeration(context, name) else {
        return not_an_enum(context, add.syntax(), name);
    };
    let values = found.values.clone();
    if values.contains(&value) {
        if add.if_not_exists().is_some() {
            return context.emit(Change::Nothing);
        }
        let message = format!("enum label \"{value}\" already exists");
        return context.problem(add.syntax(), message);
    }
    let (neighbour, behind) = match add.value_position() {
        None => (None, false),
        Some(ast::ValuePosition::BeforeValue(before)) => (before.literal(), false),
        Some(ast::ValuePosition::AfterValue(after)) => (after.literal(), true),
    };
    let at = match neighbour.as_ref().and_then(expression::string) {
        None => values.len(),
        Some(text) => match values.iter().position(|value| *value == text) {
            Some(at) => at + usize::from(behind),
            None => return no_label(context, add.syntax(), &text),
        },
    };
    context.emit(Change::Type {
        name: name.clone(),
        change: TypeChange::AddValue { value, at },
    });
}

fn not_an_enum(context: &mut Context<'_>, node: &squawk_syntax::SyntaxNode, name: &QName) {
    if context.catalog.types.contains_key(name) {
        context.problem(node, format!("{name} is not an enum"));
    } else {
        context.unknown(format!("{name} is a type of an extension"));
    }
}

fn no_label(context: &mut Context<'_>, node: &squawk_syntax::SyntaxNode, text: &str) {
    context.problem(node, format!("\"{text}\" is not an existing enum label"));
}

fn rename_value(context: &mut Context<'_>, name: &QName, to: &ast::RenameValue) {
    let text = |literal: Option<ast::Literal>| literal.as_ref().and_then(expression::string);
    let (Some(from), Some(new)) = (text(to.from()), text(to.to())) else {
        return;
    };
    let Some(found) = enumeration(context, name) else {
        return not_an_enum(context, to.syntax(), name);
    };
    if !found.values.contains(&from) {
        return no_label(context, to.syntax(), &from);
    }
    if found.values.contains(&new) {
        let message = format!("enum label \"{new}\" already exists");
        return context.problem(to.syntax(), message);
    }
    context.emit(Change::Type {
        name: name.clone(),
        change: TypeChange::RenameValue { from, to: new },
    });
}

fn composite<'a>(context: &'a Context<'_>, name: &QName) -> Option<&'a Composite> {
    match &context.catalog.types.get(name)?.kind {
        TypeKind::Composite(found) => Some(found),
        _ => None,
    }
}

/// Whether the type has this attribute; a problem where it has not.
fn has_attribute(
    context: &mut Context<'_>,
    name: &QName,
    node: &ast::CompositeFieldRef,
    missing_ok: bool,
) -> Option<Name> {
    let attribute = names::name(node);
    let there = composite(context, name)?
        .attributes
        .iter()
        .any(|found| found.name == attribute);
    if !there && !missing_ok {
        let message = format!(
            "column \"{}\" of relation \"{}\" does not exist",
            attribute.as_str(),
            name.name.as_str()
        );
        context.problem(node.syntax(), message);
    }
    there.then_some(attribute)
}

/// The tables `OF` this type, to which `CASCADE` carries what happens to its attributes.
fn typed_tables(context: &Context<'_>, name: &QName) -> Vec<QName> {
    let tables = context.catalog.tables.iter();
    tables
        .filter(|(_, table)| table.of_type.as_ref() == Some(name))
        .map(|(table, _)| table.clone())
        .collect()
}

fn rename_attribute(context: &mut Context<'_>, name: &QName, rename: &ast::RenameAttribute) {
    let (Some(from), Some(to)) = (rename.composite_field_ref(), rename.composite_field()) else {
        return;
    };
    let Some(from) = has_attribute(context, name, &from, false) else {
        return;
    };
    let to = names::name(&to);
    context.emit(Change::Rename {
        object: ObjectRef::Column(name.clone(), from.clone()),
        to: to.clone(),
    });
    for table in typed_tables(context, name) {
        context.emit(Change::Rename {
            object: ObjectRef::Column(table, from.clone()),
            to: to.clone(),
        });
    }
}

fn alter_attribute(
    context: &mut Context<'_>,
    name: &QName,
    action: &ast::AlterTypeAttributeAction,
) {
    use ast::AlterTypeAttributeAction as Action;
    let (of_type, of_tables) = match action {
        Action::AddAttribute(add) => {
            let (Some(field), Some(ty)) = (add.composite_field(), add.ty()) else {
                return;
            };
            let Some(made) = types::attribute(context, &field, &ty, add.collate()) else {
                return;
            };
            (TypeChange::AddAttribute(made.clone()), added(made))
        }
        Action::DropAttribute(drop) => {
            let Some(field) = drop.composite_field_ref() else {
                return;
            };
            let missing_ok = drop.if_exists().is_some();
            match has_attribute(context, name, &field, missing_ok) {
                Some(attribute) => dropped(attribute),
                None if missing_ok => return context.emit(Change::Nothing),
                None => return,
            }
        }
        Action::AlterAttribute(alter) => match retyped(context, name, alter) {
            Some(changes) => changes,
            None => return,
        },
    };
    context.emit(Change::Type {
        name: name.clone(),
        change: of_type,
    });
    for table in typed_tables(context, name) {
        context.emit(Change::Table {
            table,
            change: of_tables.clone(),
        });
    }
}

fn added(attribute: Attribute) -> TableChange {
    let mut column = Column::new(attribute.name, attribute.data_type);
    column.collation = attribute.collation;
    TableChange::AddColumn(Box::new(column))
}

fn dropped(attribute: Name) -> (TypeChange, TableChange) {
    let of_tables = TableChange::DropColumn {
        name: attribute.clone(),
        cascade: true,
    };
    (TypeChange::DropAttribute(attribute), of_tables)
}

fn retyped(
    context: &mut Context<'_>,
    name: &QName,
    alter: &ast::AlterAttribute,
) -> Option<(TypeChange, TableChange)> {
    let attribute = has_attribute(context, name, &alter.composite_field_ref()?, false)?;
    let data_type = context.data_type(&alter.ty()?)?;
    let collation = alter
        .collate()
        .and_then(|collate| types::collation(context, &collate));
    let of_tables = TableChange::SetType {
        column: attribute.clone(),
        data_type: data_type.clone(),
        collation: collation.clone(),
        using: None,
    };
    let of_type = TypeChange::SetAttributeType {
        attribute,
        data_type,
        collation,
    };
    Some((of_type, of_tables))
}
