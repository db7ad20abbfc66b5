//! The model must equal the server: real histories are run on a server, migration by migration, and after each the
//! schema that was told beforehand is compared with the one that the server has, object by object.
//!
//! What cannot be told (a DO block, dynamic SQL) is learned from the same server and counted: it has to stay below
//! one statement in a hundred.

mod across;
mod history;
mod majors;
mod report;

use history::History;

/// How many statements in a hundred may have an effect that cannot be told.
const OPAQUE_PERCENT: usize = 1;

async fn check(folder: &str) {
    let Some(history) = History::open(folder) else {
        return;
    };
    let report = history.run().await;
    println!("{report}");
    assert!(
        report.differences.is_empty() && report.refused.is_empty(),
        "the model is not what the server has:\n{report}"
    );
    assert!(
        report.opaque.len() * 100 <= report.statements * OPAQUE_PERCENT,
        "too many statements cannot be told:\n{report}"
    );
}

#[tokio::test]
async fn the_diesel_migrations_of_crates_io_lead_to_what_was_told() {
    check("crates.io-diesel").await;
}

#[tokio::test]
async fn the_prisma_migrations_of_langfuse_lead_to_what_was_told() {
    check("langfuse-prisma/migrations").await;
}

#[tokio::test]
async fn the_prisma_migrations_of_hoppscotch_lead_to_what_was_told() {
    check("hoppscotch-prisma/migrations").await;
}

#[tokio::test]
async fn the_sqlx_migrations_of_docs_rs_lead_to_what_was_told() {
    check("docs.rs-sqlx").await;
}

#[tokio::test]
async fn the_drizzle_migrations_of_homarr_lead_to_what_was_told() {
    check("homarr-drizzle/postgresql").await;
}

#[tokio::test]
async fn the_goose_migrations_of_openfga_lead_to_what_was_told() {
    check("openfga-goose/postgres").await;
}

#[tokio::test]
async fn the_flyway_migrations_of_conductor_lead_to_what_was_told() {
    check("conductor-flyway/postgres").await;
}
