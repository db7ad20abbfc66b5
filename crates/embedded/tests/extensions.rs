//! The extensions: bundled ones come when named, and our own two behave like the real ones.

mod support;

use segue_embedded::{Embedded, supports};
use support::{Session, connect};
use tempfile::{TempDir, tempdir};

async fn open(extensions: &[&str]) -> (TempDir, Embedded, Session) {
    let dir = tempdir().expect("a folder");
    let names: Vec<String> = extensions.iter().map(|name| (*name).to_owned()).collect();
    let server = Embedded::open(dir.path(), &names).expect("opens");
    let session = connect(&server).await;
    (dir, server, session)
}

#[test]
fn names_are_known_as_written_in_sql() {
    for name in [
        "plpgsql",
        "pgcrypto",
        "uuid-ossp",
        "citext",
        "hstore",
        "ltree",
        "pg_trgm",
        "vector",
    ] {
        assert!(supports(name), "{name}");
    }
    for name in ["postgis", "auto_explain", "", "../citext"] {
        assert!(!supports(name), "{name}");
    }
}

#[tokio::test]
async fn bundled_ones_are_available_but_not_created() {
    let (_dir, server, session) = open(&["citext", "earthdistance", "no_such"]).await;
    let created = "SELECT string_agg(extname, ' ') FROM pg_extension";
    assert_eq!(session.ask(created).await, "plpgsql");
    session
        .run("CREATE SCHEMA s; CREATE EXTENSION citext WITH SCHEMA s")
        .await;
    assert_eq!(
        session
            .ask("SELECT 'Ab'::s.citext OPERATOR(s.=) 'aB'::s.citext")
            .await,
        "t"
    );
    session.run("CREATE EXTENSION earthdistance CASCADE").await;
    assert_eq!(session.fail("CREATE EXTENSION hstore").await.0, "0A000");
    session.run("DROP EXTENSION earthdistance").await;
    drop(session);

    server
        .add_extensions(&["hstore".to_owned()])
        .expect("are written");
    let session = connect(&server).await;
    session.run("CREATE EXTENSION hstore").await;
    assert_eq!(session.ask(created).await, "plpgsql citext cube hstore");
}

#[tokio::test]
async fn pgcrypto_computes_what_it_can() {
    let (_dir, _server, session) = open(&[]).await;
    session
        .run("CREATE SCHEMA s; CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA s")
        .await;
    // FIPS 180 and RFC 1321; the second message ends in a block of its own for the padding.
    for (algorithm, of_abc) in [
        ("md5", "900150983cd24fb0d6963f7d28e17f72"),
        ("SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "sha224",
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            "sha256",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
    ] {
        assert_eq!(
            session
                .ask(&format!(
                    "SELECT encode(s.digest('abc', '{algorithm}'), 'hex')"
                ))
                .await,
            of_abc
        );
    }
    let long = session
        .ask("SELECT encode(s.digest(repeat('a', 119), 'sha1'), 'hex')")
        .await;
    assert_eq!(long, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56");
    // RFC 2202 and RFC 4231: a short key, and one longer than a block.
    let short = "SELECT encode(s.hmac('what do ya want for nothing?', 'Jefe', 'sha1'), 'hex')";
    assert_eq!(
        session.ask(short).await,
        "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
    );
    let long = "SELECT left(encode(s.hmac('Test Using Larger Than Block-Size Key - Hash Key First'::bytea, \
                decode(repeat('aa', 131), 'hex'), 'sha384'), 'hex'), 32)";
    assert_eq!(session.ask(long).await, "4ece084485813e9088d2c63a041bc5b4");
    assert_eq!(
        session
            .ask("SELECT octet_length(s.gen_random_bytes(1024))")
            .await,
        "1024"
    );
    assert_eq!(
        session.fail("SELECT s.gen_random_bytes(1025)").await.0,
        "39000"
    );
    assert_eq!(session.fail("SELECT s.digest('', 'md0')").await.0, "22023");
}

#[tokio::test]
async fn pgcrypto_says_what_it_cannot() {
    let (_dir, _server, session) = open(&[]).await;
    session.run("CREATE EXTENSION pgcrypto").await;
    let (code, message) = session.fail("SELECT crypt('secret', 'salt')").await;
    assert_eq!(code, "0A000");
    assert_eq!(
        message,
        "segue's embedded PostgreSQL has no function crypt of pgcrypto"
    );
    let functions = "SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid = \
                     (SELECT oid FROM pg_extension WHERE extname = 'pgcrypto')";
    assert_eq!(
        session.ask(functions).await,
        "36",
        "as many as in pgcrypto 1.3"
    );
    session.run("DROP EXTENSION pgcrypto").await;
    assert_eq!(session.ask(functions).await, "0");
}

#[tokio::test]
async fn uuid_ossp_computes_all() {
    let (_dir, _server, session) = open(&[]).await;
    session
        .run("CREATE SCHEMA s; CREATE EXTENSION \"uuid-ossp\" SCHEMA s")
        .await;
    let named = "SELECT s.uuid_generate_v5(s.uuid_ns_dns(), 'python.org')";
    assert_eq!(
        session.ask(named).await,
        "886313e1-3b8a-5372-9b90-0c9aee199e5d"
    );
    let named = "SELECT s.uuid_generate_v3(s.uuid_ns_dns(), 'python.org')";
    assert_eq!(
        session.ask(named).await,
        "6fa459ea-ee8a-3ca4-894e-db77e160355e"
    );
    let version = "SELECT uuid_extract_version(s.uuid_generate_v1()) || ' ' || uuid_extract_version(s.uuid_generate_v4())";
    assert_eq!(session.ask(version).await, "1 4");
    let age = "SELECT abs(extract(epoch FROM uuid_extract_timestamp(s.uuid_generate_v1mc()) - clock_timestamp())) < 1";
    assert_eq!(session.ask(age).await, "t");
    // What most schemas do with it.
    session
        .run("CREATE TABLE t (id uuid PRIMARY KEY DEFAULT s.uuid_generate_v4(), n int)")
        .await;
    session
        .run("INSERT INTO t (n) SELECT generate_series(1, 100)")
        .await;
}
