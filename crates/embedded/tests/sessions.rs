//! One connection after the other: what a client may do, and what is left of one that has gone.

mod support;

use futures_util::SinkExt;
use segue_embedded::Embedded;
use std::io::Cursor;
use std::pin::pin;
use std::time::{Duration, Instant};
use support::{config, connect, try_connect};
use tempfile::{TempDir, tempdir};
use tokio_postgres::NoTls;

fn open() -> (TempDir, Embedded) {
    let dir = tempdir().expect("a folder");
    let server = Embedded::open(dir.path(), &[]).expect("opens");
    (dir, server)
}

#[tokio::test]
async fn nothing_of_a_session_is_left_to_the_next() {
    let (_dir, server) = open();
    let session = connect(&server).await;
    session
        .run("CREATE TABLE t (n int); CREATE TEMP TABLE gone (n int)")
        .await;
    session
        .run("SET application_name = 'gone'; PREPARE gone AS SELECT 1; LISTEN gone")
        .await;
    session.run("SELECT pg_advisory_lock(42)").await;
    session.run("BEGIN; INSERT INTO t VALUES (1)").await;
    drop(session);

    let session = connect(&server).await;
    assert_eq!(session.ask("SELECT count(*) FROM t").await, "0");
    assert_eq!(
        session
            .ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            .await,
        "0"
    );
    assert_eq!(
        session
            .ask("SELECT count(*) FROM pg_prepared_statements")
            .await,
        "0"
    );
    assert_eq!(session.ask("SHOW application_name").await, "");
    assert_eq!(session.ask("SELECT to_regclass('gone') IS NULL").await, "t");
}

#[tokio::test]
async fn a_second_connection_is_refused_not_kept_waiting() {
    let (_dir, server) = open();
    let session = connect(&server).await;
    let error = try_connect(&server)
        .await
        .err()
        .expect("there is one already");
    let error = error.as_db_error().expect("an error of the server");
    assert_eq!(error.code().code(), "53300");
    assert_eq!(error.hint(), Some("Close the other connection first."));
    assert_eq!(session.ask("SELECT 1").await, "1");
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_does_no_harm() {
    let (_dir, server) = open();
    let session = connect(&server).await;
    session
        .run("CREATE TABLE t AS SELECT generate_series(1, 20000) AS n")
        .await;
    let query = session
        .client
        .simple_query("SELECT n, repeat('x', 1000) FROM t");
    let _ = tokio::time::timeout(Duration::from_millis(20), query).await;
    session.task.abort();
    drop(session);

    let session = connect(&server).await;
    {
        let mut copy = pin!(
            session
                .client
                .copy_in("COPY t FROM STDIN")
                .await
                .expect("copies")
        );
        copy.send(Cursor::new(b"1\n".to_vec()))
            .await
            .expect("is sent");
        session.task.abort();
    }
    drop(session);
    assert_eq!(
        connect(&server).await.ask("SELECT count(*) FROM t").await,
        "20000"
    );
}

#[tokio::test]
async fn the_protocol_is_whole() {
    let (_dir, server) = open();
    let session = connect(&server).await;
    assert_eq!(
        session
            .ask("BEGIN; CREATE TABLE t (n int8); COMMIT; SELECT 5")
            .await,
        "5"
    );
    let mut copy = Box::pin(
        session
            .client
            .copy_in("COPY t FROM STDIN")
            .await
            .expect("copies"),
    );
    copy.send(Cursor::new("3\n".repeat(1000).into_bytes()))
        .await
        .expect("is sent");
    assert_eq!(copy.as_mut().finish().await.expect("ends"), 1000);
    session.run("CREATE INDEX CONCURRENTLY i ON t (n)").await;
    session
        .run("DO $$ BEGIN RAISE NOTICE 'hello'; END $$; LISTEN a; NOTIFY a, 'b'")
        .await;
    assert_eq!(session.fail("SELECT 1 / 0").await.0, "22012");
    let row = session
        .client
        .query_one("SELECT sum(n)::int8 FROM t WHERE n = $1", &[&3_i64])
        .await;
    assert_eq!(row.expect("prepares").get::<_, i64>(0), 3000);

    session
        .client
        .cancel_token()
        .cancel_query(NoTls)
        .await
        .expect("is answered");
    assert_eq!(session.ask("SELECT 1").await, "1");
}

#[tokio::test]
async fn other_databases_can_be_made_and_connected_to() {
    let (_dir, server) = open();
    connect(&server).await.run("CREATE DATABASE other").await;
    let (client, connection) = config(server.endpoint())
        .dbname("other")
        .connect(NoTls)
        .await
        .expect("connects");
    let task = tokio::spawn(connection);
    client
        .batch_execute("CREATE TABLE only_here (n int)")
        .await
        .expect("runs");
    drop(client);
    task.await.expect("ends").expect("in peace");
    connect(&server).await.run("DROP DATABASE other").await;

    let missing = config(server.endpoint())
        .dbname("missing")
        .connect(NoTls)
        .await;
    let missing = missing.err().expect("there is no such database");
    let code = missing
        .as_db_error()
        .map(|error| error.code().code().to_owned());
    assert_eq!(code.as_deref(), Some("3D000"), "{missing:?}");
    assert_eq!(connect(&server).await.ask("SELECT 1").await, "1");
}

#[tokio::test]
async fn closing_ends_the_open_connection() {
    let (_dir, server) = open();
    let session = connect(&server).await;
    let start = Instant::now();
    server.close().expect("closes");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(session.client.batch_execute("SELECT 1").await.is_err());
}
