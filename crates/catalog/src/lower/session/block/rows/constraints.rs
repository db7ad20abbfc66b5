//! Constraints, as `pg_constraint` and the information schema have them.

use super::Row;
use crate::{
    Catalog, Name, QName,
    model::{ConstraintKind, Domain, Table, TypeKind},
};

/// `pg_constraint`.
pub(super) fn all(catalog: &Catalog) -> Vec<Row> {
    let row = |of: &QName, on: &str, name: &str, kind: &str| {
        Row::new([
            ("conname", name),
            ("connamespace", of.schema.as_str()),
            ("conrelid", on),
            ("contype", kind),
        ])
    };
    let mut all = Vec::new();
    for (of, table) in &catalog.tables {
        let on = of.to_string();
        for (name, constraint) in &table.constraints {
            let kind = match &constraint.kind {
                ConstraintKind::Check { .. } => "c",
                ConstraintKind::PrimaryKey(_) => "p",
                ConstraintKind::Unique(_) => "u",
                ConstraintKind::Exclude(_) => "x",
                ConstraintKind::ForeignKey(_) => "f",
            };
            all.push(row(of, &on, name.as_str(), kind));
        }
        let triggers = table.triggers.iter();
        let triggers = triggers.filter(|(_, trigger)| trigger.constraint.is_some());
        all.extend(triggers.map(|(name, _)| row(of, &on, name.as_str(), "t")));
        all.extend(not_nulls(table).map(|name| row(of, &on, name.as_str(), "n")));
    }
    for (of, domain) in domains(catalog) {
        let checks = domain.constraints.keys();
        all.extend(checks.map(|name| row(of, "", name.as_str(), "c")));
        let not_null = domain.not_null.as_ref();
        let not_null = not_null.and_then(|not_null| not_null.name.as_ref());
        all.extend(not_null.map(|name| row(of, "", name.as_str(), "n")));
    }
    all
}

/// The named NOT NULLs of a table.
fn not_nulls(table: &Table) -> impl Iterator<Item = &Name> {
    let columns = table.columns.iter();
    columns.filter_map(|column| column.not_null.as_ref()?.name.as_ref())
}

fn domains(catalog: &Catalog) -> impl Iterator<Item = (&QName, &Domain)> {
    catalog
        .types
        .iter()
        .filter_map(|(name, of)| match &of.kind {
            TypeKind::Domain(domain) => Some((name, domain)),
            _ => None,
        })
}

/// `information_schema.table_constraints`. NOT NULLs are among them as checks, whose names are the server's own before
/// they are constraints.
pub(super) fn of_tables(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (of, table) in &catalog.tables {
        let mut add = |name: &str, kind: &str| {
            let row = Row::new([
                ("constraint_schema", of.schema.as_str()),
                ("constraint_name", name),
                ("table_schema", of.schema.as_str()),
                ("table_name", of.name.as_str()),
                ("constraint_type", kind),
            ]);
            all.push(row.of_owner(table.owner.as_ref()));
        };
        for (name, constraint) in &table.constraints {
            match &constraint.kind {
                ConstraintKind::Check { .. } => add(name, "CHECK"),
                ConstraintKind::PrimaryKey(_) => add(name, "PRIMARY KEY"),
                ConstraintKind::Unique(_) => add(name, "UNIQUE"),
                ConstraintKind::ForeignKey(_) => add(name, "FOREIGN KEY"),
                ConstraintKind::Exclude(_) => {}
            }
        }
        for column in &table.columns {
            if let Some(not_null) = &column.not_null {
                add(not_null.name.as_deref().unwrap_or_default(), "CHECK");
            }
        }
    }
    all
}

/// `information_schema.constraint_column_usage`: of a foreign key the columns that it refers to. Which columns a CHECK
/// reads is not looked into.
pub(super) fn columns(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (of, table) in &catalog.tables {
        for (name, constraint) in &table.constraints {
            let (on, columns) = match &constraint.kind {
                ConstraintKind::PrimaryKey(key) | ConstraintKind::Unique(key) => (of, &key.columns),
                ConstraintKind::ForeignKey(key) => (&key.references, &key.referenced_columns),
                ConstraintKind::Check { .. } => {
                    let mut row = usage(of, of, name).unknown("column_name");
                    row.is_certain = false;
                    all.push(row);
                    continue;
                }
                ConstraintKind::Exclude(_) => continue,
            };
            let on_table = catalog.tables.get(on);
            let owner = on_table.and_then(|table| table.owner.as_ref());
            for column in columns {
                all.push(
                    usage(of, on, name)
                        .and("column_name", column)
                        .of_owner(owner),
                );
            }
        }
    }
    all
}

fn usage(of: &QName, on: &QName, name: &Name) -> Row {
    Row::new([
        ("constraint_schema", of.schema.as_str()),
        ("constraint_name", name.as_str()),
        ("table_schema", on.schema.as_str()),
        ("table_name", on.name.as_str()),
    ])
}
