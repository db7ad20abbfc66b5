//! What each failure is taken for, what is repeated, and for how long.

use std::{
    io::Write,
    net::TcpListener,
    time::{Duration, Instant},
};

use segue_cluster::{Cluster, Stop};
use segue_db::postgres::connect::{ConnectError, Rejection, Retry, connect, create_database};

use crate::{certificates::Certificates, fail, open, start, target, url};

/// Callers may be multi-threaded.
#[test]
fn can_be_spawned() {
    fn is_send<T: Send>(_: T) {}
    let target = target("postgres://a@h/x");
    is_send(connect(&target, None, &mut |_| {}));
    is_send(create_database(&target));
}

#[tokio::test]
async fn tells_why_the_server_says_no() {
    let Some(cluster) = start(Cluster::builder().password("secret")) else {
        return;
    };
    let setup = "CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC;
                 CREATE ROLE small LOGIN PASSWORD 'secret'; CREATE ROLE nologin PASSWORD 'secret'";
    cluster.psql("postgres", setup).expect("set up");
    let at = format!("127.0.0.1:{}", cluster.port());

    let error = fail(&format!("postgres://tester@{at}/postgres")).await;
    let ConnectError::Authentication { rejection, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*rejection, Rejection::NoPassword);
    assert!(
        error
            .to_string()
            .ends_with("the server asks for a password, and none was found")
    );

    for user in ["tester", "nobody"] {
        let error = fail(&format!("postgres://{user}:secret2@{at}/postgres")).await;
        let ConnectError::Authentication {
            user: who,
            rejection,
            ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(who, user);
        assert!(
            rejection
                .to_string()
                .contains("password authentication failed"),
            "{error}"
        );
    }
    let error = fail(&format!("postgres://nologin:secret@{at}/postgres")).await;
    assert!(
        matches!(error, ConnectError::Authentication { .. }),
        "{error:?}"
    );

    let error = fail(&format!("postgres://tester:secret@{at}/missing")).await;
    let ConnectError::MissingDatabase { name, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(name, "missing");
    assert!(error.help().contains("--create-database"));

    let error = fail(&format!("postgres://small:secret@{at}/closed")).await;
    let ConnectError::Refused { code, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(code.as_deref(), Some("42501"));

    let missing = target(&format!("postgres://small:secret@{at}/new"));
    let error = create_database(&missing).await.expect_err("small may not");
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
}

#[tokio::test]
async fn does_not_repeat_what_will_not_pass() {
    let Some(cluster) = start(Cluster::builder().password("secret")) else {
        return;
    };
    let at = format!("127.0.0.1:{}", cluster.port());
    for url in [
        format!("postgres://tester:wrong@{at}/postgres"),
        format!("postgres://tester@{at}/postgres"),
        format!("postgres://tester:secret@{at}/missing"),
        format!("postgres://tester:secret@{at}/postgres?sslmode=require"),
    ] {
        let mut retries = 0;
        let patience = Some(Duration::from_secs(20));
        let result = connect(&target(&url), patience, &mut |_| retries += 1).await;
        assert!(result.is_err(), "{url}");
        assert_eq!(retries, 0, "{url}");
    }
}

#[tokio::test]
async fn repeats_until_patience_is_over() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    for host in [
        format!("127.0.0.1:{port}"),
        "no-such-host.invalid".into(),
        "%2Fnowhere".into(),
    ] {
        let target = target(&format!("postgres://a:secret@{host}/x"));
        let mut retries: Vec<Retry> = Vec::new();
        let start = Instant::now();
        let patience = Some(Duration::from_millis(700));
        let observer = &mut |retry: &Retry| retries.push(retry.clone());
        let error = connect(&target, patience, observer)
            .await
            .expect_err("nobody is there");
        let ConnectError::Unreachable { attempts, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(*attempts as usize, retries.len() + 1);
        assert!(*attempts > 2, "{error}");
        assert!(start.elapsed() >= Duration::from_millis(700));
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{:?}",
            start.elapsed()
        );
        assert!(error.help().contains("--connect-timeout 30s"));
    }
}

#[tokio::test]
async fn waits_for_a_server_that_starts() {
    let Some(mut cluster) = start(Cluster::builder().tcp(true)) else {
        return;
    };
    let target = target(&url(&cluster));
    cluster.stop(Stop::Immediate).expect("stopped");
    let starter = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(500));
        cluster.start_again().expect("started");
        cluster
    });
    let mut causes = Vec::new();
    let patience = Some(Duration::from_secs(30));
    let observer = &mut |retry: &Retry| causes.push(retry.cause.clone());
    let connection = connect(&target, patience, observer)
        .await
        .expect("it starts");
    assert!(
        causes.iter().any(|cause| cause.contains("refused")),
        "{causes:?}"
    );
    drop(connection);
    drop(starter.join());
}

#[tokio::test]
async fn waits_for_a_free_connection() {
    let Some(cluster) = Certificates::new().cluster("server", &[]) else {
        return;
    };
    cluster
        .psql("postgres", "CREATE ROLE app LOGIN")
        .expect("created");
    let url = url(&cluster).replace("tester:", "app:");
    let mut open_ones = Vec::new();
    for _ in 0..4 {
        open_ones.push(open(&url).await.expect("a free connection"));
    }
    let error = fail(&url).await;
    let ConnectError::Unreachable { cause, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(cause.contains("connection"), "{cause}");
    assert!(error.help().contains("free one"), "{error:?}");
    let (target, patience) = (target(&url), Some(Duration::from_secs(20)));
    let mut free = |_: &Retry| open_ones.clear();
    assert!(connect(&target, patience, &mut free).await.is_ok());
}

#[tokio::test]
async fn limits_the_time_of_an_attempt() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let start = Instant::now();
    let error = fail(&format!(
        "postgres://a@127.0.0.1:{port}/x?connect_timeout=1"
    ))
    .await;
    assert!(
        error.to_string().contains("did not answer in time"),
        "{error}"
    );
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn knows_what_is_not_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // Whoever asks has gone by then, or not.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = fail(&format!(
        "postgres://a@127.0.0.1:{port}/x?connect_timeout=2"
    ))
    .await;
    assert!(!error.help().is_empty(), "{error}");
}

#[tokio::test]
async fn tries_hosts_in_order() {
    let Some(cluster) = start(Cluster::builder().tcp(true)) else {
        return;
    };
    let port = cluster.port();
    let url = format!("postgres://tester@127.0.0.1:1,127.0.0.1:{port}/postgres");
    let connection = open(&url).await.expect("the second");
    assert_eq!(connection.endpoint.port, port);
    for (attributes, is_there) in [
        ("read-write", true),
        ("primary", true),
        ("read-only", false),
    ] {
        let url = format!("{url}?target_session_attrs={attributes}");
        assert_eq!(open(&url).await.is_ok(), is_there, "{attributes}");
    }
    let error = fail("postgres://a@127.0.0.1:1,127.0.0.1:2/x")
        .await
        .to_string();
    assert!(
        error.contains("127.0.0.1:1: ") && error.contains("; 127.0.0.1:2: "),
        "{error}"
    );
    // The first server that answers has the last word.
    let url = format!("postgres://tester@127.0.0.1:{port},127.0.0.1:1/missing");
    assert!(matches!(
        fail(&url).await,
        ConnectError::MissingDatabase { .. }
    ));
}
