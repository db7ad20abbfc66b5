//! What servers of one major version do otherwise than those before it.
//!
//! The files in `majors/` are histories of many small migrations, with an empty line between two. Servers that do not
//! know what a file is about are left out.

use std::fs;

use segue_cluster::Cluster;

use crate::history::History;

/// Runs a file of `majors/` on a server that is of this major version or a later one.
async fn check(file: &str, since: u32) {
    let path = format!("{}/tests/model/majors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).expect("the file is there");
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let major = cluster.version().major;
    if major < since {
        eprintln!("skipped: {file} needs PostgreSQL {since}, this is {major}");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let migrations = text.split("\n\n").filter(|text| !text.trim().is_empty());
    for (number, migration) in migrations.enumerate() {
        let name = format!("{:04}_migration.sql", number + 1);
        fs::write(folder.path().join(name), migration).expect("it can be written");
    }
    let report = History::on(cluster, folder.path(), file).run().await;
    println!("{report}");
    assert!(
        report.is_equal() && report.opaque.is_empty(),
        "the model is not what the server has:\n{report}"
    );
}

#[tokio::test]
async fn blocks_do_what_was_told() {
    check("blocks.sql", 14).await;
}

#[tokio::test]
async fn indexes_keep_the_old_names_of_renamed_columns() {
    check("renamed_columns.sql", 14).await;
}

#[tokio::test]
async fn defaults_keep_the_type_that_they_were_given() {
    check("retyped_defaults.sql", 14).await;
}

#[tokio::test]
async fn not_nulls_are_constraints_from_18_on() {
    check("not_null.sql", 14).await;
}

#[tokio::test]
async fn not_nulls_have_names_and_options() {
    check("named_not_null.sql", 18).await;
}

#[tokio::test]
async fn columns_may_be_virtual() {
    check("virtual_columns.sql", 18).await;
}

#[tokio::test]
async fn constraints_need_not_be_enforced() {
    check("not_enforced.sql", 18).await;
}

#[tokio::test]
async fn keys_may_be_of_periods() {
    check("periods.sql", 18).await;
}

#[tokio::test]
async fn partitions_share_an_identity() {
    check("identity_of_partitions.sql", 17).await;
}

#[tokio::test]
async fn tables_may_be_maintained_by_others() {
    check("maintain.sql", 17).await;
}

#[tokio::test]
async fn tables_have_the_columns_of_their_queries() {
    check("tables_of_queries.sql", 14).await;
}
