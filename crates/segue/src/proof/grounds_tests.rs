//! What is left of one use of a database for the next one.

use segue_cluster::Cluster;
use segue_project::config::Secret;

use super::*;
use crate::shadow::Place;

async fn grounds(cluster: &Cluster) -> Grounds {
    let wish = Wish {
        place: Place::Named {
            url: Secret::new(cluster.url("postgres")),
            origin: "the test".to_owned(),
        },
        ..Wish::default()
    };
    let wanted = Wanted {
        major: 17,
        extensions: &[],
    };
    Grounds::open(&wish, &wanted).await.expect("a server")
}

async fn one(session: &Session, query: &str) -> String {
    let rows = session.rows(query).await.expect(query);
    let value = rows.into_iter().flatten().flatten().next();
    value.unwrap_or_else(|| panic!("{query}: nothing"))
}

const LEFT: &str = "SELECT concat_ws(' ', current_setting('work_mem'), to_regclass('pg_temp.left_behind'), \
                    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), \
                    (SELECT count(*) FROM pg_prepared_statements))";

#[tokio::test]
async fn a_session_is_used_again_as_a_new_one_and_ends_before_a_copy() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let grounds = grounds(&cluster).await;
    let database = grounds.empty().await.expect("a database");
    let session = grounds.session(&database).await.expect("a session");
    let (process, fresh) = (
        one(&session, "SELECT pg_backend_pid()").await,
        one(&session, LEFT).await,
    );
    session
        .execute(
            "SET work_mem = '1234kB'; CREATE TEMP TABLE left_behind (); PREPARE one AS SELECT 1; \
             SELECT pg_advisory_lock(7)",
        )
        .await
        .expect("all of them");
    assert_ne!(one(&session, LEFT).await, fresh);
    grounds.give_back(&database, session).await;
    let session = grounds.session(&database).await.expect("a session");
    assert_eq!(one(&session, "SELECT pg_backend_pid()").await, process);
    assert_eq!(one(&session, LEFT).await, fresh);
    grounds.give_back(&database, session).await;
    // The server refuses it while somebody is connected.
    let copy = grounds.copy(&database).await.expect("a copy");
    let session = grounds.session(&database).await.expect("a session");
    assert_ne!(one(&session, "SELECT pg_backend_pid()").await, process);
    session
        .execute("BEGIN; SELECT 1/0")
        .await
        .expect_err("zero");
    grounds.give_back(&database, session).await;
    let session = grounds.session(&database).await.expect("a session");
    assert_eq!(one(&session, "SELECT 1").await, "1");
    grounds.give_back(&database, session).await;
    grounds.remove(copy).await;
    grounds.remove(database).await;
    assert_eq!(grounds.close().await, Vec::<String>::new());
    let left = cluster.psql(
        "postgres",
        "SELECT count(*) FROM pg_database WHERE datname ~ 'shadow'",
    );
    assert_eq!(left.expect("a number").trim(), "0");
}
