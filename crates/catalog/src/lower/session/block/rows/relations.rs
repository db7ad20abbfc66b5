//! Types, tables, views, indexes and what hangs on them, as the system catalogs have them.

use super::{Row, System};
use crate::{
    Catalog, Name, QName,
    model::{Constraint, Table, TableKind, TypeKind, ViewKind},
};

pub(super) fn types(catalog: &Catalog) -> Vec<Row> {
    let row = |name: &QName, kind: &str| {
        Row::new([
            ("typname", name.name.as_str()),
            ("typnamespace", name.schema.as_str()),
            ("typtype", kind),
            ("oid", &name.to_string()),
        ])
    };
    let mut all = Vec::new();
    for (name, of) in &catalog.types {
        let kind = match &of.kind {
            TypeKind::Enum(_) => "e",
            TypeKind::Composite(_) => "c",
            TypeKind::Domain(_) => "d",
            TypeKind::Range(range) => {
                all.push(row(&range.multirange, "m"));
                "r"
            }
            TypeKind::Shell => "p",
        };
        all.push(row(name, kind));
    }
    let relations = catalog.tables.keys().chain(catalog.views.keys());
    all.extend(relations.map(|name| row(name, "c")));
    all
}

pub(super) fn enums(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (name, of) in &catalog.types {
        if let TypeKind::Enum(values) = &of.kind {
            let oid = name.to_string();
            let values = values.values.iter();
            all.extend(values.map(|value| Row::new([("enumlabel", value), ("enumtypid", &oid)])));
        }
    }
    all
}

fn class(name: &QName, kind: &str) -> Row {
    Row::new([
        ("relname", name.name.as_str()),
        ("relnamespace", name.schema.as_str()),
        ("relkind", kind),
        ("oid", &name.to_string()),
    ])
}

pub(super) fn classes(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (name, table) in &catalog.tables {
        let (kind, index) = match table.kind {
            TableKind::Plain => ("r", "i"),
            TableKind::Partitioned(_) => ("p", "I"),
            TableKind::Foreign(_) => ("f", "i"),
        };
        all.push(class(name, kind));
        let keys = index_names(table).map(|key| class(&name.sibling(key.clone()), index));
        all.extend(keys);
        let identities = table
            .columns
            .iter()
            .filter_map(|column| column.identity.as_ref());
        all.extend(identities.map(|identity| class(&identity.sequence, "S")));
    }
    for (name, view) in &catalog.views {
        all.push(class(
            name,
            if view.kind == ViewKind::Plain {
                "v"
            } else {
                "m"
            },
        ));
    }
    for (name, index) in &catalog.indexes {
        let table = catalog.tables.get(&index.table);
        let is_partitioned = |table: &Table| matches!(table.kind, TableKind::Partitioned(_));
        let kind = if table.is_some_and(|table| is_partitioned(table)) {
            "I"
        } else {
            "i"
        };
        all.push(class(name, kind));
    }
    all.extend(catalog.sequences.keys().map(|name| class(name, "S")));
    let composite = catalog
        .types
        .iter()
        .filter(|(_, of)| matches!(of.kind, TypeKind::Composite(_)));
    all.extend(composite.map(|(name, _)| class(name, "c")));
    all
}

/// The indexes of constraints.
fn index_names(table: &Table) -> impl Iterator<Item = &Name> {
    let has_index = |constraint: &Constraint| constraint.index().is_some();
    let all = table.constraints.iter();
    all.filter(move |(_, constraint)| has_index(constraint))
        .map(|(name, _)| name)
}

pub(super) fn attributes(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (name, table) in &catalog.tables {
        let oid = name.to_string();
        let columns = table.columns.iter().map(|column| column.name.as_str());
        let names = columns.chain(["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"]);
        all.extend(names.map(|column| Row::new([("attname", column), ("attrelid", &oid)])));
    }
    // what the others have is not looked into
    let others = catalog
        .views
        .keys()
        .chain(catalog.indexes.keys())
        .chain(catalog.sequences.keys())
        .chain(catalog.types.keys());
    all.extend(others.map(|name| Row::new([("attrelid", &name.to_string())]).unknown("attname")));
    all
}

