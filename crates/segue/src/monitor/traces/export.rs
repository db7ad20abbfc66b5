//! Spans on their way to a collector, beside the work: what is not taken is lost, and said once.

use std::{
    env, fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hyper::{Request, Response, body::Bytes};
use opentelemetry::{Key, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{RetryPolicy, SpanExporter, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SpanData, SpanExporter as _},
};
use segue_project::config::Secret;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::super::address::Address;

/// How long one message may take; a collector is near, or it is down.
const ANSWER: Duration = Duration::from_secs(5);
/// How long what is still on its way at the end of a command is waited for.
const END: Duration = Duration::from_secs(5);

/// Where the collector is named; that of traces alone goes first.
const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// Brings spans to the collector.
pub(in crate::monitor) struct Exporter {
    sender: Option<mpsc::UnboundedSender<Vec<SpanData>>>,
    task: JoinHandle<()>,
    trouble: Arc<Mutex<Option<String>>>,
    has_complained: bool,
}

impl Exporter {
    /// One, where the environment names a collector; what is wrong with that is said as [`trouble`](Self::trouble).
    pub(in crate::monitor) fn of_environment() -> Option<Self> {
        let set = |name: &&str| env::var(name).is_ok_and(|value| !value.trim().is_empty());
        let is = |name: &str, value: &str| {
            env::var(name).is_ok_and(|text| text.trim().eq_ignore_ascii_case(value))
        };
        if !ENDPOINTS.iter().any(set)
            || is("OTEL_SDK_DISABLED", "true")
            || is("OTEL_TRACES_EXPORTER", "none")
        {
            return None;
        }
        let trouble = Arc::new(Mutex::new(None));
        let (sender, spans) = mpsc::unbounded_channel();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client {
                trouble: Arc::clone(&trouble),
            })
            .with_retry_policy(RetryPolicy::disabled())
            .build();
        let task = match exporter {
            Ok(mut exporter) => {
                exporter.set_resource(&resource());
                tokio::spawn(bring(exporter, spans, Arc::clone(&trouble)))
            }
            Err(error) => {
                lock(&trouble).replace(error.to_string());
                tokio::spawn(async {})
            }
        };
        Some(Self {
            sender: Some(sender),
            task,
            trouble,
            has_complained: false,
        })
    }

    /// Takes spans that have ended.
    pub(in crate::monitor) fn take(&self, spans: Vec<SpanData>) {
        if let Some(sender) = self.sender.as_ref().filter(|_| !spans.is_empty()) {
            // where nobody takes them it was said why
            let _ = sender.send(spans);
        }
    }

    /// Waits for what is on its way; not for long.
    pub(in crate::monitor) async fn arrive(&mut self) {
        self.sender = None;
        if timeout(END, &mut self.task).await.is_err() {
            let text = format!("did not take all within {} s", END.as_secs());
            lock(&self.trouble).get_or_insert(text);
        }
    }

    /// What there is to say of spans that did not arrive: once.
    pub(in crate::monitor) fn trouble(&mut self) -> Option<String> {
        if self.has_complained {
            return None;
        }
        let trouble = lock(&self.trouble).take()?;
        self.has_complained = true;
        Some(format!(
            "warning: the trace is not told to the collector of OTEL_EXPORTER_OTLP_ENDPOINT: {trouble}; nothing waits for it"
        ))
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the spans are of: `segue`, unless the environment calls it something else.
fn resource() -> Resource {
    let resource = Resource::builder().build();
    let name = resource.get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    if is_named {
        return resource;
    }
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    Resource::builder()
        .with_service_name("segue")
        .with_attribute(version)
        .build()
}

fn lock(trouble: &Mutex<Option<String>>) -> MutexGuard<'_, Option<String>> {
    // what is in it is whole between any two statements
    trouble.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Brings what comes, until nobody sends any more; what comes meanwhile goes together.
async fn bring(
    exporter: SpanExporter,
    mut spans: mpsc::UnboundedReceiver<Vec<SpanData>>,
    trouble: Arc<Mutex<Option<String>>>,
) {
    while let Some(mut some) = spans.recv().await {
        while let Ok(more) = spans.try_recv() {
            some.extend(more);
        }
        if let Err(error) = exporter.export(some).await {
            // the client has said more of it
            lock(&trouble).get_or_insert_with(|| error.to_string());
        }
    }
}

/// Sends what the exporter has written, over the connections that webhooks have too.
struct Client {
    trouble: Arc<Mutex<Option<String>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

type Sent<'t> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 't>>;

impl HttpClient for Client {
    fn send_bytes<'s, 't>(&'s self, request: Request<Bytes>) -> Sent<'t>
    where
        's: 't,
        Self: 't,
    {
        Box::pin(async move {
            let sent = timeout(ANSWER, send(request)).await;
            let sent = sent.unwrap_or_else(|_| {
                Err(format!("it did not answer within {} s", ANSWER.as_secs()))
            });
            let status = sent.map_err(|why| {
                lock(&self.trouble).get_or_insert_with(|| why.clone());
                HttpError::from(why)
            })?;
            if !(200..300).contains(&status) {
                lock(&self.trouble).get_or_insert_with(|| format!("it answered {status}"));
            }
            Ok(Response::builder().status(status).body(Bytes::new())?)
        })
    }
}

/// The status of the answer.
async fn send(request: Request<Bytes>) -> Result<u16, String> {
    let (head, body) = request.into_parts();
    let url = Secret::new(head.uri.to_string());
    let address = Address::of(&url, "OTEL_EXPORTER_OTLP_ENDPOINT").map_err(|failure| {
        let problem = failure.problems.into_iter().next();
        problem.map_or_else(String::new, |problem| problem.message)
    })?;
    let sent = address.exchange(head.headers, body).await;
    sent.map_err(|why| format!("it {why}"))
}
