//! The model must equal the server: real histories are run on a server, migration by migration, and after each the
//! schema that was told beforehand is compared with the one that the server has, object by object.
//!
//! What cannot be told (a DO block, dynamic SQL) is learned from the same server and counted: it has to stay below
//! one statement in a hundred.

mod across;
mod history;
mod majors;
mod report;

use std::{env, path::PathBuf};

use history::History;

/// Further histories to run, as paths are written in `PATH`.
const FURTHER: &str = "SEGUE_HISTORIES";

async fn check(folder: &str) {
    let Some(history) = History::open(folder) else {
        return;
    };
    let report = history.run().await;
    println!("{report}");
    assert!(
        report.is_equal(),
        "the model is not what the server has:\n{report}"
    );
    assert!(
        report.is_told(),
        "too many statements cannot be told:\n{report}"
    );
}

/// What a contributor has at hand: all of them are run, whatever the first ones show. How much of them is opaque is
/// told, not judged.
#[tokio::test]
async fn further_histories_lead_to_what_was_told() {
    let mut different = Vec::new();
    let folders = env::var_os(FURTHER).unwrap_or_default();
    // An empty list is one empty path.
    let folders = env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty());
    for folder in folders {
        let name = folder.display().to_string();
        let run = tokio::spawn(run_at(folder));
        match run.await {
            Ok(true) => {}
            Ok(false) => different.push(name),
            Err(panic) => different.push(format!("{name}: {panic}")),
        }
    }
    assert!(
        different.is_empty(),
        "the model is not what the server has:\n{}",
        different.join("\n")
    );
}

async fn run_at(folder: PathBuf) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let Some(history) = History::at(&folder, &name) else {
        return true;
    };
    let report = history.run().await;
    println!("{report}");
    report.is_equal()
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
