//! Wrong connection strings: each is shown at its place, and no secret with it.

use super::*;

fn problem(url: &str) -> Problem {
    match read(url, &defaults()) {
        Err(problem) => problem,
        Ok(target) => panic!("{url} was read: {target:?}"),
    }
}

#[test]
fn hides_secrets_of_anything() {
    let table = [
        ("postgres://a:secret@db/x", "postgres://a:***@db/x"),
        ("postgres://a:@db/x", "postgres://a:@db/x"),
        ("postgres://a@db/x", "postgres://a@db/x"),
        ("postgres://a:se@cret@db:1/x", "postgres://a:***@db:1/x"),
        ("postgres://a:se/cret@db/x", "postgres://a:***@db/x"),
        ("postgres://a:12/34@db/x", "postgres://a:***@db/x"),
        ("postgres://a:se?c/r=et@db/x", "postgres://a:***@db/x"),
        ("postgres://a:12?c/ret@db/x", "postgres://a:***@db/x"),
        ("postgres://a:secret", "postgres://a:***"),
        ("postgres://a:secret/x", "postgres://a:***/x"),
        ("postgres://h:1,i:secret/x", "postgres://h:1,i:***/x"),
        ("postgres://db:1/x?user=a@b", "postgres://db:1/x?user=a@b"),
        ("postgres://[::1]:5432/x", "postgres://[::1]:5432/x"),
        (
            "postgres://db/x?password=secret&sslpassword=secret&sslkey=k&a=b",
            "postgres://db/x?password=***&sslpassword=***&sslkey=k&a=b",
        ),
        (
            "postgres://db/x?pass%77ord=secret",
            "postgres://db/x?pass%77ord=***",
        ),
        (
            "postgres://db/x?password=se&cret&a=b",
            "postgres://db/x?password=***&***&a=b",
        ),
        (
            "prisma+postgres://h/?api_key=secret",
            "prisma+postgres://h/?api_key=***",
        ),
        (
            "jdbc:postgresql://h/x?password=secret",
            "jdbc:postgresql://h/x?password=***",
        ),
        ("mysql://a:secret@h/x", "mysql://a:***@h/x"),
        ("a:secret@tcp(h:3306)/x", "a:***@tcp(h:***/x"),
        ("\"postgres://a:secret@db/x\"", "\"postgres://a:***@db/x\""),
        (
            "user=a password=secret host=h",
            "user=a password=*** host=h",
        ),
        (
            "user=a password = 'se cret' host=h",
            "user=a password = *** host=h",
        ),
        ("password=se cret host=h", "password=*** *** host=h"),
        ("password='secret host=h", "password=***"),
        (
            "Server=h;User Id=a;Password=secret;x=y",
            "Server=h;User Id=***",
        ),
        ("nothing", "nothing"),
        ("", ""),
        ("postgres://ä:ö@ü/x", "postgres://ä:***@ü/x"),
        // a parameter that is read as a host
        (
            "postgres://?,@&password=secret",
            "postgres://?,@&password=***",
        ),
        (
            "postgres://a?b@h,pass%77ord=secret:x/y",
            "postgres://a?b@h,pass%77ord=***/y",
        ),
        // one that is read as a part of the database's name
        (
            "postgres://h/x&password=secret&a=b",
            "postgres://h/x&password=***",
        ),
        (
            "postgres://a?b:c@h/x&pass%77ord=secret?a=b",
            "postgres://a?b:***@h/x&pass%77ord=***?a=b",
        ),
    ];
    for (url, expected) in table {
        assert_eq!(redact(url), expected, "{url}");
    }
}

