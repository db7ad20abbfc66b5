//! `[[webhook]]`: what is sent, and that nothing waits for it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{begun, elsewhen};
use crate::{
    harness::{Project, database, eventually},
    planted, schemas,
};

/// What a receiver answers.
#[derive(Clone, Copy)]
pub(super) enum Answer {
    /// This status.
    Status(u16),
    /// Nothing, and the connection stays open.
    Never,
}

/// What a receiver has got: the path, and the body.
type Request = (String, Value);

/// Somebody who takes requests.
pub(super) struct Receiver {
    pub(super) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub(super) fn that(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&requests);
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                taken.lock().unwrap().push(request(&stream));
                match answer {
                    Answer::Status(status) => {
                        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                        let _ = stream.write_all(answer.as_bytes());
                    }
                    Answer::Never => open.push(stream),
                }
            }
        });
        Self { port, requests }
    }

    pub(super) fn events(&self) -> Vec<String> {
        let requests = self.requests();
        let events = requests.iter().map(|(_, body)| &body["event"]);
        events
            .map(|event| event.as_str().unwrap_or("none").to_owned())
            .collect()
    }

    pub(super) fn one(&self, event: &str) -> Value {
        let requests = self.requests();
        let mut found = requests.iter().filter(|(_, body)| body["event"] == event);
        let (_, body) = found
            .next()
            .unwrap_or_else(|| panic!("no {event}: {requests:#?}"));
        body.clone()
    }

    /// All of them so far, each held to its schema; what Slack takes has one field.
    #[track_caller]
    fn requests(&self) -> Vec<Request> {
        let requests = self.requests.lock().unwrap().clone();
        for (_, body) in &requests {
            match body.get("event") {
                Some(_) => schemas::hold("webhook.json", body),
                None => assert_eq!(*body, serde_json::json!({ "text": body["text"] })),
            }
        }
        requests
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.requests();
        }
    }
}

fn request(stream: &TcpStream) -> Request {
    let (path, body) = raw_request(stream);
    (path, serde_json::from_slice(&body).unwrap())
}

