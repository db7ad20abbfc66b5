//! A schema that is read from a server, written as SQL and run in an empty database is the same schema: for the model,
//! and for `pg_dump`. Needs PostgreSQL's binaries.

use std::sync::Arc;

use segue_catalog::{Catalog, compare, render};
use segue_cluster::Cluster;
use segue_db::{
    introspect,
    postgres::{
        Session,
        connect::connect,
        url::{Defaults, read},
    },
};

mod corpus;

/// The schema of a database.
async fn schema(url: &str) -> Catalog {
    let target = read(url, &Defaults::default()).expect("the cluster's own URL");
    let connection = connect(&target, None, &mut |_| {})
        .await
        .expect("the cluster is up");
    let session = Session::new(connection);
    let found = introspect(&session)
        .await
        .expect("a schema that can be read");
    session.close().await;
    assert_eq!(found.unread, []);
    found.catalog
}

/// Writes the schema of a database, runs that in another, and compares the two.
async fn comes_back(cluster: &Cluster, url: &str) {
    let catalog = schema(url).await;
    let sql = render::sql(&catalog);
    let second = cluster.create_database().expect("another database");
    if let Err(error) = cluster.psql(&second, &format!("\\set ON_ERROR_STOP on\n{sql}")) {
        panic!("{error}\n{sql}");
    }
    let again = schema(&second).await;
    let differences = compare(&catalog, &again);
    assert!(differences.is_empty(), "{differences:#?}\n{sql}");
    assert_eq!(render::sql(&again), sql);
    let dump = |url: &str| cluster.dump_schema(url, &[]).expect("pg_dump");
    let (first, second) = (sorted(&dump(url)), sorted(&dump(&second)));
    assert!(first == second, "{}\n{sql}", unlike(&first, &second));
    assert_eq!(as_said(catalog), as_said(again), "{sql}");
}

/// Without what no SQL says: the names that an index has kept from before its columns were renamed.
fn as_said(mut catalog: Catalog) -> Catalog {
    for index in catalog.indexes.values_mut() {
        Arc::make_mut(index).attributes.clear();
    }
    for table in catalog.tables.values_mut() {
        for constraint in Arc::make_mut(table).constraints.values_mut() {
            if let Some(index) = constraint.index_mut() {
                index.attributes.clear();
            }
        }
    }
    catalog
}

/// The statements of a dump, in an order that does not depend on when objects were made.
fn sorted(dump: &str) -> Vec<String> {
    let mut statements: Vec<String> = dump
        .split(";\n")
        .map(|text| text.trim().to_owned())
        .collect();
    statements.sort();
    statements
}

/// The statements that only one of them has.
fn unlike(first: &[String], second: &[String]) -> String {
    let only = |these: &[String], those: &[String]| {
        let only: Vec<&str> = these
            .iter()
            .filter(|text| !those.contains(text))
            .map(String::as_str)
            .collect();
        only.join("\n")
    };
    format!(
        "only in the first:\n{}\nonly in the second:\n{}",
        only(first, second),
        only(second, first)
    )
}

/// Runs a script in a new database and asks whether its schema comes back.
async fn script_comes_back(script: &str) {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let url = cluster.create_database().expect("a database");
    let old = cluster.version().major < 15;
    let lines = script
        .lines()
        .filter(|line| !(old && line.ends_with("-- from 15")));
    let script: String = lines.flat_map(|line| [line, "\n"]).collect();
    cluster.psql(&url, &script).expect("the script runs");
    comes_back(&cluster, &url).await;
}

#[tokio::test]
async fn tables_with_everything_on_them_come_back() {
    script_comes_back(include_str!("tables.sql")).await;
}

#[tokio::test]
async fn types_routines_and_views_come_back_whatever_they_need() {
    script_comes_back(include_str!("definitions.sql")).await;
}

#[tokio::test]
async fn partitions_and_children_come_back_with_their_names() {
    script_comes_back(include_str!("families.sql")).await;
}

#[tokio::test]
async fn owners_privileges_and_comments_come_back() {
    script_comes_back(include_str!("privileges.sql")).await;
}
