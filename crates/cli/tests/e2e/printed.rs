//! `url_command` and `password_command`: programs that print what stands in no file.

use std::{fs, os::unix::fs::PermissionsExt};

use segue_cluster::Cluster;

use crate::harness::{Project, database};

const PLAIN: &str = "20240101000001_one";

/// A project with a program `bin/give` of this text, which `segue.toml` names.
fn project(toml: &str, program: &str) -> Project {
    let project = Project::new();
    project
        .migration(PLAIN, "CREATE TABLE one (id int);")
        .file("segue.toml", toml)
        .file("bin/give", format!("#!/bin/sh\n{program}\n"));
    let path = project.root().join("bin/give");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    project
}

fn closed() -> Option<(Cluster, String)> {
    Cluster::for_test()?;
    let cluster = Cluster::builder()
        .password("old one")
        .start()
        .expect("it started before");
    let user = segue_cluster::SUPERUSER;
    let url = format!("postgres://{user}@127.0.0.1:{}/postgres", cluster.port());
    Some((cluster, url))
}

#[test]
fn a_program_prints_the_url() {
    let Some(db) = database() else { return };
    // From the folder of segue.toml, wherever the command is run; its arguments as they are written.
    let project = project(
        "[env.production]\nurl_command = [\"bin/give\", \"$(no shell) *\", \"${HOME}\"]\n",
        "[ \"$1\" = '$(no shell) *' ] && [ \"$2\" = \"$HOME\" ] && cat url",
    );
    project.file("url", format!("{}\n", db.url));
    project
        .segue(&["deploy", "--env", "production"])
        .exits(0)
        .says("(segue.toml:2, printed by give)");
    assert_eq!(db.relations("public"), "one");
    project
        .segue(&["status", "--env", "production", "--dir", "migrations"])
        .exits(0);
}

#[test]
fn a_program_that_fails_shows_what_it_said_and_never_what_it_printed() {
    let toml = "url_command = [\"bin/give\"]\ncommand_timeout = \"30s\"\n";
    let cases = [
        (
            "echo hunter2; echo not logged in >&2; exit 3",
            "give failed (exit status: 3)",
        ),
        ("echo ' '", "give printed nothing"),
        (
            "printf 'hunter2\\nhunter2\\n'",
            "give printed more than one line",
        ),
        (
            "printf 'hunter2\\377'",
            "give printed something that is not UTF-8",
        ),
        ("echo 'nonsense:hunter2@x'", "this is not a database URL"),
    ];
    for (program, expected) in cases {
        let outcome = project(toml, program)
            .segue(&["deploy"])
            .exits(1)
            .says(expected);
        let outcome = outcome.says("segue.toml:1").never_says("hunter2");
        if program.contains("not logged in") {
            outcome.says("not logged in");
        }
    }
    project("url_command = [\"no-such-program\"]\n", "")
        .segue(&["deploy"])
        .exits(1)
        .says("no-such-program cannot be run");
    project(
        "url_command = [\"bin/give\"]\ncommand_timeout = \"100ms\"\n",
        "exec sleep 3600",
    )
    .segue(&["deploy"])
    .exits(1)
    .says("give did not end within 100ms");
}

#[test]
fn a_program_prints_the_password_for_a_url_that_has_none() {
    let Some((_cluster, url)) = closed() else {
        return;
    };
    let toml = format!("url = \"{url}\"\npassword_command = [\"bin/give\"]\n");
    let mut project = project(&toml, "echo 'old one'");
    // It goes before PGPASSWORD, and a URL of the environment gets it too.
    project
        .segue_with(&[("PGPASSWORD", "no")], &["deploy"])
        .exits(0)
        .never_says("old one");
    project
        .segue_with(&[("DATABASE_URL", &url)], &["status"])
        .exits(0);
    // A URL's own password goes before it; one for this run gets none.
    let own = url.replace('@', ":wrong%20one@");
    project
        .segue_with(&[("DATABASE_URL", &own)], &["status"])
        .exits(1)
        .says("password authentication failed");
    project
        .segue(&["status", "--url", &url])
        .exits(1)
        .says("the server asks for a password");
    project = self::project(&toml, "echo wrong one");
    project
        .segue(&["status"])
        .exits(1)
        .says("the password comes from segue.toml:2 (give)")
        .never_says("wrong one");
}
