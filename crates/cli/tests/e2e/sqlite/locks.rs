//! Others at the same file: a writer is waited for, two deploys do not meet, readers are left alone.

use rusqlite::Connection;

use super::{Lite, leftovers, sql};
use crate::harness::eventually;

const ONE: &str = "CREATE TABLE one (id int);";

/// Another connection that holds the file in some way.
fn holding(lite: &Lite, script: &str) -> Connection {
    let connection = lite.connection();
    sql(&connection, script);
    connection
}

#[test]
fn a_writer_is_waited_for() {
    for mode in ["DELETE", "WAL"] {
        let lite = Lite::made();
        lite.sql(&format!("PRAGMA journal_mode = {mode}"));
        lite.write(1, "one", ONE);
        let writer = holding(&lite, "BEGIN IMMEDIATE");
        let mut deploy = lite.start(&["deploy"]);
        deploy.until_it_says("waits for another connection to the file");
        drop(writer);
        deploy.wait().exits(0).prints("1 migration applied");
        assert_eq!(lite.tables(), "one");
    }
}

#[test]
fn a_writer_that_comes_between_two_migrations_is_waited_for_and_named() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    lite.deploy().exits(0);
    let writer = holding(&lite, "BEGIN IMMEDIATE");
    lite.write(2, "two", "VACUUM;");
    let outcome = lite.segue(&["deploy", "--lock-budget", "1s"]);
    outcome
        .exits(1)
        .says("database is locked")
        .says("SQLITE_BUSY")
        .says("--lock-budget");
    drop(writer);
    lite.deploy().exits(0);
}

#[test]
fn giving_up_says_so_and_leaves_nothing() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let _writer = holding(&lite, "BEGIN IMMEDIATE");
    let document = lite
        .segue(&["deploy", "--lock-budget", "1s", "--json"])
        .exits(1)
        .json();
    assert_eq!(document["error"]["kind"], "locked");
    let message = document["error"]["problems"][0]["message"]
        .as_str()
        .unwrap();
    assert!(message.starts_with("gave up after"), "{message}");
    assert!(message.ends_with("database is locked"), "{message}");
    assert_eq!(lite.sql("SELECT count(*) FROM sqlite_schema"), "0");
}

#[test]
fn a_file_that_somebody_keeps_for_himself_is_waited_for_too() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let other = holding(&lite, "BEGIN EXCLUSIVE");
    let document = lite
        .project
        .segue(&[
            "deploy",
            "--url",
            "sqlite:app.db",
            "--lock-budget",
            "1s",
            "--json",
        ])
        .exits(1)
        .json();
    assert_eq!(document["error"]["kind"], "locked");
    let mut deploy = lite.start(&["deploy"]);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(deploy.is_running());
    drop(other);
    deploy.wait().exits(0);
}

#[test]
fn ctrl_c_ends_the_wait_for_a_writer() {
    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let _writer = holding(&lite, "BEGIN IMMEDIATE");
    let mut deploy = lite.start(&["deploy"]);
    deploy.until_it_says("waits for another connection to the file");
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130).says("nothing was begun");
}

#[test]
fn a_reader_does_not_matter_in_wal_mode_and_is_waited_for_without_it() {
    let lite = Lite::made();
    lite.sql("PRAGMA journal_mode = WAL");
    lite.write(1, "one", ONE);
    let reader = holding(&lite, "BEGIN; SELECT count(*) FROM sqlite_schema");
    lite.deploy().exits(0);
    drop(reader);

    let lite = Lite::made();
    lite.write(1, "one", ONE);
    let reader = holding(&lite, "BEGIN; SELECT count(*) FROM sqlite_schema");
    let document = lite
        .segue(&["deploy", "--lock-budget", "1s", "--json"])
        .exits(1)
        .json();
    assert_eq!(document["error"]["kind"], "locked");
    drop(reader);
    assert_eq!(lite.tables(), "");
    lite.deploy().exits(0);
}

#[test]
fn two_deploys_do_not_run_at_once() {
    let lite = Lite::made();
    lite.write(
        1,
        "one",
        "CREATE TABLE one (id int);\nWITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;",
    );
    let first = lite.start(&["deploy"]);
    eventually("the first one works", || {
        leftovers(&lite)
            .iter()
            .any(|name| name.ends_with("-journal"))
    });
    lite.deploy()
        .exits(1)
        .says("another deploy is running on this database")
        .says("--wait");
    lite.segue(&["resolve", "--applied", "20240101000001_one"])
        .exits(1)
        .says("another deploy");
    // Looking takes no lock.
    lite.segue(&["status"]).exits(2);
    let mut second = lite.start(&["deploy", "--wait"]);
    second.until_it_says("waiting for another deploy");
    lite.write(1, "one", ONE);
    first.signal(libc::SIGKILL);
    first.wait();
    // It has read the endless file already.
    second.signal(libc::SIGTERM);
    second.wait().exits(130);
    lite.deploy().exits(0);
}

#[test]
fn one_of_many_deploys_at_once_applies_and_the_others_find_it_done() {
    let lite = Lite::made();
    for number in 1..20 {
        lite.write(number, "one", &format!("CREATE TABLE t{number} (id int);"));
    }
    let deploys: Vec<_> = (0..4).map(|_| lite.start(&["deploy", "--wait"])).collect();
    let mut applied = 0;
    for deploy in deploys {
        let outcome = deploy.wait().exits(0);
        applied += usize::from(outcome.out.contains("19 migrations applied"));
    }
    assert_eq!(applied, 1);
    lite.segue(&["status"]).exits(0);
}
