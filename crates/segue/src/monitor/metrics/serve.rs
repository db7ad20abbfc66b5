//! Hands numbers out over HTTP.

use std::{convert::Infallible, io::ErrorKind, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use segue_engine::{Failure, FailureKind};
use segue_sql::Problem;
use tokio::{net::TcpListener, task::JoinSet};

/// The form (prometheus.io, "Text-based format").
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What gives the numbers as they are.
pub(super) type Text = Arc<dyn Fn() -> String + Send + Sync>;

/// Listens on `HOST:PORT`, on all addresses (`:PORT`), or for this machine alone (`PORT`).
pub(super) async fn listen(address: &str) -> Result<TcpListener, Failure> {
    let address = address.trim();
    let full = match address.strip_prefix(':') {
        Some(port) => format!("0.0.0.0:{port}"),
        None if address.bytes().all(|byte| byte.is_ascii_digit()) => format!("127.0.0.1:{address}"),
        None => address.to_owned(),
    };
    TcpListener::bind(&full).await.map_err(|error| {
        let said = match error.kind() {
            ErrorKind::AddrInUse => "another program listens there".to_owned(),
            ErrorKind::InvalidInput => "this is no address: HOST:PORT, :PORT or PORT".to_owned(),
            _ => error.to_string(),
        };
        let problem = Problem::new(format!("no metrics can be handed out on {address}: {said}"))
            .note("nothing was begun")
            .help("give another address with --metrics; port 0 is a free one, which is printed");
        Failure::new(FailureKind::Input, problem)
    })
}

/// Answers until it is dropped.
pub(super) async fn accept(listener: TcpListener, text: Text) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, mostly: what is open ends at some time.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let text = Arc::clone(&text);
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let answer = answer(&request, &text);
                async move { Ok::<_, Infallible>(answer) }
            });
            // A client that goes away is no failure of ours.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn answer(request: &Request<Incoming>, text: &Text) -> Response<Full<Bytes>> {
    let (status, content, body) = match (request.method(), request.uri().path()) {
        (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, TEXT, text()),
        (&Method::GET | &Method::HEAD, _) => (
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "the numbers are under /metrics\n".to_owned(),
        ),
        _ => (
            StatusCode::METHOD_NOT_ALLOWED,
            "text/plain; charset=utf-8",
            "only GET\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let content = hyper::header::HeaderValue::from_static(content);
    response.headers_mut().insert(CONTENT_TYPE, content);
    response
}
