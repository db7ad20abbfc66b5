//! `--trace`: what the server really does, beside what is said.

use super::{LOOSE, SCHEMA, rules};
use crate::harness::Project;

const TRIGGER: &str = "CREATE TABLE audit (at timestamptz DEFAULT now());\n\
     CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE audit; RETURN NULL; END $$;\n\
     CREATE TRIGGER note AFTER UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION note();\n";

#[test]
fn what_only_a_server_can_tell_is_found_by_running_it() {
    let project = Project::new();
    project
        .file("schema.sql", format!("{SCHEMA}{TRIGGER}"))
        .file(
            "m.sql",
            "ALTER TABLE users ADD COLUMN note text;\n\
             UPDATE users SET note = '' WHERE id = 1;\n\
             DO $$ BEGIN EXECUTE format('CREATE INDEX users_note ON %I (note)', 'users'); END $$;\n",
        );
    let without = project.segue(&[&LOOSE[..], &["--format", "json"]].concat());
    let seen = |document: &serde_json::Value| -> Vec<(String, u64)> {
        let found = rules(document, "findings").into_iter();
        found
            .filter(|(rule, _)| rule.starts_with("trace-"))
            .collect()
    };
    assert_eq!(seen(&without.json()), Vec::new());
    let traced = project.segue(&[&LOOSE[..], &["--trace", "--format", "json"]].concat());
    assert_eq!(
        seen(&traced.json()),
        [
            ("trace-disagreement".to_owned(), 2),
            ("trace-opaque".to_owned(), 3)
        ]
    );
    traced.exits(2);
}

#[test]
fn what_a_trace_finds_can_be_allowed_and_is_not_missed_without_one() {
    let project = Project::new();
    project.file("schema.sql", SCHEMA).file(
        "m.sql",
        "-- segue: allow trace-opaque because nobody writes at night\n\
         DO $$ BEGIN EXECUTE format('CREATE INDEX users_email ON %I (email)', 'users'); END $$;\n",
    );
    let traced = project.segue(&[&LOOSE[..], &["--trace", "--format", "json"]].concat());
    let document = traced.exits(0).json();
    assert_eq!(
        rules(&document, "acknowledged"),
        [("trace-opaque".to_owned(), 2)]
    );
    let without = project.segue(&[&LOOSE[..], &["--format", "json"]].concat());
    let found = rules(&without.exits(0).json(), "findings");
    let unused = |(rule, _): &(String, u64)| rule == "unused-acknowledgement";
    assert!(!found.iter().any(unused), "{found:?}");
}

#[test]
fn what_a_server_says_of_a_secret_is_not_repeated() {
    let project = Project::new();
    project.file(
        "migrations/00001_a.sql",
        "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${TOKEN}'::int;\n",
    );
    project
        .segue_with(
            &[("TOKEN", "hunter2")],
            &["lint", "--trace", "--dir", "migrations"],
        )
        .exits(1)
        .says("the server refuses this statement")
        .never_says("hunter2");
}