pub(super) fn policies(catalog: &Catalog) -> Vec<Row> {
    let mut all = Vec::new();
    for (of, table) in &catalog.tables {
        for name in table.policies.keys() {
            all.push(Row::new([
                ("polname", name.as_str()),
                ("polrelid", &of.to_string()),
                ("policyname", name.as_str()),
                ("schemaname", of.schema.as_str()),
                ("tablename", of.name.as_str()),
            ]));
        }
    }
    all
}

pub(super) fn triggers(catalog: &Catalog) -> Vec<Row> {
    let tables = catalog
        .tables
        .iter()
        .map(|(of, table)| (of, &table.triggers));
    let views = catalog.views.iter().map(|(of, view)| (of, &view.triggers));
    let row = |of: &QName, name: &Name| {
        Row::new([("tgname", name.as_str()), ("tgrelid", &of.to_string())])
    };
    tables
        .chain(views)
        .flat_map(|(of, triggers)| triggers.keys().map(move |name| row(of, name)))
        .collect()
}

/// `pg_tables`, `pg_views`, and the tables of the information schema.
pub(super) fn relations(catalog: &Catalog, system: System) -> Vec<Row> {
    let row = |of: &QName, kind: &str, owner: Option<&Name>| {
        let (schema, name) = (of.schema.as_str(), of.name.as_str());
        match system {
            System::PgTables => Row::new([("schemaname", schema), ("tablename", name)]),
            System::PgViews => Row::new([("schemaname", schema), ("viewname", name)]),
            _ => Row::new([
                ("table_schema", schema),
                ("table_name", name),
                ("table_type", kind),
            ])
            .of_owner(owner),
        }
    };
    let tables = catalog.tables.iter().map(|(name, table)| {
        let kind = match table.kind {
            TableKind::Foreign(_) => "FOREIGN",
            _ if name.schema == "pg_temp" => "LOCAL TEMPORARY",
            _ => "BASE TABLE",
        };
        row(name, kind, table.owner.as_ref())
    });
    let plain = catalog
        .views
        .iter()
        .filter(|(_, view)| view.kind == ViewKind::Plain);
    let views = plain.map(|(name, view)| row(name, "VIEW", view.owner.as_ref()));
    match system {
        System::PgTables => tables.collect(),
        System::PgViews => views.collect(),
        _ => tables.chain(views).collect(),
    }
}

pub(super) fn indexes(catalog: &Catalog) -> Vec<Row> {
    let row = |table: &QName, index: &str| {
        Row::new([
            ("schemaname", table.schema.as_str()),
            ("tablename", table.name.as_str()),
            ("indexname", index),
        ])
    };
    let keys = catalog
        .tables
        .iter()
        .flat_map(|(name, table)| index_names(table).map(move |key| row(name, key.as_str())));
    let free = catalog.indexes.iter();
    keys.chain(free.map(|(name, index)| row(&index.table, name.name.as_str())))
        .collect()
}

pub(super) fn columns(catalog: &Catalog) -> Vec<Row> {
    let row = |of: &QName, owner: Option<&Name>| {
        let row = Row::new([
            ("table_schema", of.schema.as_str()),
            ("table_name", of.name.as_str()),
        ]);
        row.of_owner(owner)
    };
    let mut all = Vec::new();
    for (name, table) in &catalog.tables {
        for column in &table.columns {
            all.push(row(name, table.owner.as_ref()).and("column_name", column.name.as_str()));
        }
    }
    let views = catalog.views.iter();
    for (name, view) in views.filter(|(_, view)| view.kind == ViewKind::Plain) {
        all.push(row(name, view.owner.as_ref()).unknown("column_name"));
    }
    all
}
