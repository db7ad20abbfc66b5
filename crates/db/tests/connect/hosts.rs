//! Several hosts: which one is taken, each with its own password; and IPv6 addresses.

use std::{env, fs, os::unix::fs::PermissionsExt};

use segue_cluster::{Builder, Cluster};
use segue_db::postgres::connect::ConnectError;

use crate::{certificates::Certificates, fail, open, start};

#[tokio::test]
async fn takes_the_primary_or_the_standby_as_asked() {
    let Some(mut primary) = start(Cluster::builder().tcp(true)) else {
        return;
    };
    let standby = primary
        .standby(Cluster::builder().tcp(true))
        .expect("it follows");
    let (first, second) = (standby.port(), primary.port());
    for hosts in [
        format!("127.0.0.1:{first},127.0.0.1:{second}"),
        format!("127.0.0.1:{second},127.0.0.1:{first}"),
    ] {
        for (attributes, port) in [
            ("read-write", second),
            ("primary", second),
            ("read-only", first),
            ("standby", first),
        ] {
            let url =
                format!("postgres://tester@{hosts}/postgres?target_session_attrs={attributes}");
            let connection = open(&url).await.expect(&url);
            assert_eq!(connection.endpoint.port, port, "{url}");
        }
    }
    let url =
        format!("postgres://tester@127.0.0.1:{first}/postgres?target_session_attrs=read-write");
    let error = fail(&url).await;
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("writes"), "{error}");
    // With nothing asked the first one that answers will do.
    let url =
        format!("postgres://tester@127.0.0.1:1,127.0.0.1:{first},127.0.0.1:{second}/postgres");
    assert_eq!(open(&url).await.expect("the standby").endpoint.port, first);
}

#[tokio::test]
async fn gives_each_host_its_own_password_of_the_file() {
    let server = |password: &str| Cluster::builder().password(password);
    let Some(first) = start(server("one")) else {
        return;
    };
    let read_only = "ALTER ROLE tester SET default_transaction_read_only = on";
    first.psql("postgres", read_only).expect("set");
    let Some(second) = start(server("two")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("passwords");
    let text = format!(
        "127.0.0.1:{}:*:*:one\n127.0.0.1:{}:postgres:tester:two\n",
        first.port(),
        second.port()
    );
    fs::write(&file, text).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("ours");
    let url = format!(
        "postgres://tester@127.0.0.1:{},127.0.0.1:{}/postgres?passfile={}",
        first.port(),
        second.port(),
        file.display()
    );
    assert_eq!(
        open(&url).await.expect("the first").endpoint.port,
        first.port()
    );
    let writable = format!("{url}&target_session_attrs=read-write");
    let connection = open(&writable).await.expect("the second");
    assert_eq!(connection.endpoint.port, second.port());
}

/// A server that listens on `::1` too; none where the machine has no such address and `./test` said so.
fn on_ipv6(builder: Builder) -> Option<Cluster> {
    if env::var_os("SEGUE_TEST_WITHOUT_IPV6").is_some() {
        eprintln!("skipped: this test needs IPv6");
        return None;
    }
    let listening = builder.setting("listen_addresses", "127.0.0.1, ::1");
    start(listening.hba("host all all ::1/128 trust"))
}

#[tokio::test]
async fn reaches_ipv6_addresses() {
    let Some(cluster) = on_ipv6(Cluster::builder().tcp(true)) else {
        return;
    };
    let port = cluster.port();
    for url in [
        format!("postgres://tester@[::1]:{port}/postgres"),
        format!("host=::1 port={port} user=tester dbname=postgres"),
        format!("postgres://tester@localhost:{port}/postgres?hostaddr=::1"),
        format!("postgres://tester@[::1]:1,[::1]:{port}/postgres"),
    ] {
        let connection = open(&url).await.expect(&url);
        let query = "SELECT host(inet_client_addr())";
        let row = connection
            .client
            .query_one(query, &[])
            .await
            .expect("a row");
        assert_eq!(row.get::<_, String>(0), "::1", "{url}");
    }
    let error = fail("postgres://tester:secret@[::1]:1/postgres").await;
    assert!(
        error.to_string().contains("at [::1]:1 as tester"),
        "{error}"
    );
}

#[tokio::test]
async fn encrypts_to_ipv6_addresses() {
    let certificates = Certificates::new();
    let Some(cluster) = on_ipv6(certificates.builder("server", &[])) else {
        return;
    };
    let port = cluster.port();
    let root = certificates.parameter("sslrootcert", "root.crt");
    let by_address = format!("postgres://tester:secret@[::1]:{port}/postgres?sslmode");
    assert!(open(&format!("{by_address}=require")).await.is_ok());
    assert!(open(&format!("{by_address}=verify-ca{root}")).await.is_ok());
    let error = fail(&format!("{by_address}=verify-full{root}")).await;
    assert!(error.to_string().contains("not for this host"), "{error}");
    let by_name = format!("postgres://tester@localhost:{port}/postgres?hostaddr=::1");
    assert!(
        open(&format!("{by_name}&sslmode=verify-full{root}"))
            .await
            .is_ok()
    );
}
