//! `segue diff`, `dev`, `push`, `pull` and `reset` on SQLite.

use super::Lite;
use crate::{harness::Project, tools::TOOLS};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\n\
     CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE);\n\
     CREATE INDEX by_email ON users (email);\n";

/// A change that only making the table anew can bring about.
const CHECKED: &str = "CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  -- segue: renamed from email\n  \
     mail TEXT NOT NULL CHECK (mail <> ''));\n\
     CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users ON DELETE CASCADE);\n\
     CREATE INDEX by_email ON users (mail);\n";

fn begun() -> (Project, String) {
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .file("schema.sql", CHECKED);
    let url = project.sqlite();
    project.segue(&["deploy", "--url", &url]).exits(0);
    let seed = "INSERT INTO users VALUES (1, 'a@b.c'); INSERT INTO posts VALUES (1, 1);";
    project
        .file("segue.toml", "[seed]\nfile = \"seed.sql\"\n")
        .file("seed.sql", seed);
    project.segue(&["seed", "--url", &url]).exits(0);
    (project, url)
}

/// How many rows there are.
fn posts(project: &Project) -> i64 {
    let file = project.sqlite();
    let file = file
        .trim_start_matches("sqlite:")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .query_row("SELECT count(*) FROM posts", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn dev_makes_a_table_anew_and_keeps_what_refers_to_it() {
    let (project, url) = begun();
    project
        .segue(&["dev", "--name", "checked", "--url", &url])
        .exits(0)
        .prints("table users")
        .prints("1 migration applied");
    assert_eq!(posts(&project), 1);
    project
        .segue(&["dev", "--name", "again", "--url", &url])
        .exits(0)
        .prints("no migration is needed");
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(0);
    project
        .segue(&[
            "diff",
            "--from",
            "database",
            "--to",
            "migrations",
            "--url",
            &url,
        ])
        .exits(0)
        .prints("no differences");
}

#[test]
fn push_and_reset_leave_nothing_half_done() {
    let (project, url) = begun();
    project
        .segue(&["push", "--url", &url])
        .exits(0)
        .prints("table users");
    assert_eq!(posts(&project), 1);
    project
        .segue(&["push", "--url", &url])
        .exits(0)
        .prints("has the schema already");
    project
        .segue(&["reset", "--force", "--url", &url])
        .exits(0)
        .prints("1 migration applied");
    assert_eq!(posts(&project), 1);
    project
        .segue(&["status", "--drift", "--url", &url])
        .exits(0);
}

#[test]
fn pull_writes_the_schema_as_sqlite_keeps_it() {
    let (project, url) = begun();
    project
        .segue(&["pull", "--to", "pulled.sql", "--url", &url])
        .exits(0)
        .prints("pulled.sql");
    let text = project.text("pulled.sql");
    assert!(
        text.contains("CREATE INDEX by_email") && !text.contains("_segue"),
        "{text}"
    );
    project
        .segue(&["pull", "--split", "--to", "db", "--url", &url])
        .exits(0)
        .prints("db/tables/users.sql");
    for side in ["pulled.sql", "db", "migrations"] {
        project
            .segue(&["diff", "--from", &url, "--to", side])
            .exits(0)
            .prints("no differences");
    }
    project
        .segue(&[
            "diff",
            "--from",
            &url,
            "--to",
            "postgres://nobody@127.0.0.1:1/x",
        ])
        .exits(1);
}

#[test]
fn dev_rebuilds_a_table_in_the_layout_of_every_tool_and_loses_no_row() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        lite.write(1, "users", USERS).first_deploy().exits(0);
        lite.sql("INSERT INTO users VALUES (1, 'a@b.c'); INSERT INTO posts VALUES (1, 1)");
        lite.project
            .file("schema.sql", CHECKED)
            .file("segue.toml", "schema_path = \"schema.sql\"\n");
        let document = lite
            .segue(&["dev", "--name", "checked", "--json"])
            .exits(0)
            .json();
        let migration = &document["migration"];
        assert_eq!(migration["layout"], tool.layout(), "{document}");
        assert_eq!(migration["unreached"], serde_json::json!([]), "{document}");
        assert_eq!(migration["unrestored"], serde_json::json!([]), "{document}");
        assert_eq!(lite.sql("SELECT count(*) FROM posts"), "1", "{tool:?}");
        assert_eq!(lite.sql("SELECT mail FROM users"), "a@b.c", "{tool:?}");
        lite.segue(&["status"]).exits(0);
        lite.segue(&["dev", "--name", "again"])
            .exits(0)
            .prints("no migration is needed");
    }
}