/// URL; what is marked in the redacted URL; a part of the message; a part of the help.
const WRONG: [(&str, &str, &str, &str); 35] = [
    ("", "", "not a database URL", "postgres://"),
    ("nothing", "", "not a database URL", "postgres://"),
    (
        "postgres://?,@&password=secret",
        "***",
        "an `@` where none can be",
        "%3F",
    ),
    (
        "postgres://h/x&password=secret",
        "***",
        "within the name of the database",
        "behind a `?`",
    ),
    (
        "mysql://a:secret@h/x",
        "mysql",
        "does not speak MySQL yet",
        "postgres://",
    ),
    ("sqlite:app.db", "sqlite", "SQLite", "postgres://"),
    ("sqlite://app.db", "sqlite", "SQLite", "postgres://"),
    (
        "http://a:secret@h/x",
        "http",
        "not with `http://`",
        "postgres://",
    ),
    (
        "jdbc:postgresql://h/x?password=secret",
        "jdbc:postgresql",
        "JDBC",
        "leave `jdbc:` away",
    ),
    ("jdbc:postgresql:x", "jdbc", "JDBC", "leave `jdbc:` away"),
    (
        "prisma://h/?api_key=secret",
        "prisma",
        "Prisma's proxy",
        "directUrl",
    ),
    (
        "'postgres://a:secret@h/x'",
        "'postgres",
        "quotation mark",
        "take the quotation marks away",
    ),
    (
        "postgres:a:secret@h/x",
        "postgres",
        "`//` is missing",
        "postgres://",
    ),
    ("a:secret@h/x", "", "not a database URL", "postgres://"),
    ("postgres://a:secret@h:0/x", "0", "out of range", "5432"),
    (
        "postgres://a:secret@h:65536/x",
        "65536",
        "out of range",
        "5432",
    ),
    (
        "postgres://a:secret@h:54e2/x",
        "***",
        "not a number",
        "1 to 65535",
    ),
    (
        "postgres://a:secret@h,i:x/x",
        "***",
        "not a number",
        "1 to 65535",
    ),
    (
        "postgres://a:secret/x",
        "***",
        "not a number",
        "`@host` is missing",
    ),
    (
        "postgres://a:sec/ret@h/x",
        "***",
        "an `@` where none can be",
        "%2F",
    ),
    (
        "postgres://a:s%zzecret@h/x",
        "***",
        "percent-encoding",
        "%25",
    ),
    ("postgres://a:secret@h/x%", "%", "percent-encoding", "%25"),
    (
        "postgres://a:secret@h/x%ö1",
        "%ö1",
        "percent-encoding",
        "%25",
    ),
    (
        "postgres://a:secret@h/x%00",
        "%00",
        "percent-encoding",
        "%25",
    ),
    ("postgres://a%FF:secret@h/x", "a%FF", "not UTF-8", "UTF-8"),
    ("postgres://[::1/x", "[::1", "brackets", "[2001:db8::1]"),
    (
        "postgres://a:secret@h/x?sslmode=verify_full",
        "verify_full",
        "`sslmode`",
        "`verify-full`",
    ),
    (
        "postgres://h/x?password=secret&sslmode=on",
        "on",
        "`sslmode`",
        "`disable`, `allow`",
    ),
    (
        "postgres://a:secret@h/x?sslmode",
        "sslmode",
        "no value",
        "name=value",
    ),
    (
        "postgres://h/x?connect_timeout=5s",
        "5s",
        "not a whole number",
        "no unit",
    ),
    (
        "postgres://h/x?hostaddr=db",
        "db",
        "not an IP address",
        "`host`",
    ),
    (
        "postgres://h/x?sslrootcert=system&sslmode=require",
        "require",
        "too weak",
        "verify-full",
    ),
    (
        "host=h,i,j port=1,2",
        "1,2",
        "2 ports for 3 hosts",
        "one port",
    ),
    ("password=secret host", "***", "stands alone", "name=value"),
    (
        "password='secret host=h",
        "***",
        "not closed",
        "single quotes",
    ),
];

#[test]
fn shows_what_is_wrong_and_no_secret() {
    for (url, marked, message, help) in WRONG {
        let problem = problem(url);
        let place = problem.place.as_ref().expect(url);
        assert_eq!(&place.source.text[place.span.clone()], marked, "{url}");
        assert_eq!(place.source.text, redact(url), "{url}");
        assert!(problem.message.contains(message), "{url}: {problem:?}");
        let given = problem.help.as_deref().expect(url);
        assert!(given.contains(help), "{url}: {given}");
        assert!(!format!("{problem:?}").contains("secret"), "{problem:?}");
    }
}

#[test]
fn shows_no_secret_of_a_target() {
    let target = target("postgres://a:secret@h/x?sslpassword=secret&unknown=secret");
    let shown = format!("{target:?} {}", target.describe());
    assert!(!shown.contains("secret"), "{shown}");
}

/// No text makes it panic, and no span is outside or amid a character.
#[test]
fn survives_mutilated_urls() {
    let url = "postgres://ä:p%40ß@[::1]:5432,h:6/x?sslmode=require&password=q&host=/r";
    let ends = || (0..=url.len()).filter(|at| url.is_char_boundary(*at));
    for start in ends() {
        for end in ends().filter(|end| *end > start) {
            for text in [&url[start..end], &(url[..start].to_owned() + &url[end..])] {
                if let Err(Problem {
                    place: Some(place), ..
                }) = read(text, &defaults())
                {
                    assert!(place.source.text.get(place.span).is_some(), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_mistyped_parameter_is_an_error_and_shows_no_value() {
    for (url, written, meant) in [
        ("host=h user=a dbnam=x", "dbnam", "dbname"),
        ("postgres://a@db/x?sslmod=require", "sslmod", "sslmode"),
        ("postgres://a@db/x?sslMode=require", "sslMode", "sslmode"),
        ("host=h user=a pasword=secret", "pasword", "password"),
        ("host=h usre=a", "usre", "user"),
    ] {
        let problem = problem(url);
        assert!(
            problem.message.contains(&format!("`{written}`")),
            "{problem}"
        );
        let help = format!("did you mean `{meant}`?");
        assert_eq!(problem.help.as_deref(), Some(help.as_str()));
        assert!(!format!("{problem:?}").contains("secret"), "{url}");
    }
}
