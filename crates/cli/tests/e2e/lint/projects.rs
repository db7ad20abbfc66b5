//! The migrations of a project: which of them are judged.

use std::process::Command;

use super::{INDEX, index, rules};
use crate::harness::{Project, database};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, email text);";

fn project() -> Project {
    let project = Project::new();
    project
        .migration("20260101000000_users", USERS)
        .migration("20260102000000_index", INDEX)
        .migration(
            "20260103000000_other",
            "CREATE INDEX other ON users (id, email);",
        );
    project
}

#[test]
fn without_a_database_everything_is_one_run_in_which_nothing_is_in_use() {
    project()
        .segue(&["lint"])
        .exits(0)
        .prints("no findings in 3 statements of 3 files");
}

#[test]
fn a_named_migration_meets_what_those_before_it_make() {
    let project = project();
    project
        .segue(&["lint", "migrations/20260102000000_index/migration.sql"])
        .exits(2)
        .prints("1 error in 1 statement of 1 file");
    // The folder of a migration is as good as its file.
    project
        .segue(&["lint", "migrations/20260103000000_other"])
        .exits(2)
        .prints("20260103000000_other");
    project.file("extra.sql", "CREATE INDEX extra ON users (email);");
    let document = project
        .segue(&["lint", "extra.sql", "--json"])
        .exits(2)
        .json();
    assert_eq!(rules(&document, "findings"), [index(1)]);
}

#[test]
fn what_is_no_migration_is_said() {
    let project = project();
    project
        .segue(&["lint", "migrations/nothing"])
        .exits(1)
        .says("there is no `migrations/nothing`");
    project
        .file("migrations/20260102000000_index/notes.txt", "x")
        .segue(&["lint", "migrations/20260102000000_index/notes.txt"])
        .exits(1)
        .says("is none of the project's migrations");
    project
        .file(
            "migrations/20260102000000_index/down.sql",
            "DROP INDEX users_email_idx;",
        )
        .segue(&["lint", "migrations/20260102000000_index/down.sql"])
        .exits(1)
        .says("takes `20260102000000_index` back");
    Project::new().segue(&["lint"]).exits(1);
}

#[test]
fn what_a_database_has_is_not_judged() {
    let Some(database) = database() else { return };
    let project = project();
    project.remove("migrations/20260103000000_other");
    project.on(&database, &["deploy"]).exits(0);
    project.on(&database, &["lint"]).exits(0).prints("0 files");
    project.migration(
        "20260103000000_other",
        "CREATE INDEX other ON users (id, email);",
    );
    project
        .on(&database, &["lint"])
        .exits(2)
        .prints("1 error in 1 statement of 1 file");
    project.migration(
        "20260102000000_index",
        "CREATE INDEX users_email_idx ON users (id);",
    );
    project
        .on(&database, &["lint"])
        .exits(2)
        .prints("info[edited-applied-migration]")
        .prints("1 error, 1 remark");
}

#[test]
fn a_database_that_does_not_answer_does_not_count() {
    project()
        .segue(&["lint", "--url", "postgres://a@127.0.0.1:1/b"])
        .exits(0)
        .says("does not count")
        .prints("3 files");
}

#[test]
fn what_was_added_or_changed_since_a_revision_is_judged() {
    let project = project();
    project
        .remove("migrations/20260103000000_other")
        .remove(".git");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
        let mut command = Command::new("git");
        command
            .args(identity)
            .args(arguments)
            .current_dir(project.root());
        assert!(command.status().expect("git").success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    project
        .segue(&["lint", "--since", "HEAD"])
        .exits(0)
        .prints("0 files");
    project.migration(
        "20260103000000_other",
        "CREATE INDEX other ON users (id, email);",
    );
    project
        .segue(&["lint", "--since", "HEAD"])
        .exits(2)
        .prints("1 error in 1 statement of 1 file");
    git(&["add", "."]);
    git(&["commit", "-qm", "second"]);
    project
        .segue(&["lint", "--since", "HEAD~1"])
        .exits(2)
        .prints("of 1 file");
    project.migration(
        "20260102000000_index",
        "CREATE INDEX users_email_idx ON users (id);",
    );
    project
        .segue(&["lint", "--since", "HEAD"])
        .exits(2)
        .says("`20260102000000_index` was there at HEAD already")
        .prints("of 1 file");
    project
        .segue(&["lint", "--since", "nowhere"])
        .exits(1)
        .says("git knows no revision `nowhere`");
}

#[test]
fn a_history_that_cannot_be_told_makes_refusals_uncertain() {
    let project = Project::new();
    project
        .migration(
            "20260101000000_a",
            "DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made ()'; END $$;",
        )
        .migration("20260102000000_b", "ALTER TABLE made ADD x int;");
    project
        .segue(&["lint", "migrations/20260102000000_b"])
        .exits(0)
        .says("what this does is not known (a DO block)")
        .says("perhaps it is made by what is not known");
    let Some(database) = database() else { return };
    let shadow = [
        "lint",
        "--shadow-url",
        database.url.as_str(),
        "migrations/20260102000000_b",
    ];
    project.segue(&shadow).exits(0).never_says("not known");
}

#[test]
fn sqlite_is_not_judged() {
    let project = project();
    let url = project.sqlite();
    project
        .segue(&["lint", "--url", &url])
        .exits(1)
        .says("not SQLite");
}
