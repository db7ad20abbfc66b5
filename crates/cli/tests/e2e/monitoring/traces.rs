//! Traces by OTLP: what a collector gets, and that nothing waits for it.

use std::{
    io::Write,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;

use super::{begun, webhooks::raw_request};

/// A collector that answers with this status.
struct Collector {
    port: u16,
    /// The path, and what was sent.
    requests: Arc<Mutex<Vec<(String, ExportTraceServiceRequest)>>>,
}

impl Collector {
    fn that_answers(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (path, body) = raw_request(&stream);
                let message = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
                taken.lock().unwrap().push((path, message));
                let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { port, requests }
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn spans(&self) -> Vec<Span> {
        let requests = self.requests.lock().unwrap();
        let spans = requests.iter().flat_map(|(_, one)| &one.resource_spans);
        let spans = spans.flat_map(|resource| &resource.scope_spans);
        spans.flat_map(|scope| scope.spans.clone()).collect()
    }
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

fn attribute(span: &Span, name: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key == name)?;
    Some(text(found.value.as_ref()))
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[test]
fn a_deploy_its_plan_and_its_steps_are_spans_of_one_trace() {
    let Some((db, project)) = begun("") else {
        return;
    };
    let collector = Collector::that_answers(200);
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=staging",
        ),
        ("TRACEPARENT", PARENT),
    ];
    project
        .segue_with(&variables, &["deploy", "--url", &db.url])
        .exits(0)
        .never_says("the trace is not told");
    let requests = collector.requests.lock().unwrap().clone();
    assert!(requests.iter().all(|(path, _)| path == "/v1/traces"));
    let resource = requests[0].1.resource_spans[0].resource.clone().unwrap();
    let of_resource = |name: &str| {
        let found = resource.attributes.iter().find(|one| one.key == name);
        text(found.and_then(|one| one.value.as_ref()))
    };
    assert_eq!(of_resource("service.name"), "segue");
    assert_eq!(of_resource("deployment.environment.name"), "staging");
    let spans = collector.spans();
    let one = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
    let (root, plan) = (one("segue deploy"), one("expand 0002_rows"));
    let trace: String = root
        .trace_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(trace, "4bf92f3577b34da6a3ce929d0e0e4736");
    let parent: String = root
        .parent_span_id
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(parent, "00f067aa0ba902b7");
    assert_eq!(
        attribute(root, "db.system.name").as_deref(),
        Some("postgresql")
    );
    assert_eq!(attribute(root, "db.namespace"), Some(db.name()));
    assert!(attribute(root, "server.port").is_some(), "{root:?}");
    assert_eq!(plan.parent_span_id, root.span_id);
    let steps: Vec<&Span> = spans
        .iter()
        .filter(|span| span.parent_span_id == plan.span_id)
        .collect();
    assert!(!steps.is_empty(), "{spans:#?}");
    for step in steps {
        assert_eq!(attribute(step, "segue.phase").as_deref(), Some("expand"));
        assert!(step.start_time_unix_nano >= plan.start_time_unix_nano);
        assert!(step.end_time_unix_nano <= plan.end_time_unix_nano);
        assert_eq!(step.trace_id, root.trace_id);
    }
}

#[test]
fn a_migration_as_it_is_written_and_its_failure_are_spans_without_what_the_server_said() {
    let Some((db, project)) = begun("") else {
        return;
    };
    project.migration("0002_rows", "INSERT INTO users VALUES (1, 'hunter2');\n");
    let collector = Collector::that_answers(200);
    let endpoint = collector.endpoint() + "/v1/traces";
    let variables = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.as_str())];
    project
        .segue_with(
            &variables,
            &["deploy", "--strategy", "direct", "--url", &db.url],
        )
        .exits(1)
        .says("duplicate key");
    let spans = collector.spans();
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["migration 0002_rows", "segue deploy"]);
    for span in &spans {
        assert_eq!(attribute(span, "error.type").as_deref(), Some("statement"));
        assert_eq!(span.status.as_ref().map(|status| status.code), Some(2));
        assert!(!format!("{span:?}").contains("duplicate"), "{span:?}");
    }
}

#[test]
fn a_collector_that_is_down_or_refuses_is_said_once_and_stops_nothing() {
    let refusing = Collector::that_answers(503);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let down = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    for (endpoint, why) in [
        (refusing.endpoint(), "it answered 503"),
        (down, "it cannot be reached"),
        ("no address".to_owned(), "invalid"),
    ] {
        let Some((db, project)) = begun("") else {
            return;
        };
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
        let done = project
            .segue_with(&variables, &["deploy", "--url", &db.url])
            .exits(0)
            .says(why);
        let said = done.err.matches("the trace is not told").count();
        assert_eq!(said, 1, "{done}");
    }
}

#[test]
fn without_a_collector_or_with_traces_turned_off_nothing_is_sent() {
    let collector = Collector::that_answers(200);
    let endpoint = collector.endpoint();
    let Some((db, project)) = begun("") else {
        return;
    };
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    project
        .segue_with(&variables, &["deploy", "--url", &db.url])
        .exits(0);
    assert!(collector.spans().is_empty());
}
