//! What a live connection does: creating databases, notices, its end, cancelling.

use std::time::Duration;

use segue_cluster::Cluster;
use segue_db::postgres::connect::{connect, create_database};

use crate::{certificates::Certificates, open, start, target, url};

#[tokio::test]
async fn creates_a_database() {
    let Some(cluster) = start(Cluster::builder()) else {
        return;
    };
    let target = target(&cluster.url("postgres")).with_database("a \"b\" ä");
    assert_eq!(create_database(&target).await, Ok(true));
    assert_eq!(create_database(&target).await, Ok(false));
    let connection = connect(&target, None, &mut |_| {})
        .await
        .expect("it is there");
    let row = connection
        .client
        .query_one("SELECT current_database()::text", &[])
        .await;
    assert_eq!(row.expect("a row").get::<_, String>(0), "a \"b\" ä");

    let race = target.with_database("race");
    let (a, b) = tokio::join!(create_database(&race), create_database(&race));
    let mut created = [a, b].map(|result| result.expect("no error"));
    created.sort_unstable();
    assert_eq!(created, [false, true]);

    cluster
        .psql("template1", "DROP DATABASE postgres")
        .expect("dropped");
    let other = target.with_database("other");
    assert_eq!(create_database(&other).await, Ok(true));
}

#[tokio::test]
async fn collects_notices_in_time() {
    let Some(cluster) = start(Cluster::builder()) else {
        return;
    };
    let connection = open(&cluster.url("postgres")).await.expect("connected");
    let raise = |count: u32| {
        format!("DO $$ BEGIN FOR i IN 1..{count} LOOP RAISE NOTICE 'n%', i; END LOOP; END $$")
    };
    connection
        .client
        .batch_execute(&raise(3))
        .await
        .expect("done");
    let notices = connection.notices.drain();
    let messages: Vec<_> = notices.iter().map(|notice| notice.message()).collect();
    assert_eq!(messages, ["n1", "n2", "n3"]);
    connection
        .client
        .batch_execute(&raise(1200))
        .await
        .expect("done");
    assert_eq!(connection.notices.drain()[0].message(), "n201");
    assert_eq!(
        (connection.notices.dropped(), connection.notices.dropped()),
        (200, 0)
    );
}

#[tokio::test]
async fn notices_its_end() {
    let Some(cluster) = start(Cluster::builder()) else {
        return;
    };
    let url = cluster.url("postgres");
    let connection = open(&url).await.expect("connected");
    assert_eq!(connection.ended(), None);
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    cluster.psql(&url, kill).expect("killed");
    // `psql` blocked the runtime; in real life the task reads what the server says at once.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(connection.client.batch_execute("SELECT 1").await.is_err());
    let ended = connection.ended().expect("ended");
    let cause = ended.cause.expect("a cause");
    assert!(cause.contains("terminating connection"), "{cause}");
    open(&url).await.expect("connected").close().await;
}

/// A server, by its socket and with encryption.
fn both_ways(certificates: &Certificates) -> Option<(Cluster, [String; 2])> {
    let cluster = certificates.cluster("server", &["hostnossl all all all reject"])?;
    let urls = [
        cluster.url("postgres"),
        format!("{}&sslmode=require", url(&cluster)),
    ];
    Some((cluster, urls))
}

#[tokio::test]
async fn cancels_what_runs() {
    let certificates = Certificates::new();
    let Some((_cluster, urls)) = both_ways(&certificates) else {
        return;
    };
    for url in urls {
        let connection = open(&url).await.expect("connected");
        let cancel = connection.cancel.clone();
        let sleep = connection.client.batch_execute("SELECT pg_sleep(20)");
        let stop = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            cancel.cancel().await
        };
        let (slept, stopped) = tokio::join!(sleep, stop);
        assert_eq!(stopped, Ok(()));
        let code = slept.expect_err("cancelled").code().cloned();
        assert_eq!(code.expect("a code").code(), "57014");
    }
}

/// Without waiting for the server, as the library that sends the request does, most of these statements are cancelled.
#[tokio::test]
async fn a_request_to_cancel_does_not_meet_the_statement_after_it() {
    let certificates = Certificates::new();
    let Some((_cluster, urls)) = both_ways(&certificates) else {
        return;
    };
    for url in urls {
        let connection = open(&url).await.expect("connected");
        for _ in 0..50 {
            assert_eq!(connection.cancel.cancel().await, Ok(()));
            let next = connection.client.batch_execute("SELECT pg_sleep(0.02)");
            next.await.expect("not cancelled");
        }
    }
}
