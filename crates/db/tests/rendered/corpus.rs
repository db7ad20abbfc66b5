//! The schemas that real projects' migrations lead to.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use segue_cluster::Cluster;

use super::comes_back;

/// A folder of the corpus, unless the tests run without it.
fn corpus(folder: &str) -> Option<PathBuf> {
    if env::var_os("SEGUE_TEST_WITHOUT_CORPUS").is_some() {
        return None;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let corpus = env::var_os("SEGUE_CORPUS").unwrap_or_else(|| "../shared/corpus".into());
    let folder = workspace.join(corpus).join(folder);
    Some(folder.canonicalize().expect("the folder of the corpus"))
}

/// All files below a folder that end so, in order of their versions.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the corpus") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| version(path));
    found
}

/// Flyway compares numbers (`V13.1__name.sql`), the other tools texts; Diesel without the dashes.
fn version(path: &Path) -> (Vec<u64>, String) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let numbers = name
        .strip_prefix('V')
        .and_then(|name| name.split("__").next());
    let numbers = numbers.into_iter().flat_map(|numbers| numbers.split('.'));
    let numbers = numbers.map(|number| number.parse().unwrap_or(0)).collect();
    (numbers, path.to_string_lossy().replace('-', ""))
}

/// Runs all migrations of a folder and asks whether the schema that they lead to comes back.
async fn history_comes_back(folder: &str, end: &str) {
    let (Some(folder), Some(cluster)) = (corpus(folder), Cluster::for_test()) else {
        return;
    };
    let url = cluster.create_database().expect("a database");
    let mut script = String::new();
    for file in files(&folder, end) {
        let text = fs::read_to_string(&file).expect("a migration");
        script.push_str(text.split("-- +goose Down").next().unwrap_or_default());
        script.push_str("\n;\n");
    }
    cluster.psql(&url, &script).expect("the migrations run");
    comes_back(&cluster, &url).await;
}

#[tokio::test]
async fn the_schema_of_crates_io_comes_back() {
    history_comes_back("crates.io-diesel", "/up.sql").await;
}

#[tokio::test]
async fn the_schema_of_langfuse_comes_back() {
    history_comes_back("langfuse-prisma/migrations", "/migration.sql").await;
}

#[tokio::test]
async fn the_schema_of_hoppscotch_comes_back() {
    history_comes_back("hoppscotch-prisma/migrations", "/migration.sql").await;
}

#[tokio::test]
async fn the_schema_of_docs_rs_comes_back() {
    history_comes_back("docs.rs-sqlx", ".up.sql").await;
}

#[tokio::test]
async fn the_schema_of_homarr_comes_back() {
    history_comes_back("homarr-drizzle/postgresql", ".sql").await;
}

#[tokio::test]
async fn the_schema_of_openfga_comes_back() {
    history_comes_back("openfga-goose/postgres", ".sql").await;
}

#[tokio::test]
async fn the_schema_of_conductor_comes_back() {
    history_comes_back("conductor-flyway/postgres", ".sql").await;
}
