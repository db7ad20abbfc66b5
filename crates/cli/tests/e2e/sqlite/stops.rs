//! Ctrl-C and a killed command: the file is as it was, or known to be half-way.

use super::TOOLS;
use super::{Lite, leftovers};
use crate::harness::{Running, eventually};

/// Runs until it is stopped.
const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;\n";

/// A migration that writes a lot, then runs on for ever; and waits until it is there.
fn stuck(lite: &Lite) -> Running {
    let deploy = lite.start(&["deploy", "--create-database"]);
    // The journal is there while a transaction is open; the endless statement is the last thing in it.
    eventually("the transaction is open", || {
        leftovers(lite)
            .iter()
            .any(|name| name.ends_with("-journal"))
            && std::fs::metadata(lite.path()).is_ok_and(|file| file.len() > 1 << 20)
    });
    deploy
}

/// Larger than SQLite's cache, so that the file itself is written before the commit.
fn text() -> String {
    format!(
        "PRAGMA cache_size = 10;\nCREATE TABLE big (x blob);\n\
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO big SELECT randomblob(1000) FROM n;\n{ENDLESS}"
    )
}

#[test]
fn ctrl_c_in_a_long_statement_leaves_the_file_as_it_was() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        for tool in TOOLS {
            let lite = Lite::new(tool);
            lite.write(1, "one", &text());
            let deploy = stuck(&lite);
            deploy.signal(signal);
            deploy.wait().exits(130).says("interrupted").says(&format!(
                "nothing of `{}` is committed",
                tool.name(1, "one")
            ));
            assert_eq!(lite.tables(), "", "{tool:?}");
            assert_eq!(lite.sql("PRAGMA integrity_check"), "ok");
            assert_eq!(leftovers(&lite), [""; 0]);
            lite.write(1, "one", "CREATE TABLE one (id int);");
            lite.deploy().exits(0);
        }
    }
}

#[test]
fn ctrl_c_among_many_short_statements_is_not_lost() {
    let lite = Lite::own();
    let many = "INSERT INTO one VALUES (1);\n".repeat(100_000);
    lite.write(
        1,
        "one",
        &format!("CREATE TABLE one (id int);\n{many}{ENDLESS}"),
    );
    let deploy = lite.start(&["deploy", "--create-database"]);
    eventually("the transaction is open", || {
        leftovers(&lite)
            .iter()
            .any(|name| name.ends_with("-journal"))
    });
    deploy.signal(libc::SIGINT);
    deploy.wait().exits(130);
    assert_eq!(lite.tables(), "");
}

#[test]
fn ctrl_c_behind_a_commit_leaves_it_known() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        let text = format!("CREATE TABLE zero (id int);\nCOMMIT;\n{}", text());
        lite.write(1, "one", &text);
        let deploy = stuck(&lite);
        deploy.signal(libc::SIGINT);
        deploy.wait().exits(130).says("run the same command again");
        assert_eq!(lite.tables(), "zero");
        lite.write(1, "one", &text.replace(ENDLESS, ""));
        lite.deploy().exits(0).says("going on at statement 3");
        assert_eq!(lite.tables(), "big zero");
        lite.segue(&["status"]).exits(0);
    }
}

fn kill(deploy: Running) {
    deploy.signal(libc::SIGKILL);
    assert_eq!(deploy.wait().code, None);
}

#[test]
fn a_command_killed_in_a_statement_leaves_nothing_of_it() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        lite.write(1, "one", &text());
        kill(stuck(&lite));
        // Its journal is hot: whoever opens the file next rolls it back; the lock went with the process.
        lite.segue(&["status"]).exits(2).prints("0 of 1 migration");
        lite.write(1, "one", &text().replace(ENDLESS, ""));
        lite.deploy().exits(0);
        assert_eq!(lite.sql("SELECT count(*) FROM big"), "3000", "{tool:?}");
        assert_eq!(lite.sql("PRAGMA integrity_check"), "ok");
    }
}

#[test]
fn a_command_killed_behind_a_commit_is_gone_on_with() {
    for tool in TOOLS {
        let lite = Lite::new(tool);
        let text = format!("CREATE TABLE zero (id int);\nVACUUM;\n{}", text());
        lite.write(1, "one", &text);
        kill(stuck(&lite));
        lite.segue(&["status"])
            .exits(2)
            .prints("2 of 6 statements committed");
        lite.write(1, "one", &text.replace(ENDLESS, ""));
        lite.deploy().exits(0).says("going on at statement 3");
        assert_eq!(lite.tables(), "big zero", "{tool:?}");
        assert_eq!(lite.sql("SELECT count(*) FROM big"), "3000");
        lite.segue(&["status"]).exits(0);
    }
}

#[test]
fn a_statement_outside_of_a_transaction_that_was_under_way_is_repeated() {
    let lite = Lite::own();
    lite.write(1, "zero", "CREATE TABLE zero (id int);");
    lite.first_deploy().exits(0);
    lite.write(
        2,
        "one",
        "CREATE TABLE one (id int);\nVACUUM;\nCREATE TABLE two (id int);\n",
    );
    // As a deploy leaves it that was killed while it vacuumed.
    lite.sql(
        "CREATE TABLE one (id int); \
         INSERT INTO _segue_migrations (name, checksum, started_at) VALUES ('20240101000002_one', '', '2024-01-01 00:00:00.000'); \
         INSERT INTO _segue_progress (layout, migration, name, done, doing, checksum, begun_at) \
         VALUES ('segue', '20240101000002_one', '20240101000002_one', 1, 2, \
         '38e8b7d1e5e1c6b3d4a0ce4e76b3a2b4e7ab4a0d4d5f3b3c4b3a2d1e0f9e8d7c', '2024-01-01 00:00:00.000')",
    );
    lite.deploy().exits(1).says("the first 1 statements");
    lite.sql(&format!(
        "UPDATE _segue_progress SET checksum = '{}'",
        sha256("CREATE TABLE one (id int)")
    ));
    lite.deploy().exits(0).says("going on at statement 2");
    assert_eq!(lite.tables(), "one two zero");
}

/// By the coreutils.
fn sha256(text: &str) -> String {
    use std::io::Write;
    let mut child = std::process::Command::new("sha256sum")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    output[..64].to_owned()
}
