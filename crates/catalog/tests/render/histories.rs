//! The schemas that real histories lead to.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use segue_catalog::{Catalog, Session, advance};
use segue_sql::{Source, split};

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

/// The scripts `folder/<migration>/<file>` in order of the migrations' names; dashes do not count, as in Diesel.
fn scripts(folder: &Path, file: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the corpus");
    let folders = entries.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<PathBuf> = folders
        .map(|folder| folder.join(file))
        .filter(|path| path.is_file())
        .collect();
    found.sort_by_key(|path| path.to_string_lossy().replace('-', ""));
    found
}

/// Replays a history as far as it can be understood without a server, and asks now and then whether the schema so far
/// comes back.
fn history_comes_back(folder: &str, file: &str) {
    let Some(folder) = corpus(folder) else { return };
    let scripts = scripts(&folder, file);
    let (mut catalog, mut session) = (Catalog::empty(16), Session::default());
    for (number, path) in scripts.iter().enumerate() {
        let source = Source::new(
            "migration.sql",
            fs::read_to_string(path).expect("a migration"),
        );
        for statement in split(&source).expect("a script that can be cut").iter() {
            // what only a server can tell is no matter here
            let _ = advance(&source, statement.span, &mut catalog, &mut session);
        }
        if number % 50 == 49 || number + 1 == scripts.len() {
            comes_back(&catalog);
        }
    }
}

#[test]
fn the_schemas_of_crates_io_come_back() {
    history_comes_back("crates.io-diesel", "up.sql");
}

#[test]
fn the_schemas_of_langfuse_come_back() {
    history_comes_back("langfuse-prisma/migrations", "migration.sql");
}

#[test]
fn the_schemas_of_hoppscotch_come_back() {
    history_comes_back("hoppscotch-prisma/migrations", "migration.sql");
}
