//! Whether two SQLite schemas are the same, object by object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Catalog, Column, Constraint, Index, Name, Table, TableKind, Text};
use crate::Disparity;

/// One thing in which two schemas differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which object: `table users`, `column users.email`.
    pub object: String,
    /// In what.
    pub disparity: Disparity,
}

impl Difference {
    /// Whether it is the order of a table's columns, which hardly ever matters.
    pub fn is_order_of_columns(&self) -> bool {
        matches!(&self.disparity, Disparity::Changed { property, .. } if *property == ORDER_OF_COLUMNS)
    }
}

/// In what two schemas differ; empty where they are the same.
pub fn compare(first: &Catalog, second: &Catalog) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    pairs(&first.tables, &second.tables, "table", &mut found, table);
    pairs(&first.indexes, &second.indexes, "index", &mut found, index);
    pairs(
        &first.views,
        &second.views,
        "view",
        &mut found,
        |found, name, a, b| {
            found.values(
                &format!("view {name}"),
                "definition",
                &a.definition,
                &b.definition,
            );
        },
    );
    pairs(
        &first.triggers,
        &second.triggers,
        "trigger",
        &mut found,
        |found, name, a, b| {
            found.values(
                &format!("trigger {name}"),
                "definition",
                &a.definition,
                &b.definition,
            );
        },
    );
    found.0
}

/// In what two tables differ that have the same name.
pub(super) fn tables(name: &Name, first: &Table, second: &Table) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    table(&mut found, name, first, second);
    found.0
}

/// Whether two indexes of the same name are the same.
pub(super) fn same_index(name: &Name, first: &Index, second: &Index) -> bool {
    let mut found = Found(Vec::new());
    index(&mut found, name, first, second);
    found.0.is_empty()
}

/// The property of a table that is the order of its columns.
const ORDER_OF_COLUMNS: &str = "order of columns";

struct Found(Vec<Difference>);

impl Found {
    fn push(&mut self, object: String, disparity: Disparity) {
        self.0.push(Difference { object, disparity });
    }

    fn texts(&mut self, object: &str, property: &'static str, a: &str, b: &str, same: bool) {
        if !same {
            self.push(
                object.to_owned(),
                Disparity::Changed {
                    property,
                    first: a.to_owned(),
                    second: b.to_owned(),
                },
            );
        }
    }

    fn values<T: PartialEq + Serialize>(
        &mut self,
        object: &str,
        property: &'static str,
        a: &T,
        b: &T,
    ) {
        self.texts(object, property, &said(a), &said(b), a == b);
    }
}

/// A value as people may read it.
fn said<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(serde_json::Value::Null) => "none".to_owned(),
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

fn pairs<T>(
    first: &BTreeMap<Name, T>,
    second: &BTreeMap<Name, T>,
    kind: &str,
    found: &mut Found,
    compare: impl Fn(&mut Found, &Name, &T, &T),
) {
    for (name, a) in first {
        match second.get(name) {
            Some(b) => compare(found, name, a, b),
            None => found.push(format!("{kind} {name}"), Disparity::Missing),
        }
    }
    for name in second.keys().filter(|name| !first.contains_key(name)) {
        found.push(format!("{kind} {name}"), Disparity::Extra);
    }
}

fn table(found: &mut Found, name: &Name, a: &Table, b: &Table) {
    let object = format!("table {name}");
    found.values(&object, "kind", &kind(&a.kind), &kind(&b.kind));
    found.values(&object, "STRICT", &a.strict, &b.strict);
    found.values(&object, "WITHOUT ROWID", &a.without_rowid, &b.without_rowid);
    columns(found, name, a, b);
    constraints(found, name, a, b);
    if a.unparsed.is_some() || b.unparsed.is_some() {
        found.values(&object, "definition", &a.unparsed, &b.unparsed);
    }
}

fn kind(kind: &TableKind) -> String {
    match kind {
        TableKind::Plain => "plain".to_owned(),
        TableKind::Virtual(module) => format!("virtual, using {module}"),
    }
}

fn columns(found: &mut Found, table: &Name, a: &Table, b: &Table) {
    let of = |table: &Table| -> BTreeMap<Name, Column> {
        let columns = table.columns.iter();
        columns
            .map(|column| (column.name.clone(), column.clone()))
            .collect()
    };
    let (first, second) = (of(a), of(b));
    for (name, x) in &first {
        let object = format!("column {table}.{name}");
        match second.get(name) {
            Some(y) => column(found, &object, x, y),
            None => found.push(object, Disparity::Missing),
        }
    }
    for name in second.keys().filter(|name| !first.contains_key(name)) {
        found.push(format!("column {table}.{name}"), Disparity::Extra);
    }
    let order = |table: &Table| -> Vec<Name> {
        table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect()
    };
    if first.len() == second.len() && first.keys().eq(second.keys()) {
        found.values(
            &format!("table {table}"),
            ORDER_OF_COLUMNS,
            &order(a),
            &order(b),
        );
    }
}

fn column(found: &mut Found, object: &str, a: &Column, b: &Column) {
    let Column {
        name: _,
        data_type,
        not_null,
        default,
        collation,
        generated,
        autoincrement,
    } = a;
    // `VARCHAR(9)` and `varchar (9)` are one type: SQLite keeps the blanks as they are written.
    let same_type = Text::new(data_type) == Text::new(&b.data_type);
    found.texts(object, "type", data_type, &b.data_type, same_type);
    found.values(object, "NOT NULL", not_null, &b.not_null);
    found.values(object, "default", default, &b.default);
    found.values(object, "collation", collation, &b.collation);
    found.values(object, "generated", generated, &b.generated);
    found.values(object, "AUTOINCREMENT", autoincrement, &b.autoincrement);
}

/// Constraints by what they demand: most have no name, and their order means nothing.
fn constraints(found: &mut Found, table: &Name, a: &Table, b: &Table) {
    let mut left: Vec<&Constraint> = b.constraints.iter().collect();
    for constraint in &a.constraints {
        match left.iter().position(|other| *other == constraint) {
            Some(at) => {
                left.remove(at);
            }
            None => found.push(described(table, constraint), Disparity::Missing),
        }
    }
    for constraint in left {
        found.push(described(table, constraint), Disparity::Extra);
    }
}

/// A constraint with what tells it from others.
fn described(table: &Name, constraint: &Constraint) -> String {
    let name = constraint
        .name
        .as_ref()
        .map(|name| format!("{name} "))
        .unwrap_or_default();
    format!(
        "constraint {name}{} on {table}",
        super::render::constraint(constraint)
    )
}

fn index(found: &mut Found, name: &Name, a: &Index, b: &Index) {
    let object = format!("index {name}");
    found.values(&object, "table", &a.table, &b.table);
    found.values(&object, "UNIQUE", &a.unique, &b.unique);
    found.values(&object, "keys", &a.keys, &b.keys);
    found.values(&object, "definition", &a.definition, &b.definition);
}
