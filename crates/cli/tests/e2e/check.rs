//! `segue check`: the checklist of a change without downtime.

use serde_json::Value;

use crate::harness::{Project, database, database_of_superuser};

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, nick text);";

fn line<'d>(document: &'d Value, name: &str) -> &'d Value {
    let lines = document["lines"].as_array().expect("a list");
    let found = lines.iter().find(|line| line["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {document:#}"))
}

#[test]
fn every_line_has_its_evidence_and_what_is_wrong_forbids() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", USERS);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO users SELECT g, 'n', 'k' FROM generate_series(1, 1000) g; ANALYZE users");
    project
        .migration("0002_drop", "ALTER TABLE users DROP COLUMN nick;")
        .file(
            "old/queries.sql",
            "SELECT id, nick FROM users WHERE id = $1;",
        )
        .file("new/queries.sql", "SELECT nick FROM users;");
    let document = project.on(&db, &["check", "--json"]).exits(1).json();
    let lines = document["lines"].as_array().expect("a list");
    assert_eq!(lines.len(), 12);
    for one in lines {
        let evidence = one["evidence"].as_array().expect("a list");
        assert!(!evidence.is_empty(), "{one:#}");
    }
    // The rule asks for a comment where something is taken away.
    assert_eq!(line(&document, "documented")["known"], "no");
    assert_eq!(line(&document, "documented")["forbids"], true);
    assert_eq!(line(&document, "forward-compatible")["known"], "unknown");
    assert_eq!(line(&document, "non-blocking")["known"], "yes");
    project
        .on(&db, &["check", "--allow", "documented"])
        .exits(0)
        .prints("non-blocking");
    project
        .on(
            &db,
            &["check", "--allow", "documented", "--require", "tested"],
        )
        .exits(1)
        .prints("unknown  tested  <- forbids");
    project
        .on(&db, &["check", "--require", "testet"])
        .exits(1)
        .says("did you mean `tested`?");
    let shadow = database_of_superuser().expect("a server");
    let all = [
        "check",
        "--json",
        "--old",
        "old",
        "--new",
        "new",
        "--test",
        "--allow",
        "documented",
        "--shadow-url",
        &shadow.url,
    ];
    let document = project.on(&db, &all).exits(1).json();
    assert_eq!(line(&document, "backward-compatible")["known"], "yes");
    assert_eq!(line(&document, "forward-compatible")["known"], "no");
    assert_eq!(line(&document, "tested")["known"], "yes", "{document:#}");
}

#[test]
fn it_is_written_for_a_pull_request() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", USERS);
    project.on(&db, &["deploy"]).exits(0);
    project.migration("0002_city", "ALTER TABLE users ADD COLUMN city text;");
    project
        .on(&db, &["check", "--format", "md"])
        .exits(0)
        .prints("| ✅ yes | backward-compatible |")
        .prints("| ✅ yes | backed-up |");
}

#[test]
fn nothing_pending_is_said() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", USERS);
    project.on(&db, &["deploy"]).exits(0);
    project
        .on(&db, &["check"])
        .exits(0)
        .prints("no migration is pending");
}

#[test]
fn a_webhook_that_hears_of_failures_is_what_monitored_means() {
    let Some(db) = database() else {
        return;
    };
    let project = Project::new();
    project.migration("0001_users", USERS);
    let known = |toml: &str| {
        project.file("segue.toml", toml);
        let document = project.on(&db, &["check", "--json"]).json();
        line(&document, "monitored").clone()
    };
    let hook = "[[webhook]]\nurl = \"https://hooks.example.com/hunter2\"\n";
    assert_eq!(known("")["known"], "unknown");
    let heard = known(hook);
    assert_eq!(heard["known"], "yes", "{heard:#}");
    let text = heard.to_string();
    assert!(
        text.contains("segue.toml:2") && !text.contains("hunter2"),
        "{text}"
    );
    let deaf = known(&format!("{hook}on = [\"expanded\"]\n"));
    assert_eq!(deaf["known"], "unknown", "{deaf:#}");
    let unset = known("[[webhook]]\nurl = \"${NOT_SET}\"\n");
    assert_eq!(unset["known"], "unknown", "{unset:#}");
    assert!(unset.to_string().contains("NOT_SET"), "{unset:#}");
}
