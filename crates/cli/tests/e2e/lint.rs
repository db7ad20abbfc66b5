//! `segue lint`: which migrations are judged, by what, and what comes of it.

mod fix;
mod inputs;
mod outputs;
mod policy;
mod projects;
mod style;
mod trace;
mod values;

use crate::harness::Project;

/// A table that is in use, and one that is empty.
const SCHEMA: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n\
                      CREATE TABLE empty (id bigint PRIMARY KEY, email text);\n\
                      INSERT INTO users SELECT n, 'a' || n FROM generate_series(1, 200) n;\n";

const INDEX: &str = "CREATE INDEX users_email_idx ON users (email);\n";

/// A folder with a schema and a migration that belong to no project.
fn loose(migration: &str) -> Project {
    let project = Project::new();
    project.file("schema.sql", SCHEMA).file("m.sql", migration);
    project
}

/// What `lint` is given there.
const LOOSE: [&str; 4] = ["lint", "--schema", "schema.sql", "m.sql"];

/// The rules of a document's findings, with their lines.
fn rules(document: &serde_json::Value, list: &str) -> Vec<(String, u64)> {
    let findings = document[list].as_array().expect("a list");
    findings
        .iter()
        .map(|one| {
            (
                one["rule"].as_str().expect("a rule").to_owned(),
                one["line"].as_u64().expect("a line"),
            )
        })
        .collect()
}

fn index(line: u64) -> (String, u64) {
    ("index-not-concurrent".to_owned(), line)
}
