//! A real server is started, used, stopped, killed and forgotten.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use segue_cluster::{ClientError, Cluster, StartError, Stop, installed, planted};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Set for the process that `an_unclean_end_leaves_no_server_behind` starts and kills.
const VICTIM: &str = "SEGUE_CLUSTER_TEST_VICTIM";

fn runs(pid: u32) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn ends_within(pid: u32, limit: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if !runs(pid) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

#[test]
fn a_cluster_answers_and_is_gone_when_dropped() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    assert_eq!(
        cluster
            .psql("postgres", "SELECT current_user, 6 * 7")
            .unwrap(),
        "tester|42\n"
    );
    assert!(cluster.url("a b").ends_with("/a%20b"));
    assert_eq!(cluster.tcp_url("postgres"), None);
    let (pid, folder) = (cluster.pid().unwrap(), cluster.socket_dir());
    let socket = folder.join(format!(".s.PGSQL.{}", cluster.port()));
    assert!(socket.exists() && socket.as_os_str().len() < 104);
    drop(cluster);
    assert!(!runs(pid));
    assert!(!folder.parent().unwrap().exists());
}

#[test]
fn every_installed_version_starts() {
    for one in installed() {
        let cluster = Cluster::builder().bin_dir(&one.bin_dir).start().unwrap();
        assert_eq!(cluster.version(), one.version);
        assert!(cluster.log().contains("ready to accept connections"));
    }
}

#[test]
fn databases_are_separate_and_letters_are_known() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let (one, two) = (
        cluster.create_database().unwrap(),
        cluster.create_database().unwrap(),
    );
    assert_ne!(one, two);
    cluster.psql(&one, "CREATE TABLE t (id int)").unwrap();
    assert_eq!(
        cluster
            .psql(&two, "SELECT to_regclass('t') IS NULL")
            .unwrap(),
        "t\n"
    );
    assert_eq!(
        cluster.psql(&two, "SHOW server_encoding").unwrap(),
        "UTF8\n"
    );
    if cfg!(target_os = "linux") {
        assert_eq!(cluster.psql(&two, "SELECT lower('ÄÉ')").unwrap(), "äé\n");
    }
}

#[test]
fn a_script_runs_statement_by_statement_and_stops_at_the_first_error() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let url = cluster.create_database().unwrap();
    let script = "CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\nSELECT nonsense;\nDROP TABLE t;";
    let error = cluster.psql(&url, script).unwrap_err().to_string();
    assert!(
        error.contains("column \"nonsense\" does not exist"),
        "{error}"
    );
    assert_eq!(cluster.psql(&url, "SELECT count(*) FROM t").unwrap(), "0\n");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.sql");
    std::fs::write(&file, "SELECT 1;\nSELECT nonsense;").unwrap();
    let error = cluster.psql_file(&url, &file).unwrap_err();
    assert!(matches!(error, ClientError::Failed { .. }));
    assert!(error.to_string().contains("script.sql:2"), "{error}");
}

#[test]
fn a_script_longer_than_a_pipe_is_taken_whole() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let printed = cluster
        .psql(
            "postgres",
            &"SELECT 'some words to fill a pipe';\n".repeat(20_000),
        )
        .unwrap();
    assert_eq!(printed.lines().count(), 20_000);
}

#[test]
fn two_dumps_of_one_schema_are_the_same_text() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let url = cluster.create_database().unwrap();
    cluster
        .psql(
            &url,
            "CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE TABLE kept (id int)",
        )
        .unwrap();
    let dump = match cluster.dump_schema(&url, &["--exclude-schema=s"]) {
        // Some packages hold the server only, and an older pg_dump refuses.
        Err(ClientError::Missing { .. }) => return,
        dump => dump.unwrap(),
    };
    assert!(dump.contains("CREATE TABLE public.kept") && !dump.contains("s.t"));
    assert!(
        !dump.contains("restrict ") && !dump.contains("version"),
        "{dump}"
    );
    assert_eq!(
        dump,
        cluster.dump_schema(&url, &["--exclude-schema=s"]).unwrap()
    );
}

