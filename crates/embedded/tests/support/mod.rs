//! What the tests share: connecting, and asking for one value.

// Each test program uses a part of it.
#![allow(dead_code)]

use segue_embedded::{Embedded, Endpoint};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};

/// A client, and the task that carries its connection.
pub(crate) struct Session {
    /// For queries.
    pub(crate) client: Client,
    /// Aborting it drops the connection without a goodbye.
    pub(crate) task: JoinHandle<Result<(), Error>>,
}

/// How tokio-postgres reaches a server.
pub(crate) fn config(endpoint: &Endpoint) -> Config {
    let mut config = Config::new();
    config
        .host(&endpoint.host)
        .port(endpoint.port)
        .user(&endpoint.user)
        .dbname(&endpoint.dbname);
    config
}

/// Connects, or says why not.
pub(crate) async fn try_connect(server: &Embedded) -> Result<Session, Error> {
    let (client, connection) = config(server.endpoint()).connect(NoTls).await?;
    Ok(Session {
        client,
        task: tokio::spawn(connection),
    })
}

/// Connects.
pub(crate) async fn connect(server: &Embedded) -> Session {
    try_connect(server)
        .await
        .expect("the server takes the connection")
}

impl Session {
    /// Runs statements.
    pub(crate) async fn run(&self, sql: &str) {
        self.client
            .batch_execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// The first column of the first row of the last statement, as text.
    pub(crate) async fn ask(&self, sql: &str) -> String {
        let messages = self.client.simple_query(sql).await;
        let messages = messages.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let row = messages.iter().rev().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        row.unwrap_or_else(|| panic!("{sql}: no row")).to_owned()
    }

    /// The SQLSTATE and the message that `sql` fails with.
    pub(crate) async fn fail(&self, sql: &str) -> (String, String) {
        let error = self.client.batch_execute(sql).await.expect_err(sql);
        let error = error.as_db_error().expect("an error of the server");
        (error.code().code().to_owned(), error.message().to_owned())
    }
}
