//! `CREATE TYPE` and `DROP TYPE` (sql-createtype.html). `ALTER TYPE` is in `alter_type.rs`, domains in `domain.rs`.

use squawk_syntax::ast::{self, AstNode};

use super::lifecycle;
use crate::{
    Change, DataType, DefaultFor, LONGEST_NAME, Name, Object, ObjectRef, QName,
    apply::privileges,
    lower::{Context, expression, names, resolve::base_type},
    model::{Attribute, Composite, Enum, Opaque, Range, Type, TypeKind},
};

/// `CREATE TYPE`.
pub(super) fn create(context: &mut Context<'_>, statement: &ast::CreateType) {
    let Some(node) = statement.type_name() else {
        return;
    };
    let Some(name) = context.new_name(&node) else {
        return;
    };
    let was_shell = is_shell(context, &name);
    let fills = matches!(statement.kind(), Some(ast::CreateTypeKind::BaseType(_)));
    let taken = context.is_type(&name) || context.catalog.relation(&name).is_some();
    if taken && !(was_shell && fills) {
        return lifecycle::already_there(context, &node, "type");
    }
    let kind = match statement.kind() {
        None => TypeKind::Shell,
        Some(ast::CreateTypeKind::EnumType(of)) => enumeration(&of),
        Some(ast::CreateTypeKind::CompositeType(of)) => composite(context, &of),
        Some(ast::CreateTypeKind::RangeType(of)) => match range(context, &of, &name) {
            Some(range) => TypeKind::Range(range),
            None => return,
        },
        Some(ast::CreateTypeKind::BaseType(_)) => return base(context, &name, was_shell),
    };
    add(context, name, kind);
}

/// A new type with what the role that makes it gives its types.
pub(super) fn add(context: &mut Context<'_>, name: QName, kind: TypeKind) {
    let owner = lifecycle::owner(context);
    let made = Type {
        privileges: privileges::initial(
            &context.catalog,
            DefaultFor::Types,
            owner.as_ref(),
            Some(&name.schema),
        ),
        owner,
        ..Type::new(kind)
    };
    context.emit(Change::Create(Box::new(Object::Type(name, made))));
}

fn is_shell(context: &Context<'_>, name: &QName) -> bool {
    let found = context.catalog.types.get(name);
    found.is_some_and(|found| found.kind == TypeKind::Shell)
}

fn base(context: &mut Context<'_>, name: &QName, was_shell: bool) {
    if was_shell {
        context.emit(Change::Drop {
            object: ObjectRef::Type(name.clone()),
            cascade: false,
        });
    }
    let object = Object::Opaque(base_type(name), Opaque::default());
    context.emit(Change::Create(Box::new(object)));
}

fn enumeration(of: &ast::EnumType) -> TypeKind {
    let values = of
        .variant_list()
        .into_iter()
        .flat_map(|list| list.variants())
        .filter_map(|variant| variant.literal().as_ref().and_then(expression::string))
        .collect();
    TypeKind::Enum(Enum { values })
}

fn composite(context: &mut Context<'_>, of: &ast::CompositeType) -> TypeKind {
    let mut attributes = Vec::new();
    let fields = of.composite_field_list();
    for field in fields
        .into_iter()
        .flat_map(|list| list.composite_field_defs())
    {
        if let (Some(name), Some(ty)) = (field.name(), field.ty()) {
            attributes.extend(attribute(context, &name, &ty, field.collate()));
        }
    }
    TypeKind::Composite(Composite { attributes })
}

/// An attribute of a composite type.
pub(super) fn attribute(
    context: &mut Context<'_>,
    name: &ast::CompositeField,
    ty: &ast::Type,
    collate: Option<ast::Collate>,
) -> Option<Attribute> {
    Some(Attribute {
        name: names::name(name),
        data_type: context.data_type(ty)?,
        collation: collate.and_then(|collate| collation(context, &collate)),
        comment: None,
    })
}

/// `COLLATE name`, with the schema that the name is found in. The collations of the server are in `pg_catalog`; a
/// database's own are opaque objects.
pub(super) fn collation(context: &Context<'_>, collate: &ast::Collate) -> Option<QName> {
    let written = names::written(&collate.collation_ref()?);
    let own = super::opaque::find_by_name(context, "collation", &written);
    let found = own.unwrap_or_else(|| {
        let schema = written.schema.unwrap_or_else(|| Name::stored("pg_catalog"));
        QName::new(schema, written.name)
    });
    // `default` is what a type has anyway
    (found.name != "default").then_some(found)
}