#[test]
fn data_survives_every_way_of_stopping() {
    let Some(mut cluster) = Cluster::for_test() else {
        return;
    };
    let url = cluster.create_database().unwrap();
    cluster.psql(&url, "CREATE TABLE t (id int)").unwrap();
    for (times, how) in [Stop::Fast, Stop::Immediate, Stop::Kill]
        .into_iter()
        .enumerate()
    {
        cluster.psql(&url, "INSERT INTO t VALUES (1)").unwrap();
        let pid = cluster.pid().unwrap();
        cluster.stop(how).unwrap();
        assert_eq!(cluster.pid(), None);
        assert!(!runs(pid));
        assert!(cluster.psql(&url, "SELECT 1").is_err());
        cluster.start_again().unwrap();
        let count = cluster.psql(&url, "SELECT count(*) FROM t").unwrap();
        assert_eq!(count, format!("{}\n", times + 1), "after {how:?}");
    }
}

#[test]
fn settings_and_access_lines_of_the_caller_win() {
    let started = Cluster::builder()
        .setting("deadlock_timeout", "123ms")
        .setting("fsync", "on")
        .setting("application_name", r"it's a \ name")
        .hba("local all intruder reject")
        .start();
    let cluster = match started {
        Err(StartError::NotInstalled) => return drop(Cluster::for_test()),
        started => started.unwrap(),
    };
    let show = |name: &str| cluster.psql("postgres", &format!("SHOW {name}")).unwrap();
    assert_eq!(show("deadlock_timeout"), "123ms\n");
    assert_eq!(show("fsync"), "on\n");
    assert_eq!(
        cluster
            .psql("postgres", "CREATE ROLE intruder LOGIN")
            .unwrap(),
        ""
    );
    let other = cluster.url("postgres").replace("tester@", "intruder@");
    let error = cluster.psql(&other, "SELECT 1").unwrap_err().to_string();
    assert!(error.contains("pg_hba.conf rejects"), "{error}");
}

#[test]
fn a_password_is_asked_for_on_tcp_and_never_shown() {
    let started = Cluster::builder().password("it's a/secret").start();
    let cluster = match started {
        Err(StartError::NotInstalled) => return drop(Cluster::for_test()),
        started => started.unwrap(),
    };
    let url = cluster.tcp_url("postgres").unwrap();
    assert_eq!(cluster.psql(&url, "SELECT 1").unwrap(), "1\n");
    let wrong = url.replace("it%27s%20a%2Fsecret", "wrong");
    let error = cluster.psql(&wrong, "SELECT 1").unwrap_err().to_string();
    assert!(error.contains("password authentication failed"), "{error}");
    assert!(!format!("{cluster:?}{}", cluster.log()).contains("secret"));
}

#[test]
fn tls_is_offered_with_the_given_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-keyout",
        ])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: this test needs openssl");
        return;
    }
    let cluster = match Cluster::builder().ssl(certificate, key).start() {
        Err(StartError::NotInstalled) => return drop(Cluster::for_test()),
        started => started.unwrap(),
    };
    let url = format!("{}?sslmode=require", cluster.tcp_url("postgres").unwrap());
    let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    match cluster.psql(&url, question) {
        Err(ClientError::Failed { stderr, .. }) if stderr.contains("not compiled in") => {
            eprintln!("skipped: this psql knows no TLS");
        }
        answer => assert_eq!(answer.unwrap(), "t\n"),
    }
}

#[test]
fn a_server_that_cannot_start_says_why() {
    if installed().is_empty() {
        return drop(Cluster::for_test());
    }
    let error = Cluster::builder()
        .setting("no_such_setting", "1")
        .start()
        .unwrap_err();
    assert!(matches!(error, StartError::Ended { .. }));
    assert!(
        error
            .to_string()
            .contains("unrecognized configuration parameter"),
        "{error}"
    );

    let error = Cluster::builder().version(999).start().unwrap_err();
    assert!(
        matches!(error, StartError::NoSuchVersion { wanted: 999, .. }),
        "{error}"
    );

    let empty = tempfile::tempdir().unwrap();
    let error = Cluster::builder()
        .bin_dir(empty.path())
        .start()
        .unwrap_err();
    assert!(matches!(error, StartError::NotAnInstallation(_)), "{error}");
}

