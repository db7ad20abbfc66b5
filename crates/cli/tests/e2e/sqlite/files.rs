//! Files that are missing, read-only, or no databases.

use std::fs;

use super::Lite;
use super::TOOLS;
use crate::tools::Tool;

const ONE: &str = "CREATE TABLE one (id int);";

#[test]
fn a_missing_file_is_made_where_the_tool_makes_it() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        lite.write(1, "one", ONE);
        if matches!(tool, Tool::Segue | Tool::Sqlx) {
            lite.deploy()
                .exits(1)
                .says("there is no database `app.db`")
                .says("--create-database");
            assert!(!lite.path().exists());
            lite.first_deploy().exits(0);
        } else {
            lite.deploy().exits(0);
        }
        assert_eq!(lite.tables(), "one", "{tool:?}");
    }
    let lite = Lite::own();
    lite.write(1, "one", ONE);
    lite.project
        .segue(&["deploy", "--url", "sqlite:app.db?mode=rwc"])
        .exits(0);
}

#[test]
fn a_missing_folder_is_made_on_demand_and_by_prisma() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        lite.write(1, "one", ONE);
        let deploy = lite
            .project
            .segue(&["deploy", "--url", "sqlite:data/new/app.db"]);
        if tool == Tool::Prisma {
            deploy.exits(0);
        } else {
            deploy.exits(1);
            assert!(!lite.project.root().join("data").exists(), "{tool:?}");
            lite.project
                .segue(&[
                    "deploy",
                    "--create-database",
                    "--url",
                    "sqlite:data/new/app.db",
                ])
                .exits(0);
        }
        assert!(lite.project.root().join("data/new/app.db").is_file());
    }
}

#[test]
fn a_database_that_may_only_be_read_is_refused_and_can_be_looked_at() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let url = ["--url", "file:app.db?mode=ro"];
    lite.project
        .segue(&[&["deploy"][..], &url].concat())
        .exits(1)
        .says("the database app.db may only be read")
        .says("leave mode=ro out");
    lite.project
        .segue(&[&["status"][..], &url].concat())
        .exits(2);
    lite.deploy().exits(0);
    lite.project
        .segue(&[&["deploy"][..], &url].concat())
        .exits(0)
        .prints("up to date");
    lite.project
        .segue(&[
            "deploy",
            "--create-database",
            "--url",
            "file:new.db?mode=ro",
        ])
        .exits(1)
        .says("there is no database `new.db`");
}

#[test]
fn files_and_folders_without_the_right_to_write_are_told_apart_from_databases() {
    use std::os::unix::fs::PermissionsExt;
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let set = |path: &std::path::Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let binary = env!("CARGO_BIN_EXE_segue");
    for path in lite.project.root().ancestors().take(2) {
        set(path, 0o755);
    }
    let deploy = || {
        let mut command = std::process::Command::new(binary);
        command
            .args(["deploy", "--url", "sqlite:app.db"])
            .current_dir(lite.project.root())
            .env_clear();
        // To root everything may be written: then it is nobody who tries.
        if lite.is_root() {
            std::os::unix::process::CommandExt::uid(&mut command, 65534);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    set(&lite.path(), 0o444);
    set(&lite.project.root(), 0o777);
    let said = deploy();
    assert!(said.contains("may only be read"), "{said}");
    set(&lite.path(), 0o666);
    set(&lite.project.root(), 0o555);
    let said = deploy();
    assert!(
        said.contains("SQLITE_READONLY") || said.contains("SQLITE_CANTOPEN"),
        "{said}"
    );
    assert!(said.contains("folder"), "{said}");
    set(&lite.path(), 0o000);
    let said = deploy();
    assert!(said.contains("unable to open database file"), "{said}");
    set(&lite.project.root(), 0o755);
    set(&lite.path(), 0o644);
    assert_eq!(lite.tables(), "");
}

#[test]
fn what_is_no_database_is_said_and_not_touched() {
    let lite = Lite::own();
    lite.write(1, "one", ONE);
    for text in [
        "not a database, but a longer text than a header has: ".repeat(40),
        "short".to_owned(),
    ] {
        fs::write(lite.path(), &text).unwrap();
        lite.first_deploy()
            .exits(1)
            .says("file is not a database")
            .says("the URL comes from --url");
        assert_eq!(fs::read_to_string(lite.path()).unwrap(), text);
    }
    fs::remove_file(lite.path()).unwrap();
    fs::create_dir(lite.path()).unwrap();
    lite.first_deploy()
        .exits(1)
        .says("unable to open database file");
}

#[test]
fn a_database_with_tables_and_no_history_is_asked_about() {
    let lite = Lite::made();
    lite.sql("CREATE TABLE users (id int); CREATE VIEW v AS SELECT 1");
    lite.write(1, "one", ONE);
    lite.deploy()
        .exits(1)
        .says("found users, v, and no row in")
        .says("segue baseline");
    assert_eq!(lite.tables(), "users v");
}

#[test]
fn the_history_of_another_layout_is_noticed() {
    let lite = Lite::new(Tool::Prisma);
    lite.write(1, "one", ONE);
    lite.deploy().exits(0);
    let other = Lite::own();
    other.write(1, "one", ONE);
    fs::copy(lite.path(), other.path()).unwrap();
    other.segue(&["deploy", "--layout", "diesel"]).exits(1);
    assert_eq!(other.tables(), "one");
}

#[test]
fn nothing_is_kept_in_memory() {
    let lite = Lite::own();
    lite.write(
        1,
        "one",
        &format!("{ONE}\nCOMMIT;\nCREATE TEMP TABLE t (id int);\nINSERT INTO one VALUES (1);"),
    );
    for url in [
        ":memory:",
        "sqlite::memory:",
        "file::memory:?cache=shared",
        "file:x?mode=memory",
    ] {
        lite.project
            .segue(&["deploy", "--url", url])
            .exits(0)
            .says("SQLite in memory")
            .prints("1 migration applied");
    }
    assert!(!lite.path().exists());
}

impl Lite {
    fn is_root(&self) -> bool {
        // SAFETY: it takes nothing and cannot fail.
        unsafe { libc::geteuid() == 0 }
    }
}
