//! Names and values go into SQL and come out of a server as they were, whatever is in them.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use segue_catalog::{Name, QName, quote::plain_literal, render::dollar_quoted};
use segue_cluster::Cluster;
use segue_db::{
    identifier, literal,
    postgres::{
        Session,
        connect::connect,
        url::{Defaults, read},
    },
};
use tokio::runtime::{Builder, Runtime};

/// What a name or a text could end, begin or turn into something else with.
const PIECES: &[&str] = &[
    "'",
    "''",
    "\"",
    "\"\"",
    "\\",
    "\\\\",
    "\\'",
    "\\x41",
    "\\u0041",
    "$$",
    "$body$",
    "$1",
    ";",
    "--",
    "/*",
    "*/",
    "\n",
    "\r",
    "\t",
    " ",
    "E'",
    "U&'",
    "B'",
    "select",
    "Users",
    "_a1",
    "é",
    "ſ",
    "😀",
    "\u{202e}",
    "\u{feff}",
    "\u{1b}[2J",
    "%s",
    "{}",
    "::text",
    "); DROP TABLE t; --",
];

/// How many bytes of a name a server keeps.
const LONGEST_NAME: usize = 63;

fn texts() -> impl Strategy<Value = String> {
    let any_char = any::<char>().prop_filter("servers keep no zero byte", |c| *c != '\0');
    let piece = prop_oneof![
        4 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any_char.prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// As long as a server keeps them, often to the byte.
fn names() -> impl Strategy<Value = String> {
    (texts(), any::<bool>()).prop_map(|(text, is_full)| {
        let mut name = text + if is_full { "n\"'\\" } else { "n" };
        while is_full && name.len() < LONGEST_NAME {
            name.push('x');
        }
        while name.len() > LONGEST_NAME {
            name.pop();
        }
        name
    })
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    })
}

fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

async fn session(cluster: &Cluster, conforming: bool) -> Session {
    let defaults = Defaults {
        user: "tester".into(),
        ..Defaults::default()
    };
    let target = read(&cluster.url("postgres"), &defaults).expect("a right URL");
    let connection = connect(&target, None, &mut |_| {}).await;
    let session = Session::new(connection.expect("the server is up"));
    let settings = format!(
        "SET standard_conforming_strings = {}; SET escape_string_warning = off; SET backslash_quote = off",
        if conforming { "on" } else { "off" }
    );
    session.execute(&settings).await.expect("settings");
    session
}

/// The one row that a query gives.
async fn row(session: &Session, sql: &str) -> Vec<Option<String>> {
    let mut rows = session
        .rows(sql)
        .await
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0)
}

/// What the server calls a column of this name.
fn column(name: &str) -> String {
    format!(
        "(SELECT pg_catalog.jsonb_object_keys(pg_catalog.to_jsonb(t)) FROM (SELECT 1 AS {name}) AS t)"
    )
}

#[test]
fn a_server_has_every_text_and_name_as_it_was_whatever_its_settings() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let runtime = runtime();
    for conforming in [true, false] {
        let session = runtime.block_on(session(&cluster, conforming));
        let both = (texts(), names());
        let ran = runner(1000).run(&both, |(text, name)| {
            let stored = Name::stored(&name).to_string();
            let sql = format!(
                "SELECT {}, {}, {}, {}",
                literal(&text),
                dollar_quoted(&text),
                column(&identifier(&name)),
                column(&stored)
            );
            let found = runtime.block_on(row(&session, &sql));
            let wanted = [&text, &text, &name, &name].map(|it| Some(it.clone()));
            prop_assert_eq!(found, wanted.to_vec(), "{}", sql);
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("standard_conforming_strings {conforming}: {error}"));
    }
}

#[test]
fn the_words_of_the_language_are_names_too() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let runtime = runtime();
    let session = runtime.block_on(session(&cluster, true));
    let words = runtime.block_on(session.rows("SELECT word FROM pg_catalog.pg_get_keywords()"));
    let words: Vec<String> = words
        .expect("words")
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    assert!(words.len() > 400, "{}", words.len());
    for word in words {
        // as a table and its column: more words are reserved there than behind AS
        let table = QName::new("pg_temp", word.as_str());
        let (name, quoted) = (Name::stored(&word), identifier(&word));
        let made = format!(
            "CREATE TEMPORARY TABLE {name} ({name} int); INSERT INTO {table} ({quoted}) SELECT 7; \
             SELECT {name}, t.{quoted} FROM {table} AS t; DROP TABLE {table}"
        );
        assert_eq!(
            runtime.block_on(row(&session, &made)),
            vec![Some("7".to_owned()); 2]
        );
    }
}

#[test]
fn a_zero_byte_never_reaches_a_server_as_the_end_of_something() {
    let Some(cluster) = Cluster::for_test() else {
        return;
    };
    let runtime = runtime();
    let session = runtime.block_on(session(&cluster, true));
    for sql in [
        format!("SELECT {}", literal("a\0b")),
        format!("SELECT 1 AS {}", identifier("a\0b")),
    ] {
        runtime
            .block_on(session.rows(&sql))
            .expect_err("it is refused");
    }
    assert_eq!(
        runtime.block_on(row(&session, "SELECT 1")),
        vec![Some("1".to_owned())]
    );
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_has_every_text_and_name_as_it_was() {
    use segue_db::{Session, sqlite};
    let runtime = runtime();
    let location = sqlite::read("sqlite::memory:").expect("a URL of SQLite's");
    let open = sqlite::Open {
        create: true,
        makes_folder: false,
        foreign_keys: true,
        busy: std::time::Duration::ZERO,
        patience: std::time::Duration::ZERO,
    };
    let session = runtime.block_on(sqlite::Session::open(&location, open));
    let session = Session::Sqlite(session.expect("opens"));
    let ran = runner(1000).run(&(texts(), names()), |(text, name)| {
        let quoted = identifier(&name);
        let made = format!("CREATE TABLE {quoted} ({quoted} int)");
        runtime.block_on(session.execute(&made)).expect("a table");
        let read = format!(
            "SELECT {}, (SELECT name FROM pragma_table_info({}))",
            plain_literal(&text),
            plain_literal(&name)
        );
        let rows = runtime.block_on(session.rows(&read)).expect("a row");
        runtime
            .block_on(session.execute(&format!("DROP TABLE {quoted}")))
            .expect("dropped");
        prop_assert_eq!(
            rows,
            vec![vec![Some(text.clone()), Some(name.clone())]],
            "{}",
            read
        );
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}
