//! `CREATE TYPE` and `CREATE DOMAIN`.

use super::{
    column::default_expression,
    literal::{join, literal},
    name::or_builtin,
    statement,
};
use crate::{
    Name, QName,
    model::{Composite, Domain, DomainConstraint, NotNull, Range, Type, TypeKind},
};

/// Up to this many bytes the values of an enum stand on one line.
const LINE: usize = 80;

/// `CREATE TYPE` or `CREATE DOMAIN`, and the domain's constraints that come by statements of their own.
pub fn create_type(name: &QName, of: &Type) -> String {
    match &of.kind {
        TypeKind::Enum(of) => create_enum(name, &of.values),
        TypeKind::Composite(of) => composite(name, of),
        TypeKind::Domain(of) => domain(name, of),
        TypeKind::Range(of) => range(name, of),
        TypeKind::Shell => format!("CREATE TYPE {name};"),
    }
}

fn create_enum(name: &QName, values: &[String]) -> String {
    let short = join(values.iter().map(|value| literal(value)), ", ");
    if short.len() <= LINE {
        return format!("CREATE TYPE {name} AS ENUM ({short});");
    }
    let long = join(values.iter().map(|value| literal(value)), ",\n    ");
    format!("CREATE TYPE {name} AS ENUM (\n    {long}\n);")
}

fn composite(name: &QName, of: &Composite) -> String {
    let lines: Vec<String> = of
        .attributes
        .iter()
        .map(|attribute| {
            let collation = attribute.collation.as_ref();
            let collation = collation.map(|name| format!(" COLLATE {}", or_builtin(name)));
            let (name, data_type) = (&attribute.name, &attribute.data_type);
            format!("{name} {data_type}{}", collation.unwrap_or_default())
        })
        .collect();
    if lines.is_empty() {
        return format!("CREATE TYPE {name} AS ();");
    }
    format!("CREATE TYPE {name} AS (\n    {}\n);", lines.join(",\n    "))
}

fn domain(name: &QName, of: &Domain) -> String {
    let mut text = format!("CREATE DOMAIN {name} AS {}", of.base);
    if let Some(collation) = &of.collation {
        text.push_str(&format!(" COLLATE {}", or_builtin(collation)));
    }
    if let Some(default) = &of.default {
        text.push_str(&format!(" DEFAULT {}", default_expression(default)));
    }
    if let Some(not_null) = &of.not_null {
        text.push_str(&format!(" {}", domain_not_null(name, not_null)));
    }
    let (inline, later): (Vec<_>, Vec<_>) = of
        .constraints
        .iter()
        .partition(|(_, constraint)| constraint.validated);
    for (own, constraint) in inline {
        text.push_str(&format!("\n    {}", domain_constraint(own, constraint)));
    }
    let mut text = statement(text);
    for (own, constraint) in later {
        let check = domain_constraint(own, constraint);
        text.push_str(&format!("\nALTER DOMAIN {name} ADD {check} NOT VALID;"));
    }
    text
}

/// The name of a domain's NOT NULL is written where the server would choose another (`ChooseConstraintName`).
fn domain_not_null(domain: &QName, not_null: &NotNull) -> String {
    match &not_null.name {
        Some(name) if *name != *format!("{}_not_null", domain.name.as_str()) => {
            format!("CONSTRAINT {name} NOT NULL")
        }
        _ => "NOT NULL".to_owned(),
    }
}

/// `CONSTRAINT name CHECK (…)` of a domain.
pub fn domain_constraint(name: &Name, constraint: &DomainConstraint) -> String {
    format!("CONSTRAINT {name} CHECK ({})", constraint.expression)
}

fn range(name: &QName, of: &Range) -> String {
    let mut options = vec![format!("SUBTYPE = {}", of.subtype)];
    let named = [
        ("SUBTYPE_OPCLASS", &of.operator_class),
        ("COLLATION", &of.collation),
        ("CANONICAL", &of.canonical),
        ("SUBTYPE_DIFF", &of.subtype_diff),
    ];
    for (option, value) in named {
        if let Some(value) = value {
            options.push(format!("{option} = {}", or_builtin(value)));
        }
    }
    options.push(format!("MULTIRANGE_TYPE_NAME = {}", of.multirange));
    format!(
        "CREATE TYPE {name} AS RANGE (\n    {}\n);",
        options.join(",\n    ")
    )
}
