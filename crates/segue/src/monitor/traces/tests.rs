//! Which event is which span.

use std::time::Duration;

use segue_engine::{Expanded, FailureKind, Hold};
use segue_sql::Problem;

use super::*;

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn begins(number: usize) -> Event {
    Event::StepBegins {
        phase: Phase::Expand,
        number,
        of: 2,
        title: format!("step {number}"),
    }
}

fn done(number: usize) -> Event {
    Event::StepDone {
        phase: Phase::Expand,
        number,
        of: 2,
        title: format!("step {number}"),
        elapsed: Duration::ZERO,
    }
}

fn plan() -> Event {
    Event::PlanBegins {
        rollout: 7,
        becomes: State::Expanding,
        migrations: vec!["0002_rows".to_owned()],
    }
}

fn seconds(span: &SpanData) -> (u64, u64) {
    let since = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH)
            .expect("it is later")
            .as_secs()
    };
    (since(span.start_time), since(span.end_time))
}

#[test]
fn a_step_is_in_its_plan_and_the_plan_in_the_command() {
    let mut traces = Traces::begin("deploy", Vec::new(), at(1));
    assert!(traces.hear(&plan(), at(2)).is_empty());
    assert!(traces.hear(&begins(1), at(3)).is_empty());
    let waits = Event::FillingWaits {
        table: "t".to_owned(),
        hold: Hold::Paused,
    };
    traces.hear(&waits, at(4));
    traces.hear(&waits, at(5));
    let first = traces.hear(&done(1), at(6));
    traces.hear(&begins(2), at(6));
    let second = traces.hear(&done(2), at(8));
    let expanded = Expanded {
        migrations: Vec::new(),
        steps: 2,
        contract: 0,
        stays: None,
        elapsed: Duration::ZERO,
    };
    let expand = traces.hear(&Event::Expanded(expanded), at(9));
    let root = traces.end(None, at(10));
    let [first, second, expand, root] = [first, second, expand, root].map(|mut ended| {
        assert_eq!(ended.len(), 1);
        ended.remove(0)
    });
    let names = [&first, &second, &expand, &root].map(|span| span.name.to_string());
    assert_eq!(
        names,
        ["step 1", "step 2", "expand 0002_rows", "segue deploy"]
    );
    assert_eq!(seconds(&first), (3, 6));
    assert_eq!(seconds(&root), (1, 10));
    assert_eq!(first.events.len(), 1, "the same wait is noted once");
    assert_eq!(first.parent_span_id, expand.span_context.span_id());
    assert_eq!(second.parent_span_id, expand.span_context.span_id());
    assert_eq!(expand.parent_span_id, root.span_context.span_id());
    let traces = [&first, &second, &expand, &root].map(|span| span.span_context.trace_id());
    assert!(traces.iter().all(|trace| *trace == traces[0]));
}

#[test]
fn what_stops_ends_all_that_is_open_and_says_its_kind_alone() {
    let mut traces = Traces::begin("deploy", Vec::new(), at(1));
    traces.hear(&plan(), at(2));
    traces.hear(&begins(1), at(3));
    let failure = Failure {
        kind: FailureKind::Statement,
        problems: vec![Problem::new("Key (name)=(Ada) is duplicated")],
    };
    let ended = traces.end(Some(&failure), at(4));
    assert_eq!(ended.len(), 3);
    for span in &ended {
        assert_eq!(span.status, Status::error("statement"));
        assert!(!format!("{span:?}").contains("Ada"), "{span:?}");
    }
    assert!(traces.end(Some(&failure), at(5)).is_empty());
}

#[test]
fn steps_that_are_taken_back_follow_each_other() {
    let mut traces = Traces::begin("rollback", Vec::new(), at(1));
    traces.hear(&plan(), at(2));
    let undone = |number| Event::StepUndone {
        number,
        of: 2,
        title: format!("step {number}"),
    };
    let second = traces.hear(&undone(2), at(5));
    let first = traces.hear(&undone(1), at(7));
    assert_eq!(second[0].name, "take back: step 2");
    assert_eq!(seconds(&second[0]), (2, 5));
    assert_eq!(seconds(&first[0]), (5, 7));
}