/// Many test processes start at once, on a machine where there is no template yet.
#[test]
fn many_starts_at_once_in_a_fresh_place_share_one_template() {
    if installed().is_empty() {
        return drop(Cluster::for_test());
    }
    let place = open_folder();
    let victims: Vec<_> = (0..6).map(|_| victim(place.path(), "end")).collect();
    for victim in victims {
        let output = victim.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let templates = entries(place.path())
        .iter()
        .filter(|name| name.starts_with("template-"))
        .count();
    assert_eq!(
        (templates, entries(place.path()).len()),
        (1, 2),
        "{:?}",
        entries(place.path())
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_unclean_end_leaves_no_server_behind() {
    use std::io::{BufRead, BufReader};

    if installed().is_empty() {
        return drop(Cluster::for_test());
    }
    let place = open_folder();
    let mut doomed = victim(place.path(), "wait");
    let line = BufReader::new(doomed.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("server=").map(|(_, pid)| pid.to_owned()))
        .unwrap();
    let server = line.parse().unwrap();
    assert!(runs(server));
    doomed.kill().unwrap();
    doomed.wait().unwrap();
    assert!(ends_within(server, Duration::from_secs(10)));

    let clusters = |place| {
        entries(place)
            .iter()
            .filter(|name| name.starts_with("cluster-"))
            .count()
    };
    assert_eq!(clusters(place.path()), 1);
    let next = victim(place.path(), "end").wait_with_output().unwrap();
    assert!(next.status.success());
    assert_eq!(
        clusters(place.path()),
        0,
        "the next start sweeps the folder away"
    );
}

/// Not a test of its own: what the processes above do.
#[test]
fn victim_process() {
    let Some(wish) = std::env::var_os(VICTIM) else {
        return;
    };
    let cluster = Cluster::start().unwrap();
    println!("server={}", cluster.pid().unwrap());
    if wish == "wait" {
        thread::sleep(Duration::from_secs(120));
    }
}

fn victim(place: &Path, wish: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim_process", "--nocapture"])
        .env("SEGUE_CLUSTER_DIR", place)
        .env(VICTIM, wish)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A temporary folder that the server's user may enter, with a name short enough for sockets.
fn open_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::Builder::new()
        .prefix("seg")
        .rand_bytes(4)
        .tempdir_in("/tmp")
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The names in our folder below this temporary folder.
fn entries(place: &Path) -> Vec<String> {
    let base: Vec<PathBuf> = std::fs::read_dir(place)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(base.len(), 1, "{base:?}");
    let inside = std::fs::read_dir(&base[0]).unwrap();
    inside
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_standby_takes_in_what_happens_on_its_primary_and_lets_clients_only_read() {
    let Some(mut primary) = Cluster::for_test() else {
        return;
    };
    let standby = primary.standby(Cluster::builder()).unwrap();
    primary.psql("postgres", "CREATE TABLE t ()").unwrap();
    let start = Instant::now();
    while standby
        .psql("postgres", "SELECT to_regclass('t')")
        .unwrap()
        .trim()
        != "t"
    {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{}",
            standby.log()
        );
        thread::sleep(Duration::from_millis(20));
    }
    assert!(standby.psql("postgres", "CREATE TABLE u ()").is_err());
}

#[test]
fn the_role_that_deploys_has_to_know_its_password_and_has_no_rights_but_in_its_database() {
    let Some(cluster) = Cluster::for_deploys() else {
        return;
    };
    let url = cluster.create_database_to_deploy().unwrap();
    let may = |url: &str, script: &str| match cluster.psql(url, script) {
        Ok(_) => true,
        Err(ClientError::Failed { stderr, .. }) if stderr.contains("denied") => false,
        Err(error) => panic!("{script}: {error}"),
    };
    assert!(may(&url, "CREATE TABLE t (); CREATE SCHEMA s"));
    for more in [
        "CREATE DATABASE d",
        "CREATE ROLE r",
        "SELECT pg_read_file('PG_VERSION')",
    ] {
        assert!(!may(&url, more), "{more}");
    }
    let foreign = cluster.create_database().unwrap();
    let (_, foreign) = foreign.rsplit_once('/').unwrap();
    assert!(!may(&cluster.deployer_url(foreign), "CREATE SCHEMA s"));
    let without = url.replace(&format!(":{}", planted::PASSWORD), "");
    let refused = cluster.psql(&without, "SELECT 1").unwrap_err();
    assert!(refused.to_string().contains("password"), "{refused}");
}
