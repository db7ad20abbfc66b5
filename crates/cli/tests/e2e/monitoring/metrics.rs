//! `--metrics`: numbers for Prometheus while a deploy runs.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use prometheus_parse::{Scrape, Value};

use super::begun;
use crate::{
    harness::{Running, eventually},
    planted,
};

/// What is answered to a path.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    planted::is_not_in(&format!("what {path} answers"), &answer);
    answer
}

fn scrape(address: &str) -> Scrape {
    let answer = get(address, "/metrics");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    Scrape::parse(body.lines().map(|line| Ok(line.to_owned()))).unwrap()
}

fn value(scrape: &Scrape, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
    let mut found = scrape.samples.iter().filter(|sample| {
        sample.metric == name
            && label.is_none_or(|(key, value)| sample.labels.get(key) == Some(value))
    });
    match &found.next()?.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => Some(*value),
        Value::Histogram(buckets) => buckets.last().map(|last| last.count),
        Value::Summary(_) => None,
    }
}

/// Where a command hands its numbers out.
fn address(running: &mut Running) -> String {
    running.until_it_says("/metrics\n");
    let said = running.said();
    let line = said.lines().find(|line| line.starts_with("metrics on"));
    let url = line.unwrap().strip_prefix("metrics on http://").unwrap();
    url.strip_suffix("/metrics").unwrap().to_owned()
}

#[test]
fn the_numbers_of_a_running_deploy_can_be_read_and_grow() {
    let Some((db, project)) = begun("") else {
        return;
    };
    let rate = ["deploy", "--max-rate", "4000", "--metrics", "127.0.0.1:0"];
    let mut deploy = project.start_on(&db, &rate);
    let address = address(&mut deploy);
    let table = Some(("table", "public.users"));
    let mut first = 0.0;
    eventually("rows are written", || {
        first = value(&scrape(&address), "segue_rows_written_total", table).unwrap_or(0.0);
        first > 0.0
    });
    let now = scrape(&address);
    let done = value(&now, "segue_table_done_ratio", table).unwrap();
    assert!((0.0..1.0).contains(&done), "{done}");
    assert!(value(&now, "segue_rows_left", table) > Some(0.0));
    assert!(value(&now, "segue_step_number", None) >= Some(1.0));
    assert!(value(&now, "segue_batch_duration_seconds", None) > Some(0.0));
    assert_eq!(
        value(&now, "segue_rollout_info", Some(("state", "expanding"))),
        Some(1.0)
    );
    project.on(&db, &["pause"]).exits(0);
    let paused = Some(("reason", "paused"));
    eventually("it is seen that it is paused", || {
        value(&scrape(&address), "segue_waiting", paused) == Some(1.0)
    });
    project.on(&db, &["resume"]).exits(0);
    eventually("it goes on", || {
        let now = scrape(&address);
        value(&now, "segue_waiting", paused) == Some(0.0)
            && value(&now, "segue_rows_written_total", table) > Some(first)
    });
    let waited = value(&scrape(&address), "segue_wait_seconds_total", paused);
    assert!(waited > Some(0.0), "{waited:?}");
    assert!(get(&address, "/").starts_with("HTTP/1.1 404"));
    deploy.wait().exits(0);
    assert!(TcpStream::connect(&address).is_err(), "it listens on");
}

#[test]
fn a_port_that_is_taken_is_said_before_anything_begins() {
    let Some((db, project)) = begun("") else {
        return;
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for command in ["deploy", "contract", "rollback"] {
        project
            .on(&db, &[command, "--metrics", &address])
            .exits(1)
            .says("another program listens there")
            .says(&address);
    }
    project
        .on(&db, &["deploy", "--metrics", "no address"])
        .exits(1)
        .says("this is no address");
    assert_eq!(db.sql("SELECT to_regclass('segue.rollouts') IS NULL"), "t");
}
