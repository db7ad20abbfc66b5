//! Histories of real projects: every state becomes the next one, and the last one any other.

use std::{env, fs, path::Path};

use segue_catalog::sqlite::{
    Catalog, diff,
    diff::{Frame, Options},
};

use super::databases::{carry_out, database, read, values, with_rows};

/// The schemas after each migration of a folder of the corpus; none where the tests run without it.
async fn states(folder: &str) -> Vec<Catalog> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return Vec::new();
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    let files = fs::read_dir(workspace.join(corpus).join(folder)).expect("the corpus has it");
    let mut files: Vec<_> = files.map(|file| file.expect("is read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let session = database("").await;
    let mut states = vec![read(&session).await];
    for file in files {
        let migration = fs::read_to_string(file).expect("is text");
        let transaction = format!("BEGIN; {migration}; COMMIT;");
        session.execute(&transaction).await.expect("runs");
        // What a tool does between two migrations.
        session
            .execute("PRAGMA foreign_keys = ON")
            .await
            .expect("runs");
        states.push(read(&session).await);
    }
    session.close().await;
    states
}

/// Rows stay where they can.
async fn becomes(from: &Catalog, to: &Catalog, frame: Frame) {
    let options = Options {
        column_order: true,
        ..Options::default()
    };
    let found = diff(from, to, &options);
    let needs_values = found.changes.iter().any(|change| !change.notes.is_empty());
    let session = if needs_values {
        database(&segue_catalog::sqlite::sql(from)).await
    } else {
        with_rows(from).await
    };
    carry_out(&session, to, &options, frame).await;
    let again = diff(&read(&session).await, to, &options);
    assert!(again.is_empty());
    assert_eq!(values(&session, "PRAGMA foreign_keys").await, "1");
    session.close().await;
}

#[tokio::test]
async fn every_state_of_a_history_becomes_the_next_and_the_one_before() {
    for folder in [
        "homarr-drizzle/sqlite",
        "conductor-flyway/sqlite/migration_sqlite",
    ] {
        let states = states(folder).await;
        for pair in states.windows(2) {
            becomes(&pair[0], &pair[1], Frame::Within).await;
            becomes(&pair[1], &pair[0], Frame::Script).await;
        }
        if let (Some(last), Some(middle)) = (states.last(), states.get(states.len() / 2)) {
            becomes(&states[0], last, Frame::Script).await;
            becomes(middle, last, Frame::Deploy).await;
            becomes(last, &states[0], Frame::Script).await;
        }
    }
}
