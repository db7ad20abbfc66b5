//! Encryption in all modes of libpq, and what is said when there is none.

use segue_cluster::Cluster;
use segue_db::postgres::connect::{ConnectError, Connection, Rejection};

use crate::{certificates::Certificates, fail, open, start, url};

fn is_tls(error: &ConnectError) -> bool {
    matches!(error, ConnectError::Tls { .. })
}

async fn is_encrypted(connection: &Connection) -> bool {
    let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = connection.client.query_one(query, &[]).await;
    row.expect("a row").get(0)
}

/// How a URL ends: encrypted, plain, or with an error.
async fn outcome(url: &str) -> Result<bool, ConnectError> {
    let connection = open(url).await?;
    Ok(is_encrypted(&connection).await)
}

#[tokio::test]
async fn encrypts_as_each_mode_says() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("server", &[]) else {
        return;
    };
    let base = url(&cluster);
    let root = certificates.parameter("sslrootcert", "root.crt");
    let other = certificates.parameter("sslrootcert", "other.crt");
    let by_address = base.replace("localhost", "127.0.0.1");
    let table = [
        (format!("{base}&sslmode=disable"), Some(false)),
        (format!("{base}&sslmode=allow"), Some(false)),
        (base.clone(), Some(true)),
        (format!("{base}&sslmode=prefer{other}"), Some(true)),
        (format!("{base}&sslmode=require"), Some(true)),
        (format!("{base}&sslmode=require{root}"), Some(true)),
        (format!("{base}&sslmode=require{other}"), None),
        (format!("{base}&sslmode=no-verify{other}"), Some(true)),
        (format!("{base}&sslmode=verify-ca{root}"), Some(true)),
        (format!("{base}&sslmode=verify-ca{other}"), None),
        (format!("{base}&sslmode=verify-ca"), None),
        (format!("{base}&sslrootcert=system"), None),
        (format!("{base}&sslmode=verify-full{root}"), Some(true)),
        (format!("{by_address}&sslmode=verify-ca{root}"), Some(true)),
        (format!("{by_address}&sslmode=verify-full{root}"), None),
        (
            format!("{base}&sslmode=verify-full&sslrootcert=/nowhere"),
            None,
        ),
        (format!("{base}&sslmode=require&sslsni=0"), Some(true)),
    ];
    for (url, expected) in table {
        match (outcome(&url).await, expected) {
            (Ok(is_encrypted), Some(expected)) => assert_eq!(is_encrypted, expected, "{url}"),
            (Err(ConnectError::Tls { .. }), None) => {}
            (outcome, _) => panic!("{url}: {outcome:?}"),
        }
    }
    let socket = format!(
        "{}?sslmode=verify-full&sslrootcert=/nowhere",
        cluster.url("postgres")
    );
    assert!(open(&socket).await.is_ok(), "a socket is never encrypted");
}

/// What is to come of a mode: a connection that is encrypted or not, or none for want of encryption.
const PLAIN: Option<bool> = Some(false);
const ENCRYPTED: Option<bool> = Some(true);
const NONE: Option<bool> = None;

