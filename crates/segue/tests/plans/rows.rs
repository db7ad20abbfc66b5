//! Rows for the tables of a schema. Every value depends on its type and the number of its row alone, so that foreign keys
//! find what they refer to.

use std::collections::BTreeMap;

use segue_catalog::{
    Catalog, DataType, Name, QName,
    model::{Column, ConstraintKind, Table, TableKind, TypeKind},
    render::literal,
};
use segue_db::Session;

/// So many rows of each table; in the last one is NULL whatever may be.
const ROWS: u32 = 4;

/// How far every sequence has counted before.
pub(crate) const COUNTED: i64 = 1000;

/// Puts rows into all tables, as a superuser: no trigger and no foreign key sees them. Those that a table does not take are left
/// out.
pub(crate) async fn put(session: &Session, catalog: &Catalog) -> Result<(), String> {
    let mut all = String::from("SET session_replication_role = replica;\n");
    for (name, table) in catalog.tables.iter() {
        if matches!(table.kind, TableKind::Foreign(_)) || table.partition_of.is_some() {
            continue;
        }
        for number in 1..=ROWS {
            if let Some(insert) = insert(catalog, name, table, number) {
                all.push_str(&format!(
                    "DO $segue$ BEGIN {insert}; EXCEPTION WHEN OTHERS THEN NULL; END $segue$;\n"
                ));
            }
        }
    }
    all.push_str(&format!(
        "DO $segue$ DECLARE own record; BEGIN FOR own IN SELECT format('%I.%I', schemaname, sequencename) AS name \
         FROM pg_sequences WHERE max_value > {COUNTED} LOOP PERFORM setval(own.name, {COUNTED}); END LOOP; END $segue$;\n"
    ));
    all.push_str("RESET session_replication_role");
    let done = session.rows(&all).await;
    done.map(drop).map_err(|error| error.to_string())
}

fn insert(catalog: &Catalog, name: &QName, table: &Table, number: u32) -> Option<String> {
    let (mut columns, mut values) = (Vec::new(), Vec::new());
    for column in &table.columns {
        if column.generated.is_some() {
            continue;
        }
        let value = match given(catalog, table, column, number) {
            Some(value) => value,
            None if column.not_null.is_none() => continue,
            None => return None,
        };
        columns.push(column.name.to_string());
        values.push(value);
    }
    if columns.is_empty() {
        return Some(format!("INSERT INTO {name} DEFAULT VALUES"));
    }
    Some(format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        columns.join(", "),
        values.join(", ")
    ))
}

fn given(catalog: &Catalog, table: &Table, column: &Column, number: u32) -> Option<String> {
    if number == ROWS && column.not_null.is_none() && !is_key(table, &column.name) {
        return Some("NULL".to_owned());
    }
    let value = of_type(catalog, &column.data_type, number)?;
    Some(format!("CAST({value} AS {})", column.data_type))
}

fn is_key(table: &Table, column: &Name) -> bool {
    table
        .constraints
        .values()
        .any(|constraint| match &constraint.kind {
            ConstraintKind::ForeignKey(key) => key.columns.contains(column),
            _ => false,
        })
}

