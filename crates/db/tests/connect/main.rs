//! Connections to real servers: what each failure is taken for, encryption in all its modes, and what
//! a live connection tells. Needs PostgreSQL's binaries and `openssl`.

use std::env;

use segue_cluster::{Builder, Cluster, StartError};
use segue_db::postgres::{
    connect::{ConnectError, Connection, connect},
    url::{Defaults, Target, read},
};

mod certificates;
mod encryption;
mod failures;
mod hosts;
mod session;

/// Starts a server; none, which is for skipping the test, as [`Cluster::for_test`] says.
fn start(builder: Builder) -> Option<Cluster> {
    match builder.start() {
        Ok(cluster) => Some(cluster),
        Err(StartError::NotInstalled) if env::var_os("SEGUE_TEST_WITHOUT_PG").is_some() => {
            eprintln!("skipped: this test needs a PostgreSQL server");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn target(url: &str) -> Target {
    let defaults = Defaults {
        user: "tester".into(),
        ..Defaults::default()
    };
    read(url, &defaults).expect("a right URL")
}

async fn open(url: &str) -> Result<Connection, ConnectError> {
    connect(&target(url), None, &mut |_| {}).await
}

/// The error of a connection that must not be; never with the secret in it.
async fn fail(url: &str) -> ConnectError {
    let error = open(url).await.expect_err(url);
    let shown = format!("{error} {error:?} {}", error.help());
    assert!(!shown.contains("secret"), "{shown}");
    error
}

/// `postgres://tester@localhost:PORT/postgres?hostaddr=127.0.0.1`, ready for more parameters.
fn url(cluster: &Cluster) -> String {
    let port = cluster.port();
    format!("postgres://tester:secret@localhost:{port}/postgres?hostaddr=127.0.0.1")
}
