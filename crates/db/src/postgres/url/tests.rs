//! Connection strings as people write them, right and wrong.

use super::*;
use tokio_postgres::config::{ChannelBinding, TargetSessionAttrs};

mod completed;
mod wrong;

fn defaults() -> Defaults {
    Defaults {
        user: "me".into(),
        ..Defaults::default()
    }
}

fn target(url: &str) -> Target {
    read(url, &defaults()).unwrap_or_else(|problem| panic!("{url}: {problem:?}"))
}

#[test]
fn describes_what_it_read() {
    let table = [
        ("postgres://", r#"database "me" at localhost:5432 as me"#),
        (
            "postgresql:///app",
            r#"database "app" at localhost:5432 as me"#,
        ),
        ("postgres://db", r#"database "me" at db:5432 as me"#),
        ("postgres://a@db/", r#"database "a" at db:5432 as a"#),
        (
            "postgres://a:p@db:6000/x",
            r#"database "x" at db:6000 as a"#,
        ),
        ("POSTGRES://a@db/x", r#"database "x" at db:5432 as a"#),
        ("  postgres://a@db/x\n", r#"database "x" at db:5432 as a"#),
        (
            "postgres://a%40b:p%2Fq@db/x%20y",
            r#"database "x y" at db:5432 as a@b"#,
        ),
        (
            "postgres://a@[::1]:6000/x",
            r#"database "x" at [::1]:6000 as a"#,
        ),
        ("postgres://[::1]/x", r#"database "x" at [::1]:5432 as me"#),
        (
            "postgres://a@h1,h2:6000/x",
            r#"database "x" at h1:5432, h2:6000 as a"#,
        ),
        (
            "postgres://a@h1:1,h2:2/x",
            r#"database "x" at h1:1, h2:2 as a"#,
        ),
        (
            "postgres://a@%2Frun%2Fpg/x",
            r#"database "x" at /run/pg/.s.PGSQL.5432 as a"#,
        ),
        (
            "postgres://a@/x?host=/run/pg&port=6000",
            r#"database "x" at /run/pg/.s.PGSQL.6000 as a"#,
        ),
        (
            "postgres://a@localhost/x?host=/run/pg",
            r#"database "x" at /run/pg/.s.PGSQL.5432 as a"#,
        ),
        (
            "postgres://:6000/x",
            r#"database "x" at localhost:6000 as me"#,
        ),
        (
            "postgres:///x?user=a&host=db&port=6000",
            r#"database "x" at db:6000 as a"#,
        ),
        (
            "postgres://db/x?user=a@b",
            r#"database "x" at db:5432 as a@b"#,
        ),
        (
            "postgres://db:6000/x?user=a@b",
            r#"database "x" at db:6000 as a@b"#,
        ),
        (
            "postgres://a@db/x?dbname=y",
            r#"database "y" at db:5432 as a"#,
        ),
        (
            "postgres:///x?hostaddr=192.0.2.7",
            r#"database "x" at 192.0.2.7:5432 as me"#,
        ),
        ("postgres://a@db/x?", r#"database "x" at db:5432 as a"#),
        (
            "postgres://a@db?sslmode=disable",
            r#"database "a" at db:5432 as a"#,
        ),
        (
            "postgres://a@db/%1B%5Bm",
            r#"database "\u{1b}[m" at db:5432 as a"#,
        ),
        (
            "host=db user=a dbname=x port=6000",
            r#"database "x" at db:6000 as a"#,
        ),
        (
            "  host = db  user='a b'",
            r#"database "a b" at db:5432 as a b"#,
        ),
        (
            r"user='a\'b\\c' dbname=x",
            r#"database "x" at localhost:5432 as a\'b\\c"#,
        ),
        (
            r"user=a\ b dbname=''",
            r#"database "a b" at localhost:5432 as a b"#,
        ),
        (
            "host=/tmp dbname=x",
            r#"database "x" at /tmp/.s.PGSQL.5432 as me"#,
        ),
        (
            "host=h1,h2 port=6000",
            r#"database "me" at h1:6000, h2:6000 as me"#,
        ),
        (
            "host=h1,h2 port=,6000",
            r#"database "me" at h1:5432, h2:6000 as me"#,
        ),
        (
            "dbname=postgres://x",
            r#"database "postgres://x" at localhost:5432 as me"#,
        ),
    ];
    for (url, expected) in table {
        assert_eq!(target(url).describe(), expected, "{url}");
    }
}

#[test]
fn default_host_is_the_callers() {
    let defaults = Defaults {
        user: "me".into(),
        host: Some("/run/pg".into()),
        ..Defaults::default()
    };
    let read = |url| {
        read(url, &defaults).expect("right").endpoints[0]
            .host
            .clone()
    };
    assert_eq!(read("postgres:///x"), "/run/pg");
    assert_eq!(read("postgres://db/x"), "db");
}

#[test]
fn reads_passwords() {
    let table: [(&str, Option<&[u8]>); 12] = [
        ("postgres://a@db/x", None),
        ("postgres://a:@db/x", None),
        ("postgres://a:p@db/x", Some(b"p")),
        ("postgres://a:p%40%2f%25@db/x", Some(b"p@/%")),
        ("postgres://a:p@q@db/x", Some(b"p@q")),
        ("postgres://a:p?q@db/x", Some(b"p?q")),
        ("postgres://a:p?q=r@db/x", Some(b"p?q=r")),
        ("postgres://a:p#q@db/x", Some(b"p#q")),
        ("postgres://a:p+q:r@db/x", Some(b"p+q:r")),
        ("postgres://a:%E9@db/x", Some(b"\xE9")),
        ("postgres://a:old@db/x?password=n%26w", Some(b"n&w")),
        (r"user=a password='p q\''", Some(b"p q'")),
    ];
    for (url, expected) in table {
        assert_eq!(target(url).config.get_password(), expected, "{url}");
    }
}

#[test]
fn reads_ssl_modes() {
    use SslMode::{Allow, Disable, Prefer, Require, VerifyCa, VerifyFull};
    let table = [
        ("", Prefer),
        ("sslmode=disable", Disable),
        ("sslmode=allow", Allow),
        ("sslmode=prefer", Prefer),
        ("sslmode=require", Require),
        ("sslmode=verify-ca", VerifyCa),
        ("sslmode=verify-full", VerifyFull),
        ("sslmode=no-verify&sslrootcert=r", Require),
        ("ssl-mode=require", Require),
        ("ssl=true", Require),
        ("ssl=verify-full", VerifyFull),
        ("requiressl=1", Require),
        ("sslrootcert=system", VerifyFull),
        ("sslrootcert=system&sslmode=verify-full", VerifyFull),
        ("sslaccept=strict", VerifyFull),
        ("sslmode=require&sslaccept=strict", VerifyFull),
        ("sslmode=disable&sslaccept=strict", Disable),
        ("sslaccept=accept_invalid_certs", Prefer),
        ("sslmode=require&sslaccept=accept_invalid_certs", Require),
    ];
    for (parameters, expected) in table {
        let url = format!("postgres://a@db/x?{parameters}");
        assert_eq!(target(&url).tls.mode, expected, "{parameters}");
    }
}

#[test]
fn reads_certificates() {
    let tls = |parameters| target(&format!("postgres://a@db/x?{parameters}")).tls;
    let file = |path: &str| Some(RootCert::File(path.into()));
    let client = |certificate: &str, key: &str| {
        Some(ClientCert {
            certificate: certificate.into(),
            key: key.into(),
        })
    };
    assert_eq!(tls("sslrootcert=%2Fr.crt").root_cert, file("/r.crt"));
    assert_eq!(tls("sslmode=no-verify&sslrootcert=r").root_cert, None);
    assert_eq!(tls("sslcert=c&sslkey=k").client_cert, client("c", "k"));
    assert_eq!(tls("sslcert=c").client_cert, client("c", "c"));
    assert_eq!(
        tls("sslcert=c&sslkey=k&sslcertmode=disable").client_cert,
        None
    );
    // Prisma's `sslcert` is the root.
    assert_eq!(tls("sslcert=r&sslaccept=strict").root_cert, file("r"));
    assert_eq!(tls("sslcert=r&sslaccept=strict").client_cert, None);
    assert_eq!(
        tls("sslcert=c&sslkey=k&schema=s").client_cert,
        client("c", "k")
    );
    assert_eq!(
        target("postgres://a@db/x?sslcert=r&schema=s").ignored,
        ["sslcert"]
    );
    assert!(!tls("sslsni=0").server_name);
    assert!(tls("sslmode=require&sslnegotiation=direct").direct);
}

#[test]
fn reads_session_settings() {
    let target = target(
        "postgres://a@db/x?connect_timeout=7&application_name=n&options=-c%20a%3Db\
         &search_path=s%20t&options[c]=d&keepalives=0&keepalives_idle=3&keepalives_interval=4\
         &keepalives_count=5&tcp_user_timeout=1500&target_session_attrs=primary\
         &channel_binding=require&fallback_application_name=f",
    );
    let config = &target.config;
    let seconds = std::time::Duration::from_secs;
    assert_eq!(config.get_connect_timeout(), Some(&seconds(7)));
    assert_eq!(config.get_application_name(), Some("n"));
    assert_eq!(
        config.get_options(),
        Some(r"-c a=b -c search_path=s\ t -c c=d")
    );
    assert!(!config.get_keepalives());
    assert_eq!(config.get_keepalives_idle(), seconds(3));
    assert_eq!(config.get_keepalives_interval(), Some(seconds(4)));
    assert_eq!(config.get_keepalives_retries(), Some(5));
    let user_timeout = std::time::Duration::from_millis(1500);
    assert_eq!(config.get_tcp_user_timeout(), Some(&user_timeout));
    assert_eq!(
        config.get_target_session_attrs(),
        TargetSessionAttrs::ReadWrite
    );
    assert_eq!(config.get_channel_binding(), ChannelBinding::Require);
    assert!(target.ignored.is_empty(), "{:?}", target.ignored);
}

#[test]
fn names_what_it_ignores() {
    let table: [(&str, &[&str]); 7] = [
        (
            "schema=s&connection_limit=1&pool_timeout=2&socket_timeout=3",
            &[],
        ),
        (
            "pgbouncer=true&statement_cache_size=0&client_encoding=UTF8",
            &[],
        ),
        ("gssencmode=prefer&fallback_application_name=f", &[]),
        ("foo=1&bar=2&foo=3", &["foo", "bar"]),
        (
            "connection_limt=1&ApplicationName=a&connectTimeout=3",
            &["connection_limt", "ApplicationName", "connectTimeout"],
        ),
        (
            "sslcrl=f&require_auth=md5&krbsrvname=k",
            &["sslcrl", "require_auth", "krbsrvname"],
        ),
        (
            "sslidentity=i.p12&sslpassword=p",
            &["sslidentity", "sslpassword"],
        ),
    ];
    for (parameters, expected) in table {
        let url = format!("postgres://a@db/x?{parameters}");
        assert_eq!(target(&url).ignored, expected, "{parameters}");
    }
}

#[test]
fn recognises_poolers() {
    let table = [
        ("postgres://a@db/x", false),
        ("postgres://a@db/x?pgbouncer=true", true),
        ("postgres://a@db:6543/x", true),
        ("postgres://a@db:6543/x?pgbouncer=false", false),
        ("postgres://a@ep-cool-1-pooler.eu.aws.neon.tech/x", true),
        ("postgres://a@ep-cool-1.eu.aws.neon.tech/x", false),
        ("postgres://a@aws-0-eu.pooler.supabase.com:6543/x", true),
        ("postgres://a@aws-0-eu.pooler.supabase.com:5432/x", false),
        ("postgres:///x?host=/run/pgbouncer-pooler", false),
    ];
    for (url, expected) in table {
        assert_eq!(target(url).pooled, expected, "{url}");
    }
}

#[test]
fn takes_another_database_of_the_same_server() {
    let other = target("postgres://a:p@h:1/x").with_database("y");
    assert_eq!(other.describe(), r#"database "y" at h:1 as a"#);
    assert_eq!(other.config.get_password(), Some(b"p".as_slice()));
}
