//! Which event is which number, read as Prometheus would.

use std::time::Duration;

use prometheus_parse::{Sample, Scrape, Value};

use super::*;

fn read(metrics: &Metrics) -> Scrape {
    let text = metrics.text();
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    Scrape::parse(lines).expect("it can be read")
}

fn value(metrics: &Metrics, name: &str, label: Option<(&str, &str)>) -> Option<f64> {
    let scrape = read(metrics);
    let is_it = |sample: &&Sample| {
        sample.metric == name
            && label.is_none_or(|(key, value)| sample.labels.get(key) == Some(value))
    };
    let sample = scrape.samples.iter().find(is_it)?;
    match &sample.value {
        Value::Counter(value) | Value::Gauge(value) => Some(*value),
        other => panic!("{name} is {other:?}"),
    }
}

fn progress(rows: u64, done: f64) -> Event {
    Event::Filling(Progress {
        table: "public.users".to_owned(),
        rows,
        done,
        round: 1,
        per_second: 1000.0,
        left: Some(Duration::from_secs(3)),
    })
}

fn begins(number: usize) -> Event {
    Event::StepBegins {
        phase: Phase::Expand,
        number,
        of: 3,
        title: "fill \"slug\" of users\n".to_owned(),
    }
}

#[test]
fn rows_of_a_step_that_goes_on_are_counted_once_and_those_of_the_next_anew() {
    let metrics = Metrics::new();
    let table = Some(("table", "public.users"));
    metrics.hear(&begins(1));
    metrics.hear(&progress(300, 0.25));
    metrics.hear(&progress(600, 0.5));
    let rows = value(&metrics, "segue_rows_written_total", table);
    assert_eq!(rows, Some(600.0));
    assert_eq!(value(&metrics, "segue_rows_left", table), Some(600.0));
    assert_eq!(value(&metrics, "segue_table_done_ratio", table), Some(0.5));
    assert_eq!(value(&metrics, "segue_time_left_seconds", table), Some(3.0));
    metrics.hear(&begins(2));
    assert_eq!(value(&metrics, "segue_rows_left", table), None);
    metrics.hear(&progress(100, 1.0));
    let rows = value(&metrics, "segue_rows_written_total", table);
    assert_eq!(rows, Some(700.0));
    let number = value(&metrics, "segue_step_number", Some(("phase", "expand")));
    assert_eq!(number, Some(2.0));
}

#[test]
fn a_wait_begins_with_its_reason_and_ends_with_what_comes_behind_it() {
    let metrics = Metrics::new();
    let hold = |hold| Event::FillingWaits {
        table: "t".to_owned(),
        hold,
    };
    let paused = Some(("reason", "paused"));
    metrics.hear(&hold(segue_engine::Hold::Paused));
    metrics.hear(&hold(segue_engine::Hold::Paused));
    assert_eq!(value(&metrics, "segue_waiting", paused), Some(1.0));
    assert_eq!(value(&metrics, "segue_waits_total", paused), Some(1.0));
    std::thread::sleep(Duration::from_millis(20));
    let batch = Event::Batch {
        table: "t".to_owned(),
        rows: 1,
        took: Duration::from_millis(30),
    };
    metrics.hear(&batch);
    assert_eq!(value(&metrics, "segue_waiting", paused), Some(0.0));
    let waited = value(&metrics, "segue_wait_seconds_total", paused);
    assert!(waited.is_some_and(|seconds| (0.02..5.0).contains(&seconds)));
    let scrape = read(&metrics);
    let batches = |sample: &&Sample| sample.metric == "segue_batch_duration_seconds";
    let Some(Value::Histogram(buckets)) = scrape.samples.iter().find(batches).map(|it| &it.value)
    else {
        panic!("there is none: {}", metrics.text());
    };
    let below = |limit: f64| buckets.iter().find(|one| one.less_than == limit);
    assert_eq!(below(0.025).map(|one| one.count), Some(0.0));
    assert_eq!(below(0.05).map(|one| one.count), Some(1.0));
}

#[test]
fn every_number_has_its_help_and_its_type_and_counters_are_called_so() {
    let metrics = Metrics::new();
    metrics.hear(&begins(1));
    metrics.hear(&progress(1, 0.1));
    metrics.failed(FailureKind::Locked);
    let text = metrics.text();
    let scrape = read(&metrics);
    for name in scrape.docs.keys() {
        assert!(name.starts_with("segue_"), "{name}");
    }
    let (mut counters, mut all) = (0, 0);
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("# TYPE ") else {
            continue;
        };
        let (name, kind) = rest.split_once(' ').expect("a name and a kind");
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
        counters += usize::from(kind == "counter");
        all += 1;
    }
    assert!(counters >= 6 && all >= 14, "{text}");
    let kind = Some(("kind", "locked"));
    assert_eq!(value(&metrics, "segue_errors_total", kind), Some(1.0));
}
