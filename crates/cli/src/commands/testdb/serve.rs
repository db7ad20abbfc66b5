//! `segue testdb serve`: databases over HTTP, for tests that run at the same time.

use std::{io::Read, net::Ipv4Addr, sync::Arc, thread};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use segue::{Failure, FailureKind, Interrupt, Problem};
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};

use super::{header, requests::Desk, server};
use crate::{
    args::{Common, Serve},
    commands::fail,
    exit,
    show::json,
    stop,
};

pub(super) async fn run(common: &Common, wanted: &Serve) -> u8 {
    let (interrupt, mut wishes) = stop::on_signals();
    // In the heap, as it holds all that a deploy does.
    let (listener, desk) = match Box::pin(ready(common, wanted, interrupt)).await {
        Ok(ready) => ready,
        Err(failure) => return fail(common, "testdb serve", &failure, json::Rest::new()),
    };
    tell(common, &listener, &desk);
    tokio::select! {
        () = accept(&listener, &desk) => {}
        _ = wishes.recv() => {}
        () = stdin_closes(wanted.until_stdin_closes) => {}
    }
    drop(listener);
    let left = desk.close().await;
    for failure in &left {
        tell!("warning: a test database is left behind: {failure}");
    }
    // Ctrl-C is how it is ended, and no failure.
    match left.is_empty() {
        true => exit::DONE,
        false => exit::FAILED,
    }
}

/// What answers, with a template.
async fn ready(
    common: &Common,
    wanted: &Serve,
    interrupt: Interrupt,
) -> Result<(TcpListener, Arc<Desk>), Failure> {
    // First: a port that is in use is known at once.
    let listener = listen(wanted.port).await?;
    let server = server(common, &wanted.made, &interrupt).await?;
    let desk = Desk::new(server, wanted.made.seed, interrupt.clone());
    // So that the first request is as fast as the others, and what is wrong is told here.
    let first = desk.server.create(None).await?;
    first.close().await?;
    interrupt.refuses()?;
    Ok((listener, Arc::new(desk)))
}

/// Says where it listens.
fn tell(common: &Common, listener: &TcpListener, desk: &Desk) {
    header(common, &desk.server, "test databases on");
    let port = listener.local_addr().map_or(0, |address| address.port());
    let url = format!("http://127.0.0.1:{port}");
    if common.is_json() {
        json::done("testdb serve", json!({ "url": url }));
    } else {
        out!("listening on {url}");
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::AddrInUse => {
                    Problem::new(format!("the port {port} is in use by another program"))
                        .help("give another one with --port, or none for a free one")
                }
                _ => Problem::new(format!("it cannot be listened on the port {port}: {error}"))
                    .help("give another one with --port, or none for a free one"),
            };
            Failure::new(FailureKind::Connection, problem)
        })
}

/// Answers until it is dropped.
async fn accept(listener: &TcpListener, desk: &Arc<Desk>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, mostly: what is open ends at some time.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        let desk = Arc::clone(desk);
        connections.spawn(async move {
            let service = service_fn(move |request| {
                let desk = Arc::clone(&desk);
                async move { Ok::<_, std::convert::Infallible>(desk.answer(request).await) }
            });
            // A client that goes away is no failure of ours.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// Ends when standard input does; never where that is not asked for.
async fn stdin_closes(asked: bool) {
    if !asked {
        return std::future::pending().await;
    }
    let (tell, told) = oneshot::channel::<()>();
    thread::spawn(move || {
        let mut rest = [0; 256];
        let mut input = std::io::stdin().lock();
        while input.read(&mut rest).is_ok_and(|bytes| bytes > 0) {}
        let _ = tell.send(());
    });
    let _ = told.await;
}
