//! What `segue.toml` says of lint, and the facts that it goes by.

use serde_json::json;

use super::{INDEX, LOOSE, index, loose, rules};
use crate::harness::{Project, database};

#[test]
fn levels_and_sizes_come_from_the_configuration() {
    let project = loose(INDEX);
    let with = |lint: &str| {
        project.file("segue.toml", lint);
        project.segue(&LOOSE)
    };
    with("[lint.rules]\nindex-not-concurrent = \"off\"")
        .exits(0)
        .prints("no findings");
    with("[lint.rules]\nindex-not-concurrent = \"warning\"")
        .exits(0)
        .prints("1 warning");
    with("[lint]\nfail_on = \"warning\"\n[lint.rules]\nindex-not-concurrent = \"warning\"")
        .exits(2);
    with("[lint]\nfail_on = \"never\"")
        .exits(0)
        .prints("1 error");
    with("[lint.tables]\nusers = 20")
        .exits(0)
        .prints("no findings");
    with("[lint]\nlarge_rows = 10\n[lint.tables]\nusers = 20").exits(2);
    with("[lint.tables]\nuserz = 20")
        .exits(2)
        .says("segue.toml:2: the schema has no table `userz`");
    with("[lint.rules]\nindex-not-concurent = \"off\"")
        .exits(1)
        .says("segue.toml:2:1")
        .says("did you mean `index-not-concurrent`?");
    with("[lint]\nlarge_row = 10")
        .exits(1)
        .says("did you mean `large_rows`?");
}

fn project() -> Project {
    let project = Project::new();
    project
        .migration(
            "20260101000000_users",
            "CREATE TABLE users (id bigint PRIMARY KEY, email text);",
        )
        .migration("20260102000000_index", INDEX);
    project
}

#[test]
fn facts_of_a_database_tell_what_is_large_and_in_use() {
    let Some(database) = database() else { return };
    let project = project();
    database.sql(
        "CREATE TABLE users (id bigint PRIMARY KEY, email text); CREATE EXTENSION citext; \
         CREATE TABLE parts (id bigint) PARTITION BY RANGE (id); \
         CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100); \
         CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200); \
         INSERT INTO parts SELECT * FROM generate_series(1, 150); ANALYZE",
    );
    let facts = project.on(&database, &["facts"]).exits(0).json();
    let table = |name: &str| {
        let tables = facts["tables"].as_array().expect("tables");
        tables
            .iter()
            .find(|table| table["name"] == json!(name))
            .expect("it is there")
            .clone()
    };
    assert_eq!(table("users")["rows"], json!(0));
    assert_eq!(
        (&table("parts")["rows"], &table("parts_1")["rows"]),
        (&json!(150), &json!(99))
    );
    assert!(table("parts")["bytes"].as_u64() > table("parts_1")["bytes"].as_u64());
    assert!(facts["server_version"].as_u64() >= Some(140_000), "{facts}");
    assert_eq!(
        facts["settings"]["wal_level"].as_str().map(str::is_empty),
        Some(false)
    );
    assert!(facts["extensions"].to_string().contains("citext"));
    project.file("facts.json", facts.to_string());
    project.file("segue.toml", "[lint]\nlongest_blocking = \"0\"");
    let lint = |arguments: &[&str]| {
        let named = ["lint", "migrations/20260102000000_index"];
        project.on(&database, &[&named[..], arguments].concat())
    };
    // The table has no rows.
    lint(&["--facts", "facts.json"])
        .exits(0)
        .says("have tables that the migrations do not make: public.parts");
    lint(&["--live"]).exits(0);
    lint(&[]).exits(2);
    database.sql("INSERT INTO users SELECT n FROM generate_series(1, 20000) n; ANALYZE users");
    lint(&["--live"]).exits(2);
    lint(&["--facts", "facts.json"]).exits(0);
}

#[test]
fn facts_that_are_older_than_the_schema_say_so() {
    let project = project();
    let lint = |facts: &str| {
        project.file("facts.json", facts);
        let arguments = [
            "lint",
            "--facts",
            "facts.json",
            "migrations/20260102000000_index",
            "--json",
        ];
        project.segue(&arguments)
    };
    let old = r#"{"version": 1, "taken_at": "2026-01-01T00:00:00Z", "server_version": 160001,
        "tables": [{"schema": "public", "name": "people", "rows": 3}]}"#;
    let document = lint(old).exits(2).json();
    assert_eq!(rules(&document, "findings"), [index(1)]);
    let notes = document["notes"].to_string();
    assert!(notes.contains("do not know public.users"), "{notes}");
    assert!(notes.contains("do not make: public.people"), "{notes}");
    lint("{\"version\": 2}").exits(1).prints("version 2");
    lint("[]").exits(1).prints("segue facts > facts.json");
    project
        .segue(&["lint", "--live"])
        .exits(1)
        .says("no server is configured");
    project
        .segue(&["lint", "--facts", "nothing.json"])
        .exits(1)
        .says("nothing.json");
}