fn range(context: &mut Context<'_>, of: &ast::RangeType, name: &QName) -> Option<Range> {
    let list = of.attribute_list()?;
    let mut made = Range {
        subtype: DataType::builtin("unknown"),
        operator_class: None,
        collation: None,
        canonical: None,
        subtype_diff: None,
        multirange: multirange(name),
    };
    for option in list.attribute_options() {
        let (Some(key), Some(value)) = (option.name(), option.attribute_value()) else {
            continue;
        };
        let written = written_value(&value);
        match names::name(&key).as_str() {
            "subtype" => made.subtype = context.data_type(&value.ty()?)?,
            "subtype_opclass" => made.operator_class = Some(placed(context, written)),
            "collation" => made.collation = Some(placed(context, written)),
            "canonical" => made.canonical = Some(super::references::function(context, &written)),
            "subtype_diff" => {
                made.subtype_diff = Some(super::references::function(context, &written))
            }
            "multirange_type_name" => {
                let schema = written.schema.unwrap_or_else(|| name.schema.clone());
                made.multirange = QName::new(schema, written.name);
            }
            _ => {}
        }
    }
    let default = default_operator_class(&made.subtype);
    made.operator_class = made
        .operator_class
        .filter(|class| !(class.is_system() && class.name == default.as_str()));
    Some(made)
}

/// The value of an option that is a name.
pub(super) fn written_value(value: &ast::AttributeValue) -> names::Written {
    match value.ty() {
        Some(ty) => names::written(&ty),
        None => names::Written::bare(Name::quoted(&expression::value_text(value.syntax()))),
    }
}

/// A name without a schema is taken for one of the server's own.
fn placed(context: &Context<'_>, written: names::Written) -> QName {
    let kinds = ["operator class", "collation"];
    let own = kinds
        .iter()
        .find_map(|kind| super::opaque::find_by_name(context, kind, &written));
    own.unwrap_or_else(|| {
        let schema = written.schema.unwrap_or_else(|| Name::stored("pg_catalog"));
        QName::new(schema, written.name)
    })
}

/// The B-tree operator class that a type has by default, as far as the two are named alike.
fn default_operator_class(subtype: &DataType) -> String {
    let name = match subtype.name.name.as_str() {
        "smallint" => "int2",
        "integer" => "int4",
        "bigint" => "int8",
        "real" => "float4",
        "double precision" => "float8",
        "character varying" => "text",
        "character" => "bpchar",
        "timestamp without time zone" => "timestamp",
        "timestamp with time zone" => "timestamptz",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        other => other,
    };
    format!("{name}_ops")
}

/// The name of a range's multirange (`makeMultirangeTypeName` in `pg_type.c`).
fn multirange(range: &QName) -> QName {
    let name = range.name.as_str();
    let made = match name.split_once("range") {
        Some((before, after)) => format!("{before}multirange{after}"),
        None => {
            let mut end = name.len().min(LONGEST_NAME + 1 - "_multirange".len() - 1);
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}_multirange", &name[..end])
        }
    };
    range.sibling(Name::quoted(&made))
}

/// `DROP TYPE`.
pub(super) fn drop(context: &mut Context<'_>, statement: &ast::DropType) {
    lifecycle::drop(
        context,
        statement.type_name_refs(),
        statement.if_exists().is_some(),
        lifecycle::cascades(statement.drop_behavior()),
        find,
    );
}

/// The type that is named: also a base type, which is opaque.
pub(super) fn find<N: AstNode>(
    context: &mut Context<'_>,
    node: &N,
    missing_ok: bool,
) -> Option<ObjectRef> {
    let written = names::written(node);
    let Some(name) = context.find_user_type(&written) else {
        if !missing_ok {
            context.missing_type(node, &written);
        }
        return None;
    };
    let opaque = base_type(&name);
    if context.catalog.opaque.contains_key(&opaque) {
        return Some(ObjectRef::Opaque(opaque));
    }
    Some(ObjectRef::Type(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiranges_are_named_as_the_server_names_them() {
        let of = |name: &str| multirange(&QName::new("public", name)).name;
        assert_eq!(of("floatrange"), "floatmultirange");
        assert_eq!(of("rangerange"), "multirangerange");
        assert_eq!(of("span"), "span_multirange");
        assert_eq!(of(&"a".repeat(63)).len(), 63);
    }
}
