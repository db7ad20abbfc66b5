//! goose, golang-migrate and dbmate on SQLite: what `sqlite3` finds in the file afterwards.

use std::{fs, path::Path, process::Command};

use crate::{corpus::corpus, harness::Project};

/// What the `sqlite3` command prints; it is needed for these tests.
#[track_caller]
fn sqlite(file: &Path, sql: &str) -> String {
    let ran = Command::new("sqlite3").arg(file).arg(sql).output();
    let ran = ran.expect("sqlite3: apt-get install sqlite3");
    let error = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{sql}: {error}");
    String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
}

const URL: [&str; 2] = ["--url", "sqlite:app.db"];

/// The project's tables and indexes.
const SCHEMA: &str = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' \
     AND tbl_name NOT IN ('goose_db_version', 'schema_migrations') ORDER BY name";

#[test]
fn the_goose_migrations_of_openfga_are_deployed_as_sqlite3_and_goose_would() {
    let Some(dir) = corpus("openfga-goose/sqlite") else {
        return;
    };
    let project = Project::new();
    let dir = dir.to_str().unwrap();
    let deploy = [&["deploy", "--dir", dir], &URL[..]].concat();
    project
        .segue(&deploy)
        .exits(0)
        .says("(layout goose")
        .prints("2 migrations applied");
    let file = project.root().join("app.db");
    let other = project.root().join("other.db");
    for name in ["005_initialize_schema.sql", "006_add_store_ulid_index.sql"] {
        let text = fs::read_to_string(Path::new(dir).join(name)).unwrap();
        let (_, rest) = text.split_once("-- +goose Up\n").unwrap();
        let (up, _) = rest.split_once("-- +goose Down").unwrap();
        sqlite(&other, up);
    }
    let ours = sqlite(&file, SCHEMA);
    assert_eq!(ours, sqlite(&other, SCHEMA));
    assert!(ours.contains("CREATE TABLE tuple"));
    let rows =
        "SELECT id, version_id, is_applied, tstamp IS NOT NULL FROM goose_db_version ORDER BY id";
    assert_eq!(sqlite(&file, rows), "1|0|1|1\n2|5|1|1\n3|6|1|1");
    project.segue(&deploy).exits(0).prints("up to date");
    assert_eq!(sqlite(&file, rows), "1|0|1|1\n2|5|1|1\n3|6|1|1");
}

#[test]
fn a_goose_migration_without_transaction_goes_on_where_it_stopped() {
    let project = Project::new();
    let text = "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE one (id int);\n\
                CREATE TABLE two (id int);\nINSERT INTO nowhere VALUES (1);\n-- +goose Down\nDROP TABLE one;\n";
    let deploy = [&["deploy"], &URL[..]].concat();
    project
        .file("migrations/1_one.sql", text)
        .segue(&deploy)
        .exits(1)
        .says("statements 1–2 of 3");
    let file = project.root().join("app.db");
    assert_eq!(
        sqlite(&file, "SELECT max(version_id) FROM goose_db_version"),
        "0"
    );
    project
        .file("migrations/1_one.sql", text.replace("nowhere", "one"))
        .segue(&deploy)
        .exits(0);
    assert_eq!(
        sqlite(&file, "SELECT max(version_id) FROM goose_db_version"),
        "1"
    );
    assert_eq!(sqlite(&file, "SELECT id FROM one"), "1");
}

#[test]
fn golang_migrates_row_and_its_dirty_mark_are_kept_in_sqlite() {
    let project = Project::new();
    let deploy = [&["deploy"], &URL[..]].concat();
    project
        .file("go.mod", "module example\n")
        .file("migrations/1_one.up.sql", "CREATE TABLE one (id int);\n")
        .file("migrations/2_two.up.sql", "CREATE TABLE two (id int);\n")
        .segue(&deploy)
        .exits(0)
        .prints("2 migrations applied");
    let file = project.root().join("app.db");
    let rows = "SELECT version, dirty FROM schema_migrations";
    assert_eq!(sqlite(&file, rows), "2|0");
    let index = "SELECT name FROM sqlite_schema WHERE type = 'index'";
    assert_eq!(sqlite(&file, index), "version_unique");
    sqlite(
        &file,
        "UPDATE schema_migrations SET dirty = 1; DROP TABLE two",
    );
    project
        .segue(&deploy)
        .exits(1)
        .says("`2_two` was begun by golang-migrate and did not end");
    project
        .segue(&[&["resolve", "--rolled-back", "2_two"], &URL[..]].concat())
        .exits(0);
    assert_eq!(sqlite(&file, rows), "1|0");
    project.segue(&deploy).exits(0);
    assert_eq!(sqlite(&file, rows), "2|0");
}

#[test]
fn dbmates_versions_are_kept_in_sqlite() {
    let project = Project::new();
    let deploy = [&["deploy"], &URL[..]].concat();
    let text = "-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\nDROP TABLE one;\n";
    project
        .file("db/migrations/20240101000001_one.sql", text)
        .segue(&deploy)
        .exits(0);
    let file = project.root().join("app.db");
    assert_eq!(
        sqlite(&file, "SELECT * FROM schema_migrations"),
        "20240101000001"
    );
    project.segue(&deploy).exits(0).prints("up to date");
}

#[test]
fn gooses_own_variable_names_the_table_in_sqlite() {
    let project = Project::new();
    let deploy = [&["deploy"], &URL[..]].concat();
    project
        .file(".env", "GOOSE_TABLE=Versions\n")
        .file(
            "migrations/1_one.sql",
            "-- +goose Up\nCREATE TABLE one (id int);\n",
        )
        .segue(&deploy)
        .exits(0);
    let file = project.root().join("app.db");
    assert_eq!(sqlite(&file, "SELECT count(*) FROM versions"), "2");
    project.segue(&deploy).exits(0).prints("up to date");
}