/// The path and the body of a request.
pub(super) fn raw_request(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let path = line.split(' ').nth(1).unwrap().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let (name, value) = line.trim_end().split_once(':').unwrap_or(("", ""));
        match name {
            "" => break,
            "content-length" => length = value.trim().parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    // webhooks and traces alike
    planted::is_not_in(&format!("what {path} was sent"), &body);
    (path, body)
}

pub(super) fn hook(port: u16) -> String {
    format!("[[webhook]]\nurl = \"http://127.0.0.1:{port}/secret/${{TOKEN}}\"\n")
}

fn run(project: &Project, url: &str, command: &[&str]) -> crate::harness::Outcome {
    let arguments = [command, &["--url", url]].concat();
    project.segue_with(&[("TOKEN", "hunter2")], &arguments)
}

#[test]
fn a_deploy_its_contract_and_its_failures_are_told_in_their_order() {
    let receiver = Receiver::that(Answer::Status(200));
    let Some((db, project)) = begun(&hook(receiver.port)) else {
        return;
    };
    run(&project, &db.url, &["deploy"])
        .exits(0)
        .never_says("hunter2");
    assert_eq!(
        receiver.events(),
        ["started", "expanded", "waiting_for_contract"]
    );
    let expanded = receiver.one("expanded");
    assert_eq!(expanded["version"], 1, "{expanded:#}");
    assert_eq!(expanded["command"], "deploy", "{expanded:#}");
    assert_eq!(expanded["migrations"], serde_json::json!(["0002_rows"]));
    assert_eq!(expanded["steps_waiting_for_contract"], 1, "{expanded:#}");
    assert_eq!(
        expanded["text"],
        "0002_rows is expanded: the new app may start"
    );
    let name = db.name();
    let database = expanded["database"].as_str().unwrap();
    assert!(database.contains(&name), "{database}");
    let at: i64 = expanded["at"].as_str().unwrap()[..4].parse().unwrap();
    assert!(at >= 2025, "{expanded:#}");
    assert_eq!(receiver.requests()[0].0, "/secret/hunter2");
    run(&project, &db.url, &["contract", "--after", "1h"]).exits(0);
    run(&project, &db.url, &["contract", "--observe", "none"]).exits(0);
    assert_eq!(
        receiver.events()[3..],
        ["waiting_for_contract", "started", "contracted"]
    );
    // what has nothing to do has nothing to tell
    run(&project, &db.url, &["deploy"]).exits(0);
    run(&project, &db.url, &["rollback"]).exits(0);
    assert_eq!(receiver.events().len(), 6);
    project.migration("0003_wrong", "CREATE TABLE a (id int);\nSELECT 1 / 0;\n");
    run(&project, &db.url, &["deploy", "--strategy", "direct"]).exits(1);
    assert_eq!(receiver.events()[6..], ["started", "failed"]);
    let failed = receiver.one("failed");
    assert_eq!(failed["kind"], "statement", "{failed:#}");
    let problem = failed["problem"].as_str().unwrap();
    assert!(problem.contains("division by zero"), "{failed:#}");
    project.migration("0003_wrong", "CREATE TABLE a (id int);\n");
    run(&project, &db.url, &["deploy"]).exits(0);
    assert_eq!(receiver.events()[8..], ["started", "applied"]);
}

#[test]
fn a_way_back_is_told_and_an_environment_has_webhooks_of_its_own() {
    let (top, own) = (
        Receiver::that(Answer::Status(200)),
        Receiver::that(Answer::Status(204)),
    );
    let toml = format!(
        "{}\n[[env.production.webhook]]\nurl = \"http://127.0.0.1:{}\"\non = [\"rolled_back\"]\nformat = \"slack\"\n",
        hook(top.port),
        own.port
    );
    let Some((db, project)) = begun(&toml) else {
        return;
    };
    run(&project, &db.url, &["deploy"]).exits(0);
    assert_eq!(top.events().len(), 3);
    run(&project, &db.url, &["rollback", "--env", "production"]).exits(0);
    assert_eq!(top.events().len(), 3);
    let requests = own.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    let text = requests[0].1["text"].as_str().unwrap();
    assert!(
        text.starts_with("segue rollback production: 0002_rows is rolled back ("),
        "{text}"
    );
}

#[test]
fn webhooks_that_are_down_slow_or_broken_delay_nothing_and_are_complained_of_once() {
    let down = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (broken, slow) = (
        Receiver::that(Answer::Status(500)),
        Receiver::that(Answer::Never),
    );
    for (port, said, most) in [
        (down, "cannot be reached", 3.0),
        (broken.port, "it answered 500", 3.0),
        (slow.port, "has not taken 3 of what was to be told", 9.0),
    ] {
        let toml = format!("{}timeout = \"60s\"\n", hook(port));
        let Some((db, project)) = begun(&toml) else {
            return;
        };
        let start = Instant::now();
        let outcome = run(&project, &db.url, &["deploy"]).exits(0);
        let took = start.elapsed().as_secs_f64();
        assert!(took < most, "{took} s: {outcome}");
        let outcome = outcome
            .says(said)
            .never_says("hunter2")
            .never_says("secret");
        assert_eq!(
            outcome.err.matches("warning: the webhook").count(),
            1,
            "{outcome}"
        );
        assert!(outcome.err.contains("segue.toml:2"), "{outcome}");
        assert_eq!(db.sql("SELECT state FROM segue.rollouts"), "expanded");
    }
}

#[test]
fn a_timeout_is_that_of_one_message() {
    let receiver = Receiver::that(Answer::Never);
    let toml = format!("{}timeout = \"100ms\"\n", hook(receiver.port));
    let Some((db, project)) = begun(&toml) else {
        return;
    };
    let start = Instant::now();
    run(&project, &db.url, &["deploy"])
        .exits(0)
        .says("did not answer within 0.1 s");
    assert!(start.elapsed() < Duration::from_secs(4));
    assert_eq!(receiver.events().len(), 3);
}

#[test]
fn a_lock_that_is_waited_for_is_told_once_with_who_has_it() {
    let receiver = Receiver::that(Answer::Status(200));
    let toml = format!(
        "{}on = [\"waiting_for_lock\", \"failed\"]\nlock_wait = \"300ms\"\n",
        hook(receiver.port)
    );
    let Some((db, project)) = begun(&toml) else {
        return;
    };
    project.migration("0002_rows", "ALTER TABLE users ADD COLUMN a int;\n");
    let session = db.reading("users");
    run(&project, &db.url, &["deploy", "--lock-budget", "3s"]).exits(1);
    session.end();
    assert_eq!(receiver.events(), ["waiting_for_lock", "failed"]);
    let waits = receiver.one("waiting_for_lock");
    assert_eq!(
        waits["blockers"][0]["application"], "the blocker",
        "{waits:#}"
    );
    assert!(waits["milliseconds"].as_u64() >= Some(300), "{waits:#}");
    assert_eq!(waits["migrations"], serde_json::json!(["0002_rows"]));
    assert_eq!(receiver.one("failed")["kind"], "locked");
}

#[test]
fn a_window_that_is_closed_is_told() {
    let receiver = Receiver::that(Answer::Status(200));
    let toml = format!(
        "{}[windows]\nbackfill = [\"{}\"]\n",
        hook(receiver.port),
        elsewhen()
    );
    let Some((db, project)) = begun(&toml) else {
        return;
    };
    let mut command = project.command(&["deploy", "--url", &db.url]);
    let mut deploy = command
        .env("TOKEN", "x")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("it is told", || {
        receiver.events().contains(&"waiting_for_window".to_owned())
    });
    let waits = receiver.one("waiting_for_window");
    assert!(
        waits["until"].as_str().is_some_and(|at| at.ends_with('Z')),
        "{waits:#}"
    );
    deploy.kill().unwrap();
    deploy.wait().unwrap();
}

#[test]
fn a_variable_that_is_not_set_and_what_is_no_address_are_refused_before_anything_begins() {
    let Some((db, project)) = begun("[[webhook]]\nurl = \"${TOKEN}\"\n") else {
        return;
    };
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("the variable TOKEN is not set");
    run(&project, &db.url, &["deploy"])
        .exits(1)
        .says("no URL of http")
        .never_says("hunter2");
    assert_eq!(db.sql("SELECT to_regclass('segue.rollouts') IS NULL"), "t");
    // who only looks need not know it
    let code = project.on(&db, &["status"]).code;
    assert_eq!(code, Some(2));
}

/// A server of TLS that shows a certificate for `localhost`, and answers what it gets from the program's own page.
fn encrypted(folder: &Path) -> (Child, u16) {
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl")
            .args(arguments)
            .current_dir(folder)
            .stderr(Stdio::null())
            .status();
        assert!(done.unwrap().success(), "{arguments:?}");
    };
    openssl(&[
        "req",
        "-x509",
        "-days",
        "9",
        "-subj",
        "/CN=localhost",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "own.key",
        "-out",
        "own.crt",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let server = Command::new("openssl")
        .args([
            "s_server", "-quiet", "-cert", "own.crt", "-key", "own.key", "-www", "-accept",
        ])
        .arg(format!("127.0.0.1:{port}"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("it listens", || {
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    (server, port)
}

#[test]
fn certificates_are_verified_by_the_roots_of_the_system_or_those_that_are_named() {
    let Some(db) = database() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut server, port) = encrypted(folder.path());
    let project = Project::new();
    let hook = format!("[[webhook]]\nurl = \"https://localhost:{port}/x\"\non = [\"applied\"]\n");
    project.file("segue.toml", hook.as_str());
    project.migration("0001_a", "CREATE TABLE a (id int);\n");
    project
        .on(&db, &["deploy"])
        .exits(0)
        .says("cannot be encrypted to");
    project.migration("0002_b", "CREATE TABLE b (id int);\n");
    let roots = folder.path().join("own.crt").display().to_string();
    let outcome = project.segue_with(
        &[("SSL_CERT_FILE", roots.as_str())],
        &["deploy", "--url", &db.url],
    );
    // it speaks HTTP, and has no use for a POST
    let outcome = outcome.exits(0).never_says("cannot be encrypted to");
    assert!(!outcome.err.contains("cannot be reached"), "{outcome}");
    server.kill().unwrap();
    server.wait().unwrap();
}
