//! `segue compat`: workloads of every kind, and what is said of bad ones.

use std::fmt::Write as _;

use crate::harness::{Project, database_of_superuser};

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, nick text);";

fn project() -> Project {
    let project = Project::new();
    project
        .migration("0001_users", USERS)
        .migration("0002_drop", "ALTER TABLE users DROP COLUMN nick;");
    project
}

#[test]
fn what_breaks_is_told_with_its_place_and_the_order_follows() {
    let Some(db) = database_of_superuser() else {
        return;
    };
    let project = project();
    project
        .file("old/q.sql", "-- name: GetNick :one\nSELECT nick FROM users WHERE id = $1;\n")
        .file(
            "new/query-1.json",
            r#"{"db_name":"PostgreSQL","query":"SELECT name FROM users WHERE id = $1","describe":{}}"#,
        )
        .file("new/query-2.json", r#"{"db_name":"MySQL","query":"SELECT 1"}"#);
    let on = |more: &[&str]| {
        let mut arguments = vec!["compat", "0002_drop", "--shadow-url", &db.url];
        arguments.extend(more);
        project.segue(&arguments)
    };
    on(&["--old", "old", "--new", "new"])
        .exits(0)
        .prints("either may go first");
    on(&["--old", "old", "--verbose"])
        .exits(0)
        .prints("old/q.sql:2 GetNick")
        .prints("users.nick is gone after contract");
    on(&["--new", "new", "--verbose"])
        .exits(0)
        .prints("it is for MySQL");
    // The old queries as those of the new app: they do not run once it is contracted.
    on(&["--new", "old"])
        .exits(1)
        .prints("contracted: fails: users.nick is gone after contract");
}

#[test]
fn an_empty_workload_is_said_and_is_no_evidence() {
    let Some(db) = database_of_superuser() else {
        return;
    };
    let project = project();
    project
        .file("empty/read.me", "nothing")
        .file("silent/q.sql", "BEGIN; SET x.y = 1; COMMIT;")
        .file("wrong/q.sql", "SELEC 1; SELECT 'open");
    let on = |name: &str| {
        project.segue(&[
            "compat",
            "0002_drop",
            "--old",
            name,
            "--shadow-url",
            &db.url,
        ])
    };
    on("empty").exits(1).prints("no query, so nothing is known");
    on("silent")
        .exits(1)
        .prints("3 name nothing of the schema, so nothing is known");
    on("wrong").exits(1).prints("not judged: wrong/q.sql");
    on("nowhere")
        .exits(1)
        .says("the workload `nowhere` cannot be read");
    project
        .segue(&["compat", "0002_drop"])
        .exits(1)
        .says("no queries are named");
    project
        .segue(&["compat", "--old", "silent"])
        .exits(1)
        .says("name the migrations to judge");
}

#[test]
fn ten_thousand_queries_are_counted_and_few_are_listed() {
    let Some(db) = database_of_superuser() else {
        return;
    };
    let project = project();
    let mut text = "{\"segue\":\"workload\",\"version\":1}\n".to_owned();
    for number in 0..5000 {
        writeln!(
            text,
            "{{\"query\":\"SELECT nick AS n{number} FROM users\",\"calls\":{number}}}"
        )
        .expect("it is written");
        writeln!(
            text,
            "{{\"query\":\"SELECT name AS n{number} FROM users\"}}"
        )
        .expect("it is written");
    }
    project.file("many.jsonl", text);
    let arguments = [
        "compat",
        "0002_drop",
        "--old",
        "many.jsonl",
        "--json",
        "--shadow-url",
        &db.url,
    ];
    let document = project.segue(&arguments).exits(0).json();
    let old = &document["apps"][0];
    assert_eq!(old["judged"], 10_000);
    assert_eq!(old["cells"][2]["fails"], 5000);
    assert_eq!(old["cells"][2]["works"], 5000);
    assert_eq!(old["queries"].as_array().expect("a list").len(), 100);
    assert_eq!(old["queries_left_out"], 4900);
}

#[test]
fn a_text_that_was_cut_off_is_said_to_be() {
    let Some(db) = database_of_superuser() else {
        return;
    };
    let project = project();
    let long = format!(
        "SELECT name FROM users WHERE name IN ({}",
        "'x', ".repeat(300)
    );
    let line = serde_json::json!({ "query": &long[..1023] });
    project.file(
        "cut.jsonl",
        format!("{{\"segue\":\"workload\",\"version\":1}}\n{line}\nno json\n"),
    );
    project
        .segue(&[
            "compat",
            "0002_drop",
            "--old",
            "cut.jsonl",
            "--shadow-url",
            &db.url,
        ])
        .exits(1)
        .prints("is perhaps cut off (track_activity_query_size)")
        .prints("the line is no JSON");
}
