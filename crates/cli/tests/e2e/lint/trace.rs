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
