//! `segue testdb serve`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use super::ready;
use crate::{
    harness::{Database, Project, eventually},
    schemas,
};

/// A server that runs, and where.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(project: &Project, server: &Database, more: &[&str]) -> Self {
        let arguments = [
            "testdb",
            "serve",
            "--json",
            "--shadow-url",
            &server.bare_url(),
        ];
        let mut command = project.command(&[&arguments[..], more].concat());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        schemas::hold_document(&said);
        assert_eq!(
            (&said["command"], &said["ok"]),
            (&json!("testdb serve"), &json!(true))
        );
        let url = said["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").unwrap().to_owned();
        Self { child, address }
    }

    /// The status and the document of an answer.
    fn ask(&self, request: &str, body: &str) -> (u16, Value) {
        self.ask_with(request, body, &format!("Host: {}", self.address))
    }

    fn ask_with(&self, request: &str, body: &str, headers: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{request} HTTP/1.1\r\n{headers}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, document) = text.split_once("\r\n\r\n").unwrap();
        let document = serde_json::from_str(document).unwrap();
        schemas::hold_document(&document);
        (status, document)
    }

    /// Makes a database; its name.
    fn made(&self, body: &str) -> String {
        let (status, made) = self.ask("POST /databases", body);
        assert_eq!(status, 201, "{made}");
        assert!(
            made["url"]
                .as_str()
                .unwrap()
                .contains(made["name"].as_str().unwrap())
        );
        made["name"].as_str().unwrap().to_owned()
    }

    fn signal(&self, signal: i32) {
        let pid = libc::pid_t::try_from(self.child.id()).unwrap();
        // SAFETY: plain numbers go in; the child is not waited for yet, so its number is still its own.
        assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
    }

    fn ends(&mut self) -> Option<i32> {
        let mut status = None;
        eventually("it ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn databases_are_handed_out_and_taken_back_and_all_go_at_the_end() {
    let Some((project, server)) = ready() else {
        return;
    };
    let mut serving = Serving::start(&project, &server, &[]);
    let (first, second) = (serving.made(""), serving.made("{}"));
    assert!(server.is_there(&first) && server.is_there(&second));
    let (status, list) = serving.ask("GET /databases", "");
    assert_eq!((status, &list["databases"]), (200, &json!([first, second])));
    let (status, removed) = serving.ask(&format!("DELETE /databases/{first}"), "");
    assert_eq!(
        (status, removed["name"].as_str()),
        (200, Some(first.as_str()))
    );
    assert!(!server.is_there(&first));
    serving.signal(libc::SIGINT);
    assert_eq!(serving.ends(), Some(0));
    assert!(!server.is_there(&second));
}

#[test]
fn a_database_is_migrated_and_rolled_back_over_http() {
    let Some((project, server)) = ready() else {
        return;
    };
    let serving = Serving::start(&project, &server, &[]);
    let name = serving.made("{\"to\": \"1_users\"}");
    let url = server.url_of("tester", &name);
    let has_posts = || {
        let has = server
            .cluster
            .psql(&url, "SELECT to_regclass('posts') IS NOT NULL")
            .unwrap();
        has.trim() == "t"
    };
    assert!(!has_posts());
    let (status, migrated) = serving.ask(&format!("POST /databases/{name}/migrate"), "");
    assert_eq!((status, &migrated["applied"]), (200, &json!(["2_posts"])));
    assert!(has_posts());
    let (status, back) = serving.ask(&format!("POST /databases/{name}/rollback"), "");
    assert_eq!(status, 200, "{back}");
    assert_eq!(back["migration"], "2_posts");
    assert_eq!(
        (&back["way"], &back["different"]),
        (&json!("down"), &json!([]))
    );
    assert!(!has_posts());
}

#[test]
fn new_migrations_are_in_the_next_database() {
    let Some((project, server)) = ready() else {
        return;
    };
    let serving = Serving::start(&project, &server, &[]);
    serving.made("");
    project.migration("3_tags", "CREATE TABLE tags (id int);");
    let url = server.url_of("tester", &serving.made(""));
    server.cluster.psql(&url, "SELECT FROM tags").unwrap();
}

#[test]
fn a_seed_fills_the_databases_that_shall_have_it() {
    let Some((project, server)) = ready() else {
        return;
    };
    project
        .file("segue.toml", "[seed]\nfile = \"seed.sql\"\n")
        .file("seed.sql", "INSERT INTO users VALUES (1), (2);");
    let serving = Serving::start(&project, &server, &["--seed"]);
    let rows = |name: &str| {
        let url = server.url_of("tester", name);
        server
            .cluster
            .psql(&url, "SELECT count(*) FROM users")
            .unwrap()
            .trim()
            .to_owned()
    };
    assert_eq!(rows(&serving.made("")), "2");
    assert_eq!(rows(&serving.made("{\"seed\": false}")), "0");
}

#[test]
fn wrong_requests_are_told_what_is_wrong() {
    let Some((project, server)) = ready() else {
        return;
    };
    let serving = Serving::start(&project, &server, &[]);
    let message = |(status, document): (u16, Value)| {
        assert_eq!(document["ok"], json!(false));
        let problem = &document["error"]["problems"][0];
        (
            status,
            format!("{} / {}", problem["message"], problem["help"]),
        )
    };
    for (request, body, status, words) in [
        ("POST /nonsense", "", 404, "there is no POST /nonsense"),
        (
            "DELETE /databases/other",
            "",
            404,
            "no database `other` was handed out",
        ),
        (
            "POST /databases/other/migrate",
            "",
            404,
            "no database `other`",
        ),
        ("POST /databases", "{", 400, "cannot be read"),
        (
            "POST /databases",
            "{\"too\": 1}",
            400,
            "unknown field `too`",
        ),
        (
            "POST /databases",
            "{\"to\": \"2_post_\"}",
            400,
            "did you mean 2_posts?",
        ),
    ] {
        let (found, text) = message(serving.ask(request, body));
        assert_eq!(found, status, "{text}");
        assert!(text.contains(words), "{text}");
    }
    let own = format!("Host: {}", serving.address);
    for headers in [
        format!("{own}\r\nOrigin: http://example.com"),
        "Host: example.com:80".to_owned(),
    ] {
        let (status, text) = message(serving.ask_with("POST /databases", "", &headers));
        assert_eq!(status, 403, "{text}");
    }
    let (_, list) = serving.ask("GET /databases", "");
    assert_eq!(list["databases"], json!([]), "none was made");
}

#[test]
fn it_ends_with_whoever_has_started_it() {
    let Some((project, server)) = ready() else {
        return;
    };
    let mut serving = Serving::start(&project, &server, &["--until-stdin-closes"]);
    let name = serving.made("");
    drop(serving.child.stdin.take());
    assert_eq!(serving.ends(), Some(0));
    assert!(!server.is_there(&name));
}

#[test]
fn a_port_in_use_and_a_migration_that_fails_are_told_at_the_start() {
    let Some((project, server)) = ready() else {
        return;
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let arguments = ["testdb", "serve", "--shadow-url", &server.bare_url()];
    project
        .segue(&[&arguments[..], &["--port", &port]].concat())
        .exits(1)
        .says(&format!("the port {port} is in use"))
        .says("--port");
    project.migration("3_wrong", "SELECT nonsense;");
    project
        .segue(&arguments)
        .exits(1)
        .says("nonsense")
        .says("3_wrong/migration.sql");
}
