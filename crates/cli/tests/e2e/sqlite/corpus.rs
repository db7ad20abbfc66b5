//! A real history: what the sqlite3 shell makes of the same files.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use rusqlite::Connection;

use super::{Lite, contents};
use crate::{corpus::corpus, tools::Tool};

#[test]
fn the_drizzle_migrations_of_homarr_are_deployed_as_the_shell_and_drizzle_would() {
    let Some(dir) = corpus("homarr-drizzle/sqlite") else {
        return;
    };
    let journal = fs::read_to_string(dir.join("meta/_journal.json")).unwrap();
    let journal: serde_json::Value = serde_json::from_str(&journal).unwrap();
    let entries = journal["entries"].as_array().unwrap();
    let files: Vec<_> = entries
        .iter()
        .map(|entry| dir.join(format!("{}.sql", entry["tag"].as_str().unwrap())))
        .collect();

    let lite = Lite::new(Tool::Drizzle);
    let folder = dir.to_str().unwrap();
    lite.segue(&["deploy", "--dir", folder])
        .exits(0)
        .says("(layout drizzle")
        .prints(&format!("{} migrations applied", files.len()));

    let shells = lite.project.root().join("shell.db");
    let mut shell = Command::new("sqlite3")
        .args(["-bail".as_ref(), shells.as_os_str()])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the sqlite3 shell: apt-get install sqlite3");
    let mut input = shell.stdin.take().unwrap();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        input
            .write_all(format!("BEGIN;\n{text};\nCOMMIT;\n").as_bytes())
            .unwrap();
    }
    drop(input);
    assert!(shell.wait().unwrap().success());
    let shells = Connection::open(shells).unwrap();
    assert_eq!(
        contents(&lite.connection(), &["__drizzle_migrations"]),
        contents(&shells, &[])
    );
    assert_eq!(
        lite.sql("PRAGMA foreign_key_check; PRAGMA integrity_check"),
        "ok"
    );

    let expected: Vec<String> = entries
        .iter()
        .zip(&files)
        .map(|(entry, file)| {
            let hash = sha256sum(file);
            format!("NULL|{hash}|{}", entry["when"])
        })
        .collect();
    let before = lite.rows();
    assert_eq!(before.lines().collect::<Vec<_>>(), expected);
    lite.segue(&["status", "--dir", folder])
        .exits(0)
        .prints(&format!("up to date: {} migrations applied", files.len()));
    lite.segue(&["deploy", "--dir", folder])
        .exits(0)
        .prints("up to date");
    assert_eq!(lite.rows(), before);
    assert_eq!(lite.own_tables(), "");
}

/// By the coreutils.
fn sha256sum(file: &std::path::Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().next().unwrap().to_owned()
}
