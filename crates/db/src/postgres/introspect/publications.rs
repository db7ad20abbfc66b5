//! Publications for logical replication.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use segue_catalog::{
    Expr,
    model::{Parameters, Publication, PublishedTable},
};

use super::{
    part::{Part, since},
    reading::class,
    text::unwrapped,
};

/// What a publication publishes unless it says otherwise (sql-createpublication.html).
const ALL_ACTIONS: &str = "insert, update, delete, truncate";

/// Publications.
pub(super) fn part(major: u16) -> Part {
    let generated = since(major, 18, "pubgencols", "'n'");
    Part::new(
        "publications",
        format!(
            "SELECT oid, pubname, pubowner, puballtables, concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END, \
             CASE WHEN pubupdate THEN 'update' END, CASE WHEN pubdelete THEN 'delete' END, \
             CASE WHEN pubtruncate THEN 'truncate' END), pubviaroot, {generated} FROM pg_publication"
        ),
        |reading, row| {
            let (oid, name, owner) = (row.oid(), row.text(), row.oid());
            if reading.members.contains(&(class::PUBLICATION, oid)) {
                return None;
            }
            let (all_tables, actions) = (row.flag(), row.text());
            let mut parameters = Parameters::new();
            if actions != ALL_ACTIONS {
                parameters.insert("publish".to_owned(), actions.to_owned());
            }
            if row.flag() {
                parameters.insert("publish_via_partition_root".to_owned(), "true".to_owned());
            }
            if row.code() == 's' {
                parameters.insert("publish_generated_columns".to_owned(), "stored".to_owned());
            }
            let publication = Publication {
                all_tables,
                schemas: BTreeSet::new(),
                tables: BTreeMap::new(),
                parameters,
                owner: reading.role(owner),
                comment: reading.comment(class::PUBLICATION, oid),
            };
            let name = reading.names.of(name);
            reading.publications.insert(oid, name.clone());
            reading
                .catalog
                .publications
                .insert(name, Arc::new(publication));
            Some(())
        },
    )
}

/// The tables of publications; columns and rows from PostgreSQL 15 on (release-15.html).
pub(super) fn tables(major: u16) -> Part {
    let columns = since(major, 15, "prattrs", "NULL");
    let rows = since(major, 15, "pg_get_expr(prqual, prrelid)", "NULL");
    Part::new(
        "tables of publications",
        format!("SELECT prpubid, prrelid, {columns}, {rows} FROM pg_publication_rel"),
        |reading, row| {
            let (publication, table) = (row.oid(), row.oid());
            let mut columns: Vec<i16> = row.numbers();
            columns.sort_unstable();
            let published = PublishedTable {
                columns: reading.column_names(table, &columns),
                rows: row.maybe().map(|text| Expr::printed(unwrapped(text))),
            };
            let name = reading.publications.get(&publication)?;
            let table = reading.relations.get(&table)?.name.clone();
            let publication = reading.catalog.publications.get_mut(name)?;
            Arc::make_mut(publication).tables.insert(table, published);
            Some(())
        },
    )
}

/// The schemas of publications (PostgreSQL 15).
pub(super) fn schemas() -> Part {
    Part::new(
        "schemas of publications",
        "SELECT pnpubid, pnnspid FROM pg_publication_namespace",
        |reading, row| {
            let (publication, schema) = (row.oid(), row.oid());
            let name = reading.publications.get(&publication)?;
            let schema = reading.schemas.get(&schema)?.clone();
            let publication = reading.catalog.publications.get_mut(name)?;
            Arc::make_mut(publication).schemas.insert(schema);
            Some(())
        },
    )
}
