//! What the environment adds to a string: variables, service files, password files.

use std::{fs, path::Path};

use segue_project::config::Secret;
use tokio_postgres::config::TargetSessionAttrs;

use super::*;

/// A home folder with these files, password files closed to others.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        write(&home.path().join(name), text, 0o600);
    }
    home
}

fn write(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("ours");
}

fn environment(variables: &[(&'static str, &str)]) -> Environment {
    let variable = |(name, value): &(&'static str, &str)| {
        let variable = Variable {
            value: Secret::new(*value),
            origin: format!("environment variable {name}"),
        };
        (*name, variable)
    };
    Environment {
        variables: variables.iter().map(variable).collect(),
        home: None,
    }
}

fn with(url: &str, environment: Environment) -> Result<Target, Problem> {
    let defaults = Defaults {
        user: "me".into(),
        host: None,
        environment,
    };
    read(url, &defaults)
}

fn at_home(url: &str, home: &Path, variables: &[(&'static str, &str)]) -> Result<Target, Problem> {
    let environment = Environment {
        home: Some(home.to_owned()),
        ..environment(variables)
    };
    with(url, environment)
}

#[test]
fn variables_complete_what_the_string_leaves_out() {
    let all = [
        ("PGHOST", "h1,h2"),
        ("PGPORT", "6000,6001"),
        ("PGDATABASE", "app"),
        ("PGUSER", "you"),
        ("PGPASSWORD", "hunter2"),
    ];
    for (url, expected) in [
        (
            "postgres://",
            r#"database "app" at h1:6000, h2:6001 as you"#,
        ),
        ("postgres://a@db:1/x", r#"database "x" at db:1 as a"#),
        ("dbname=x", r#"database "x" at h1:6000, h2:6001 as you"#),
        // As in libpq: an empty name stands, and means the user's.
        ("dbname=''", r#"database "you" at h1:6000, h2:6001 as you"#),
        (
            "postgres:///",
            r#"database "app" at h1:6000, h2:6001 as you"#,
        ),
    ] {
        let target = with(url, environment(&all)).expect("right");
        assert_eq!(target.describe(), expected, "{url}");
        assert_eq!(target.config.get_password(), Some(b"hunter2".as_slice()));
        assert_eq!(
            target.password_origin.as_deref(),
            Some("environment variable PGPASSWORD")
        );
        assert!(!format!("{target:?} {:?}", environment(&all)).contains("hunter2"));
    }
    let target = with("postgres://db", environment(&[("PGPORT", "6000")])).expect("right");
    assert_eq!(target.endpoints[0].to_string(), "db:6000");
    let target = with("postgres://a:own@db", environment(&all[4..])).expect("right");
    assert_eq!(target.config.get_password(), Some(b"own".as_slice()));
    assert!(target.has_own_password());
    // As in libpq, the address of the environment counts with the name of the string.
    let target = with("postgres://db", environment(&[("PGHOSTADDR", "192.0.2.7")]));
    let endpoint = target.expect("right").endpoints.remove(0);
    assert_eq!(endpoint.address, Some("192.0.2.7".parse().expect("one")));
    assert_eq!(endpoint.host, "db");
}

#[test]
fn every_variable_with_an_effect_has_it() {
    let target = with(
        "postgres://db/x",
        environment(&[
            ("PGOPTIONS", "-c a=b"),
            ("PGTZ", "Europe/Prague"),
            ("PGDATESTYLE", "German, DMY"),
            ("PGGEQO", "default"),
            ("PGAPPNAME", "ci"),
            ("PGSSLMODE", "verify-ca"),
            ("PGREQUIRESSL", "1"),
            ("PGSSLROOTCERT", "/r.crt"),
            ("PGSSLCERT", "/c.crt"),
            ("PGSSLKEY", "/c.key"),
            ("PGSSLNEGOTIATION", "direct"),
            ("PGSSLSNI", "0"),
            ("PGCONNECT_TIMEOUT", "7"),
            ("PGTARGETSESSIONATTRS", "read-write"),
            ("PGCLIENTENCODING", "utf8"),
            ("PGSSLMINPROTOCOLVERSION", "TLSv1.2"),
            ("PGGSSENCMODE", "prefer"),
        ]),
    )
    .expect("right");
    let config = &target.config;
    assert_eq!(
        config.get_options(),
        Some("-c a=b -c datestyle=German,\\ DMY -c timezone=Europe/Prague")
    );
    assert_eq!(config.get_application_name(), Some("ci"));
    assert_eq!(
        config.get_connect_timeout().map(|time| time.as_secs()),
        Some(7)
    );
    assert_eq!(
        config.get_target_session_attrs(),
        TargetSessionAttrs::ReadWrite
    );
    let tls = TlsPolicy {
        mode: SslMode::VerifyCa,
        root_cert: Some(RootCert::File("/r.crt".into())),
        client_cert: Some(ClientCert {
            certificate: "/c.crt".into(),
            key: "/c.key".into(),
        }),
        server_name: false,
        direct: true,
    };
    assert_eq!(target.tls, tls);
    assert_eq!(target.ignored, Vec::<String>::new());

    let required = with("postgres://db", environment(&[("PGREQUIRESSL", "1")]));
    assert_eq!(required.expect("right").tls.mode, SslMode::Require);
    let required = with("postgres://db", environment(&[("PGREQUIRESSL", "0")]));
    assert_eq!(required.expect("right").tls.mode, SslMode::Prefer);
}

#[test]
fn what_the_string_says_in_other_words_stands() {
    let variables = [
        ("PGSSLMODE", "verify-full"),
        ("PGOPTIONS", "-c a=b"),
        ("PGSSLROOTCERT", "/env.crt"),
    ];
    for url in ["ssl=false", "sslmode=disable", "ssl-mode=disable"] {
        let target = with(&format!("postgres://db/x?{url}"), environment(&variables));
        assert_eq!(target.expect("right").tls.mode, SslMode::Disable, "{url}");
    }
    let target = with("postgres://db/x?search_path=app", environment(&variables));
    assert_eq!(
        target.expect("right").config.get_options(),
        Some("-c search_path=app")
    );
    // A certificate of Prisma's URL is a root; one of the environment is a client's.
    let strict = "postgres://db/x?schema=a&sslaccept=strict&sslcert=/p.crt";
    let tls = with(strict, environment(&variables)).expect("right").tls;
    assert_eq!(tls.root_cert, Some(RootCert::File("/p.crt".into())));
    let client = [("PGSSLCERT", "/c.crt"), ("PGSSLKEY", "/c.key")];
    let tls = with("postgres://db/x?schema=a", environment(&client))
        .expect("right")
        .tls;
    assert_eq!(
        tls.client_cert.expect("one").certificate,
        Path::new("/c.crt")
    );
}

#[test]
fn a_variable_that_is_wrong_or_without_effect_is_named() {
    let problem = with("postgres://db", environment(&[("PGSSLMODE", "on")])).expect_err("wrong");
    assert_eq!(
        problem.to_string(),
        "environment variable PGSSLMODE:1:1: unknown value of `sslmode`"
    );
    let problem = with("postgres://db", environment(&[("PGPORT", "hunter2")])).expect_err("wrong");
    assert!(
        problem
            .to_string()
            .starts_with("environment variable PGPORT:1:1: the port")
    );
    let variables = [
        ("PGREQUIREAUTH", "scram-sha-256"),
        ("PGCLIENTENCODING", "LATIN1"),
    ];
    let target = with("postgres://db", environment(&variables)).expect("right");
    assert_eq!(
        target.ignored,
        [
            "environment variable PGREQUIREAUTH",
            "environment variable PGCLIENTENCODING"
        ]
    );
}

const SERVICES: &str = "# mine\n[other]\nhost=no\n\n[app]\n host=db1,db2 \nport=6000\n#port=1\nport=2\n\
    user=svc\npassword=hunter2 x\nsslmode=require\nrequire_auth=none\n[app]\ndbname=no\n";

#[test]
fn a_service_stands_between_the_string_and_the_variables() {
    let home = home(&[(".pg_service.conf", SERVICES)]);
    let variables = [
        ("PGPORT", "7000"),
        ("PGDATABASE", "env"),
        ("PGPASSWORD", "no"),
    ];
    let expected = r#"database "env" at db1:6000, db2:6000 as svc"#;
    for url in ["service=app", "postgres://?service=app"] {
        let target = at_home(url, home.path(), &variables).expect("right");
        assert_eq!(target.describe(), expected, "{url}");
        assert_eq!(target.config.get_password(), Some(b"hunter2 x".as_slice()));
        assert_eq!(target.tls.mode, SslMode::Require);
        assert_eq!(target.ignored, ["require_auth"]);
        assert!(
            target
                .password_origin
                .expect("one")
                .ends_with(".pg_service.conf")
        );
    }
    let by_variable = [variables.as_slice(), &[("PGSERVICE", "app")]].concat();
    let target = at_home("postgres://a@/x?sslmode=disable", home.path(), &by_variable);
    let target = target.expect("right");
    assert_eq!(
        target.describe(),
        r#"database "x" at db1:6000, db2:6000 as a"#
    );
    assert_eq!(target.tls.mode, SslMode::Disable);
}

#[test]
fn service_files_are_looked_for_in_libpqs_order() {
    let home = home(&[
        (".pg_service.conf", "[own]\nhost=own\n"),
        ("named", "[named]\nhost=named\n"),
        (
            "pg_service.conf",
            "[own]\nhost=system\n[system]\nhost=system\n",
        ),
    ]);
    let folder = home.path().display().to_string();
    let named = home.path().join("named").display().to_string();
    let system = ("PGSYSCONFDIR", folder.as_str());
    let file = ("PGSERVICEFILE", named.as_str());
    let host = |url: &str, variables: &[_]| {
        let target = at_home(url, home.path(), variables);
        target.map(|mut target| target.endpoints.remove(0).host)
    };
    assert_eq!(host("service=own", &[system]), Ok("own".to_owned()));
    assert_eq!(host("service=system", &[system]), Ok("system".to_owned()));
    assert_eq!(
        host("service=named", &[system, file]),
        Ok("named".to_owned())
    );
    // The named file stands in for the user's own, and not for the system's.
    assert_eq!(
        host("service=own", &[system, file]),
        Ok("system".to_owned())
    );
    let parameter = format!("service=named servicefile={named}");
    assert_eq!(host(&parameter, &[system]), Ok("named".to_owned()));

    let problem = host("service=none", &[system]).expect_err("there is none");
    assert_eq!(problem.message, "there is no service `none`");
    assert!(problem.notes[0].contains(".pg_service.conf"), "{problem:?}");
    let problem = host("service=x", &[("PGSERVICEFILE", "/nowhere/x")]).expect_err("no file");
    assert!(
        problem
            .message
            .starts_with("cannot read the service file /nowhere/x: ")
    );
}

#[test]
fn mistakes_in_a_service_have_their_line() {
    for (text, expected) in [
        (
            "[a]\nhots=x\n",
            ":2:1: PostgreSQL's libraries have no such parameter",
        ),
        (
            "[a]\nhost = x\n",
            ":2:1: PostgreSQL's libraries have no such parameter",
        ),
        ("[a]\n\npassword hunter2\n", ":3:1: this is no parameter"),
        (
            "[a]\nservice=b\n",
            ":2:1: a service cannot refer to another one",
        ),
        ("[a]\nldap://x\n", ":2:1: segue looks nothing up by LDAP"),
        ("[a]\nhost=x\nport=y\n", ":3:6: the port is not a number"),
        (
            "[a]\npassword=hunter2\nsslmode=y\n",
            ":3:9: unknown value of `sslmode`",
        ),
    ] {
        let home = home(&[(".pg_service.conf", text)]);
        let problem = at_home("service=a", home.path(), &[]).expect_err(text);
        assert!(problem.to_string().ends_with(expected), "{problem}");
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
    }
}

#[test]
fn each_server_has_its_own_password_of_the_file() {
    let home = home(&[(".pgpass", "h1:*:*:me:one\nh2:6000:x:me:two\n")]);
    let password = |target: &Target, index: usize| {
        let endpoint: &Endpoint = &target.endpoints[index];
        endpoint
            .password
            .as_ref()
            .map(|password| password.expose().to_owned())
    };
    let target = at_home("postgres://h1,h2:6000,h3/x", home.path(), &[]).expect("right");
    assert_eq!(password(&target, 0), Some(b"one".to_vec()));
    assert_eq!(password(&target, 1), Some(b"two".to_vec()));
    assert_eq!(password(&target, 2), None);
    assert!(target.password_origin.expect("one").ends_with("/.pgpass"));
    for (url, variables) in [
        ("postgres://me:p@h1/x", [].as_slice()),
        ("postgres://h1/x", &[("PGPASSWORD", "p")]),
    ] {
        let target = at_home(url, home.path(), variables).expect("right");
        assert_eq!(password(&target, 0), None, "{url}");
        assert_eq!(target.config.get_password(), Some(b"p".as_slice()));
    }
    // An empty password is none.
    let target = at_home("postgres://h1/x", home.path(), &[("PGPASSWORD", "")]).expect("right");
    assert_eq!(password(&target, 0), Some(b"one".to_vec()));
}

#[test]
fn a_password_file_is_named_by_parameter_or_variable_and_must_be_closed_to_others() {
    let home = home(&[(".pgpass", "*:*:*:*:own\n"), ("other", "*:*:*:*:other\n")]);
    let other = home.path().join("other").display().to_string();
    let password = |target: &Target| {
        let password = target.endpoints[0].password.as_ref();
        password.map(|password| String::from_utf8_lossy(password.expose()).into_owned())
    };
    let target = at_home("postgres://h/x", home.path(), &[("PGPASSFILE", &other)]).expect("right");
    assert_eq!(password(&target).as_deref(), Some("other"));
    let url = format!("postgres://h/x?passfile={other}");
    let target = at_home(&url, home.path(), &[("PGPASSFILE", "/nowhere")]).expect("right");
    assert_eq!(password(&target).as_deref(), Some("other"));

    write(Path::new(&other), "*:*:*:*:other\n", 0o640);
    let target = at_home(&url, home.path(), &[]).expect("right");
    assert_eq!(password(&target), None);
    assert_eq!(
        target.notes,
        [format!(
            "the password file {other} is not used: others may read it; `chmod 0600` makes it yours alone"
        )]
    );
    let missing = at_home("host=h passfile=/nowhere", home.path(), &[]).expect("right");
    assert!(missing.notes[0].starts_with("the password file /nowhere is not used: "));
    let empty = tempfile::tempdir().expect("a folder");
    let none = at_home("host=h", empty.path(), &[]).expect("right");
    assert_eq!(none.notes, Vec::<String>::new());
}