fn of_type(catalog: &Catalog, of: &DataType, number: u32) -> Option<String> {
    if of.array {
        let element = DataType {
            array: false,
            ..of.clone()
        };
        return Some(format!("ARRAY[{}]", of_type(catalog, &element, number)?));
    }
    if !of.is_builtin() {
        let own = catalog.types.get(&of.name);
        return match own.map(|own| &own.kind) {
            Some(TypeKind::Enum(labels)) => {
                let labels = &labels.values;
                let at = usize::try_from(number).ok()? % labels.len().max(1);
                Some(literal(labels.get(at)?))
            }
            Some(TypeKind::Domain(domain)) => of_type(catalog, &domain.base, number),
            Some(_) => None,
            // of an extension, such as citext
            None => Some(literal(&format!("v{number}"))),
        };
    }
    Some(match of.name.name.as_str() {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" | "money"
        | "oid" => number.to_string(),
        "boolean" => literal(if number.is_multiple_of(2) {
            "true"
        } else {
            "false"
        }),
        "text" | "character varying" | "character" | "bpchar" | "name" | "bytea" | "\"char\"" => {
            literal(&format!("v{number}"))
        }
        "uuid" => literal(&format!("00000000-0000-4000-8000-{number:012}")),
        "json" | "jsonb" => literal(&format!("{{\"k\": {number}}}")),
        "date" => literal(&format!("2024-01-0{number}")),
        "timestamp without time zone" | "timestamp with time zone" | "timestamp" => {
            literal(&format!("2024-01-0{number} 10:00:00.123"))
        }
        "time without time zone" | "time with time zone" | "time" => {
            literal(&format!("10:00:0{number}"))
        }
        "interval" => literal(&format!("{number} hours")),
        "inet" | "cidr" => literal(&format!("10.0.0.{number}")),
        "bit" | "bit varying" => literal("1"),
        "tsvector" => literal(&format!("v{number}")),
        "point" => literal(&format!("({number},{number})")),
        "int4range" | "int8range" | "numrange" => literal(&format!("[{number},{})", number + 1)),
        _ => return None,
    })
}

/// What a table has: the values of each column, in an order that does not depend on where the rows lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) table: QName,
    /// By the columns' names.
    pub(crate) columns: Vec<Name>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

/// What the tables of a schema have. Times of today are all the same: both sides have made theirs at another moment.
pub(crate) async fn read(session: &Session, catalog: &Catalog) -> Result<Vec<Contents>, String> {
    let mut all = Vec::new();
    let mut queries = String::new();
    for (name, table) in catalog.tables.iter() {
        if table.kind != TableKind::Plain || table.columns.is_empty() {
            continue;
        }
        let mut columns: Vec<&Column> = table.columns.iter().collect();
        columns.sort_by(|one, other| one.name.cmp(&other.name));
        let shown: Vec<String> = columns.iter().map(|column| shown(column)).collect();
        queries.push_str(&format!(
            "SELECT '{}', {} FROM ONLY {name};\n",
            all.len(),
            shown.join(", ")
        ));
        all.push(Contents {
            table: name.clone(),
            columns: columns.iter().map(|column| column.name.clone()).collect(),
            rows: Vec::new(),
        });
    }
    let rows = session.rows(&queries).await;
    for row in rows.map_err(|error| format!("{error}\n{queries}"))? {
        let mut values = row.into_iter();
        let number = values.next().flatten();
        let number: Option<usize> = number.and_then(|number| number.parse().ok());
        if let Some(of) = number.and_then(|number| all.get_mut(number)) {
            of.rows.push(values.collect());
        }
    }
    for of in &mut all {
        of.rows.sort();
    }
    Ok(all)
}

fn shown(column: &Column) -> String {
    let name = &column.name;
    let of = column.data_type.name.name.as_str();
    if of.starts_with("timestamp") || of == "date" {
        let day = "interval '1 day'";
        return format!(
            "CASE WHEN {name} BETWEEN pg_catalog.now() - {day} AND pg_catalog.now() + {day} THEN 'today' ELSE {name}::text END"
        );
    }
    format!("{name}::text")
}

/// How far every sequence has counted.
pub(crate) async fn counted(session: &Session) -> Result<BTreeMap<String, i64>, String> {
    let query = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences \
                 WHERE schemaname <> 'segue'";
    let rows = session.rows(query).await;
    let rows = rows.map_err(|error| error.to_string())?.into_iter();
    let counted = rows.filter_map(|row| match <[Option<String>; 2]>::try_from(row) {
        Ok([Some(name), value]) => Some((name, value.and_then(|of| of.parse().ok()).unwrap_or(0))),
        _ => None,
    });
    Ok(counted.collect())
}