#[tokio::test]
async fn each_mode_does_what_it_says_with_each_kind_of_server() {
    let certificates = Certificates::new();
    let Some(without) = start(Cluster::builder().tcp(true)) else {
        return;
    };
    let Some(own) = certificates.cluster("own", &[]) else {
        return;
    };
    let Some(signed) = certificates.cluster("server", &[]) else {
        return;
    };
    let root = certificates.parameter("sslrootcert", "root.crt");
    let misnamed = url(&signed).replace("localhost", "db.example.invalid");
    let modes = [
        "disable",
        "allow",
        "prefer",
        "require",
        "verify-ca",
        "verify-full",
    ];
    for (kind, base, expected) in [
        (
            "no TLS",
            url(&without),
            [PLAIN, PLAIN, PLAIN, NONE, NONE, NONE],
        ),
        (
            "self-signed",
            url(&own),
            [PLAIN, PLAIN, ENCRYPTED, ENCRYPTED, NONE, NONE],
        ),
        (
            "signed",
            url(&signed),
            [PLAIN, PLAIN, ENCRYPTED, ENCRYPTED, ENCRYPTED, ENCRYPTED],
        ),
        (
            "signed for another name",
            misnamed,
            [PLAIN, PLAIN, ENCRYPTED, ENCRYPTED, ENCRYPTED, NONE],
        ),
    ] {
        for (mode, expected) in modes.into_iter().zip(expected) {
            // With a root `require` would verify too.
            let root = if mode.starts_with("verify") {
                &root
            } else {
                ""
            };
            match outcome(&format!("{base}&sslmode={mode}{root}")).await {
                Ok(is_encrypted) => assert_eq!(Some(is_encrypted), expected, "{kind}, {mode}"),
                Err(error) => {
                    assert!(is_tls(&error), "{kind}, {mode}: {error:?}");
                    assert_eq!(expected, NONE, "{kind}, {mode}: {error:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn says_what_is_wrong_with_a_certificate() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("server", &[]) else {
        return;
    };
    let base = url(&cluster);
    let root = certificates.parameter("sslrootcert", "root.crt");
    let other = certificates.parameter("sslrootcert", "other.crt");
    let by_address = base.replace("localhost", "127.0.0.1");
    let table = [
        (
            format!("{base}&sslmode=verify-ca{other}"),
            "not signed by a root that is trusted",
        ),
        (
            format!("{by_address}&sslmode=verify-full{root}"),
            "not for this host",
        ),
        (
            format!("{base}&sslmode=verify-full&sslrootcert=/nowhere"),
            "cannot read /nowhere",
        ),
        (
            format!(
                "{base}&sslmode=require{}",
                certificates.parameter("sslcert", "v3.ext")
            ),
            "holds no certificate",
        ),
    ];
    for (url, expected) in table {
        let error = fail(&url).await.to_string();
        assert!(error.contains(expected), "{url}: {error}");
    }
}

#[tokio::test]
async fn trusts_a_self_signed_certificate_that_is_its_own_root() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("own", &[]) else {
        return;
    };
    let own = certificates.parameter("sslrootcert", "own.crt");
    let other = certificates.parameter("sslrootcert", "other.crt");
    let base = url(&cluster);
    let by_address = base.replace("localhost", "127.0.0.1");
    assert_eq!(
        outcome(&format!("{base}&sslmode=verify-full{own}")).await,
        Ok(true)
    );
    assert!(is_tls(
        &fail(&format!("{base}&sslmode=verify-ca{other}")).await
    ));
    assert!(is_tls(
        &fail(&format!("{by_address}&sslmode=verify-full{own}")).await
    ));
}

#[tokio::test]
async fn encrypts_with_a_certificate_of_version_1() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("old", &[]) else {
        return;
    };
    let base = url(&cluster);
    assert_eq!(outcome(&format!("{base}&sslmode=require")).await, Ok(true));
    let root = certificates.parameter("sslrootcert", "root.crt");
    let error = fail(&format!("{base}&sslmode=verify-ca{root}")).await;
    assert!(error.to_string().contains("X.509 version 1"), "{error}");
}

#[tokio::test]
async fn falls_back_as_the_server_wants() {
    let certificates = Certificates::new();
    let Some(encrypted) = certificates.cluster("server", &["hostnossl all all all reject"]) else {
        return;
    };
    let base = url(&encrypted);
    assert_eq!(outcome(&format!("{base}&sslmode=allow")).await, Ok(true));
    assert_eq!(outcome(&format!("{base}&sslmode=prefer")).await, Ok(true));
    let error = fail(&format!("{base}&sslmode=disable")).await;
    assert!(
        error.help().contains("sslmode=require"),
        "{error} {}",
        error.help()
    );

    let Some(plain) = certificates.cluster("server", &["hostssl all all all reject"]) else {
        return;
    };
    let base = url(&plain);
    assert_eq!(outcome(&format!("{base}&sslmode=allow")).await, Ok(false));
    assert_eq!(outcome(&format!("{base}&sslmode=prefer")).await, Ok(false));
    let error = fail(&format!("{base}&sslmode=require")).await;
    assert!(
        matches!(error, ConnectError::Authentication { .. }),
        "{error:?}"
    );

    let Some(closed) = certificates.cluster("server", &["host all all all reject"]) else {
        return;
    };
    let error = fail(&url(&closed)).await;
    assert!(
        error.to_string().contains("SSL encryption"),
        "the first: {error}"
    );

    let Some(without) = start(Cluster::builder().tcp(true)) else {
        return;
    };
    let base = url(&without);
    assert_eq!(outcome(&format!("{base}&sslmode=prefer")).await, Ok(false));
    let error = fail(&format!("{base}&sslmode=require")).await;
    assert!(
        error.to_string().contains("the server has no TLS"),
        "{error}"
    );
}

#[tokio::test]
async fn shows_a_client_certificate() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("server", &["hostssl all all all cert"]) else {
        return;
    };
    let base = url(&cluster);
    let [certificate, key] = [("sslcert", "client.crt"), ("sslkey", "client.key")]
        .map(|(name, file)| certificates.parameter(name, file));
    let both = format!("{base}&sslmode=require{certificate}{key}");
    assert_eq!(outcome(&both).await, Ok(true));
    for parameters in [
        "sslmode=require".into(),
        format!("sslcertmode=disable{certificate}{key}"),
    ] {
        let error = fail(&format!("{base}&{parameters}")).await;
        assert!(
            matches!(error, ConnectError::Authentication { .. }),
            "{error:?}"
        );
    }
    // Signed by nobody whom the server knows.
    let [certificate, key] = [("sslcert", "own.crt"), ("sslkey", "own.key")]
        .map(|(name, file)| certificates.parameter(name, file));
    let error = fail(&format!("{base}&sslmode=require{certificate}{key}")).await;
    assert!(matches!(error, ConnectError::Tls { .. }), "{error:?}");
    let key = certificates.parameter("sslkey", "root.key");
    let error = fail(&format!("{base}&sslmode=require{certificate}{key}")).await;
    assert!(
        error.help().contains("`sslkey` is the key of `sslcert`"),
        "{error:?}"
    );
}

#[tokio::test]
async fn binds_the_login_to_the_channel() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("server", &["host all scram all scram-sha-256"])
    else {
        return;
    };
    let create = "CREATE ROLE scram LOGIN PASSWORD 'secret'";
    cluster.psql("postgres", create).expect("created");
    let base = url(&cluster).replace("tester:", "scram:");
    let bound = format!("{base}&channel_binding=require&sslmode=require");
    assert_eq!(outcome(&bound).await, Ok(true));
    let error = fail(&format!("{base}&channel_binding=require&sslmode=disable")).await;
    let is_method = |error: &ConnectError| {
        matches!(
            error,
            ConnectError::Authentication {
                rejection: Rejection::Method(_),
                ..
            }
        )
    };
    assert!(is_method(&error), "{error:?}");
}

#[tokio::test]
async fn begins_with_tls_where_the_server_knows_that() {
    let certificates = Certificates::new();
    let Some(cluster) = certificates.cluster("server", &[]) else {
        return;
    };
    let root = certificates.parameter("sslrootcert", "root.crt");
    let url = format!(
        "{}&sslmode=verify-full&sslnegotiation=direct{root}",
        url(&cluster)
    );
    // PostgreSQL 17 is the first that does.
    if cluster.version().major >= 17 {
        assert_eq!(outcome(&url).await, Ok(true));
    } else {
        let error = fail(&url).await;
        assert!(is_tls(&error), "{error:?}");
        assert!(error.help().contains("PostgreSQL 17"), "{error:?}");
    }
}
