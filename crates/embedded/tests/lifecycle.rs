//! Opening, closing, being killed, and who may open.

mod support;

use segue_embedded::{Embedded, OpenError};
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use support::connect;
use tempfile::tempdir;

/// This program once more, running one test only.
struct Other {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(test: &str, dir: &Path, env: &[(&str, &str)]) -> Other {
        let mut command = Command::new(std::env::current_exe().expect("the test has a path"));
        command.args(["--exact", test, "--ignored", "--nocapture"]);
        command
            .env("SEGUE_TEST_DIR", dir)
            .envs(env.iter().copied())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("the test can be started");
        let output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        Other { child, output }
    }

    /// Waits until it says `word`, and returns the rest of that line.
    fn says(&mut self, word: &str) -> String {
        let mut lines = self.output.by_ref().map_while(Result::ok);
        let rest = lines.find_map(|line| line.split_once(word).map(|(_, rest)| rest.to_owned()));
        rest.unwrap_or_else(|| panic!("it never said {word:?}"))
    }
}

fn test_dir() -> std::path::PathBuf {
    std::env::var_os("SEGUE_TEST_DIR")
        .expect("set by the other test")
        .into()
}

#[test]
#[ignore = "a part of the other tests, in a process of its own"]
fn part_write_and_wait() {
    let server = Embedded::open(&test_dir(), &[]).expect("opens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("builds");
    runtime.block_on(async {
        let session = connect(&server).await;
        session
            .run("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
            .await;
        session.run("BEGIN; INSERT INTO kept VALUES (0)").await;
        println!("WRITTEN");
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    });
}

#[test]
#[ignore = "a part of the other tests, in a process of its own"]
fn part_open_only() {
    match Embedded::open(&test_dir(), &[]) {
        Ok(_) => println!("OPENED"),
        Err(error) => println!("OPENED not: {error}"),
    }
}

#[tokio::test]
async fn data_outlives_the_server() {
    let dir = tempdir().expect("a folder");
    let server = Embedded::open(&dir.path().join("below/pg"), &[]).expect("opens");
    connect(&server)
        .await
        .run("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
        .await;
    server.close().expect("closes");

    let server = Embedded::open(&dir.path().join("below/pg"), &[]).expect("opens again");
    let session = connect(&server).await;
    assert_eq!(session.ask("SELECT n FROM kept").await, "7");
    assert_eq!(session.ask("SELECT current_database()").await, "segue");
    assert_eq!(session.ask("SHOW search_path").await, "\"$user\", public");

    // With the session open: dropping ends it, and shuts the server down properly.
    drop(server);
    let control = dir
        .path()
        .join("below/pg/cluster/tmp/pglite/base/global/pg_control");
    let state = std::fs::read(control).expect("there is a cluster")[16];
    assert_eq!(state, 1, "DB_SHUTDOWNED");
    Embedded::open(&dir.path().join("below/pg"), &[]).expect("the lock is free");
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_was_committed() {
    let dir = tempdir().expect("a folder");
    let mut other = Other::start("part_write_and_wait", dir.path(), &[]);
    other.says("WRITTEN");

    let child = &mut other.child;
    let error = Embedded::open(dir.path(), &[]).expect_err("the other one holds it");
    assert!(
        matches!(error, OpenError::Held { pid: Some(pid), .. } if pid == child.id()),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(
        message.contains(&format!("in use by process {}; wait", child.id())),
        "{message}"
    );

    child.kill().expect("it runs");
    child.wait().expect("it has run");
    let server = Embedded::open(dir.path(), &[]).expect("opens");
    assert_eq!(
        connect(&server)
            .await
            .ask("SELECT count(*) FROM kept")
            .await,
        "1000"
    );
}

#[tokio::test]
async fn the_same_process_cannot_open_twice() {
    let dir = tempdir().expect("a folder");
    let _server = Embedded::open(dir.path(), &[]).expect("opens");
    let message = Embedded::open(dir.path(), &[])
        .expect_err("it is open")
        .to_string();
    assert!(
        message.ends_with(
            "in use by this process already; close the first one before opening it again"
        ),
        "{message}"
    );
}

#[tokio::test]
async fn a_long_path_is_no_obstacle() {
    let dir = tempdir().expect("a folder");
    let long = dir.path().join("long".repeat(40));
    let server = Embedded::open(&long, &[]).expect("opens");
    assert_eq!(connect(&server).await.ask("SELECT 1").await, "1");
    let sockets = std::path::PathBuf::from(&server.endpoint().host);
    server.close().expect("closes");
    assert!(
        !sockets.join(".s.PGSQL.5432").exists(),
        "the socket is removed"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_unusable_cache_folder_is_named_with_what_to_do() {
    let dir = tempdir().expect("a folder");
    let env = [("XDG_CACHE_HOME", "/proc/none")];
    let mut other = Other::start("part_open_only", dir.path(), &env);
    let said = other.says("OPENED");
    other.child.wait().expect("it has run");
    assert!(said.contains("/proc/none/pglite-oxide"), "{said}");
    assert!(said.contains("set XDG_CACHE_HOME to one that is"), "{said}");
}

#[test]
fn an_unusable_data_folder_is_named() {
    let dir = tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "").expect("writes");
    let error = Embedded::open(&file.join("pg"), &[]).expect_err("a file is no folder");
    assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
}
