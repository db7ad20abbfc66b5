//! `segue testdb -- COMMAND`.

use std::{io::Write, process::Stdio};

use super::ready;
use crate::harness::{Outcome, database, eventually};

/// The name of the database that a command has printed.
fn name_in(outcome: &Outcome) -> String {
    let line = outcome
        .out
        .lines()
        .find(|line| line.starts_with("segue_test_"));
    line.expect("a name").to_owned()
}

#[test]
fn a_command_gets_a_migrated_database_which_is_removed_behind_it() {
    let Some((project, server)) = ready() else {
        return;
    };
    let arguments = ["testdb", "--shadow-url", &server.url, "--", "sh", "-c"];
    let script = "psql -XAtc \"SELECT current_database() || ' ' || string_agg(relname, ' ' ORDER BY relname) \
                  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'\" \"$DATABASE_URL\"; \
                  psql -XAtc 'SELECT 1 + 1'; echo to stderr >&2; exit 3";
    let outcome = project
        .segue(&[&arguments[..], &[script]].concat())
        .exits(3);
    let outcome = outcome
        .prints("posts users")
        .prints("\n2\n")
        .says("to stderr")
        .says("a test database on");
    let name = name_in(&outcome);
    assert!(!server.is_there(name.split(' ').next().unwrap()));
    let quiet = [&["--quiet"], &arguments[..], &["true"]].concat();
    let quiet = project.segue(&quiet).exits(0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn standard_input_is_the_commands() {
    let Some((project, server)) = ready() else {
        return;
    };
    let mut command = project.command(&["testdb", "--shadow-url", &server.url, "--", "cat"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"passed through")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"passed through");
}

#[test]
fn a_signal_that_ends_the_command_comes_on_top_of_128() {
    let Some((project, server)) = ready() else {
        return;
    };
    let arguments = [
        "testdb",
        "--shadow-url",
        &server.url,
        "--",
        "sh",
        "-c",
        "kill -9 $$",
    ];
    project.segue(&arguments).exits(137);
}

#[test]
fn a_command_that_does_not_exist_or_cannot_be_run_is_named() {
    let Some((project, server)) = ready() else {
        return;
    };
    let with = |command| project.segue(&["testdb", "--shadow-url", &server.url, "--", command]);
    with("no-such-command")
        .exits(127)
        .says("there is no command `no-such-command`");
    project.file("notes.txt", "no program");
    with("./notes.txt")
        .exits(126)
        .says("`./notes.txt` cannot be run");
    project
        .segue(&["testdb"])
        .exits(64)
        .says("no command was given");
    project.segue(&["testdb", "npm", "test"]).exits(64);
}

#[test]
fn a_signal_to_us_is_passed_on_and_the_database_is_removed() {
    let Some((project, server)) = ready() else {
        return;
    };
    for (signal, code) in [(libc::SIGTERM, 143), (libc::SIGINT, 130)] {
        let script =
            "psql -XAtc 'SELECT current_database()' >name; echo started >&2; exec sleep 1000";
        let arguments = [
            "testdb",
            "--shadow-url",
            &server.url,
            "--",
            "sh",
            "-c",
            script,
        ];
        let mut running = project.start(&arguments);
        running.until_it_says("started");
        let name = project.text("name");
        assert!(server.is_there(name.trim()));
        running.signal(signal);
        running.wait().exits(code);
        assert!(!server.is_there(name.trim()), "{name}");
    }
}

#[test]
fn a_command_that_does_not_listen_is_killed_by_the_third_signal() {
    let Some((project, server)) = ready() else {
        return;
    };
    let script = "trap 'echo heard >&2' TERM; psql -XAtc 'SELECT current_database()' >name; echo started >&2; \
                  while true; do sleep 0.05; done";
    let arguments = [
        "testdb",
        "--shadow-url",
        &server.url,
        "--",
        "sh",
        "-c",
        script,
    ];
    let mut running = project.start(&arguments);
    running.until_it_says("started");
    for heard in 1..=2 {
        running.signal(libc::SIGTERM);
        eventually("it hears", || {
            running.said().matches("heard").count() >= heard
        });
    }
    running.signal(libc::SIGTERM);
    running.wait().exits(137);
    assert!(!server.is_there(project.text("name").trim()));
}

#[test]
fn it_is_migrated_as_far_as_is_asked_and_seeded() {
    let Some((project, server)) = ready() else {
        return;
    };
    project
        .file("segue.toml", "[seed]\nfile = \"seed.sql\"\n")
        .file("seed.sql", "INSERT INTO users VALUES (1), (2);");
    let script = "psql -XAtc \"SELECT count(*), to_regclass('posts') IS NULL FROM users\"";
    let arguments = [
        "testdb",
        "--shadow-url",
        &server.url,
        "--to",
        "1_users",
        "--seed",
        "--",
        "sh",
        "-c",
        script,
    ];
    project.segue(&arguments).exits(0).prints("2|t");
    project
        .segue(&[
            "testdb",
            "--shadow-url",
            &server.url,
            "--to",
            "1_user_",
            "--",
            "true",
        ])
        .exits(1)
        .says("there is no migration `1_user_`")
        .says("did you mean 1_users?");
    project.file("seed.sql", "INSERT INTO users VALUES (1), (1);");
    project
        .segue(&[
            "testdb",
            "--shadow-url",
            &server.url,
            "--seed",
            "--",
            "echo",
            "never",
        ])
        .exits(1)
        .says("duplicate key")
        .never_says("never");
}

#[test]
fn without_a_url_a_server_is_started_that_any_program_can_connect_to() {
    let Some((project, _)) = ready() else { return };
    let script = "psql -XAtc \"SELECT count(*) FROM users\" \"$DATABASE_URL\"; echo \"at $PGHOST\"; \
                  PGPASSWORD=guess psql -w -XAtc 'SELECT 1' 2>&1";
    let outcome = project
        .segue(&["testdb", "--", "sh", "-c", script])
        .exits(2);
    outcome
        .prints("0\nat 127.0.0.1\n")
        .prints("password authentication failed")
        .says("a test database on: a throwaway PostgreSQL");
}

#[test]
fn where_there_is_no_server_it_is_told_what_was_looked_for() {
    if database().is_none() || cfg!(feature = "embedded") {
        return;
    }
    let project = ready().unwrap().0;
    let nowhere = [("SEGUE_TEST_PG_BIN", "/nowhere")];
    project
        .segue_with(&nowhere, &["testdb", "--", "true"])
        .exits(1)
        .says("there is no server to make test databases on")
        .says("no server is named")
        .says("/nowhere holds no working `postgres`")
        .says("no embedded PostgreSQL")
        .says("SEGUE_TEST_URL");
    let failed = project
        .segue_with(&nowhere, &["testdb", "--json", "--", "true"])
        .exits(1);
    assert_eq!(failed.json()["error"]["kind"], "connection");
}

#[test]
fn the_projects_own_database_is_refused_and_untouched() {
    let Some((project, own)) = ready() else {
        return;
    };
    project.file(".env", format!("DATABASE_URL={}\n", own.url));
    project
        .segue(&["testdb", "--shadow-url", &own.url, "--", "true"])
        .exits(1)
        .says("this is the project's own database")
        .says(".env:1");
    own.is_untouched();
    let beside = own.url_of("tester", "postgres");
    project
        .segue_with(&[("SEGUE_TEST_URL", &beside)], &["testdb", "--", "true"])
        .exits(0);
    own.is_untouched();
    project
        .file("segue.toml", "url = \"sqlite:app.db\"\n")
        .file(".env", "");
    project
        .segue(&["testdb", "--", "true"])
        .exits(1)
        .says("this project's database is SQLite's");
}

#[test]
fn a_signal_while_the_migrations_run_or_are_waited_for_leaves_nothing_behind() {
    let Some((project, _)) = ready() else { return };
    // A server of its own: what is left behind is counted.
    let server = segue_cluster::Cluster::start().unwrap();
    let url = server.url("postgres");
    project.migration("3_slow", "SELECT pg_sleep(1000);");
    let start = || project.start(&["testdb", "--shadow-url", &url, "--", "echo", "never"]);
    let count = |query: &str| -> usize {
        let text = server.psql("postgres", query).unwrap();
        text.trim().parse().unwrap()
    };
    let first = start();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    eventually("it sleeps", || count(sleeping) == 1);
    let second = start();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    eventually("it waits", || count(waiting) == 1);
    for running in [second, first] {
        running.signal(libc::SIGTERM);
        running.wait().exits(130).never_says("never");
    }
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'segue_te%'";
    assert_eq!(count(left), 0);
}
