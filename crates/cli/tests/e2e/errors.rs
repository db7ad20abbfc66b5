//! Databases that cannot be worked on, and what is said of a failing statement.

use std::net::TcpListener;

use segue_cluster::Cluster;

use crate::{
    harness::{Project, database},
    tools::Tool,
};

fn one() -> Project {
    let project = Project::new();
    project.migration("20240101000001_one", "CREATE TABLE one (id int);");
    project
}

/// A port that nobody listens on.
fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn the_caret_is_right_behind_characters_of_many_bytes() {
    let Some(db) = database() else { return };
    let sql = "-- größer 🦀\nSELECT 1;\nSELECT 'äöü', '日本語 🦀', no_such_column FROM pg_class;\n";
    let outcome = Project::new()
        .migration("20240101000001_one", sql)
        .on(&db, &["deploy"])
        .exits(1)
        .says("column \"no_such_column\" does not exist")
        .says("20240101000001_one/migration.sql:3:24")
        .says("SQLSTATE 42703");
    let carets = outcome.err.lines().find(|line| line.contains("^^"));
    let carets = carets.unwrap_or_else(|| panic!("no carets: {outcome}"));
    assert_eq!(
        carets.matches('^').count(),
        "no_such_column".len(),
        "{outcome}"
    );
}

#[test]
fn the_place_in_json_counts_characters_too() {
    let Some(db) = database() else { return };
    let document = Project::new()
        .migration(
            "20240101000001_one",
            "SELECT 'äöü',\n  'ä', nix FROM pg_class;\n",
        )
        .on(&db, &["deploy", "--json"])
        .exits(1)
        .json();
    let place = &document["error"]["problems"][0]["place"];
    assert_eq!(place["line"], 2);
    assert_eq!(place["column"], 8);
    assert!(
        place["file"]
            .as_str()
            .unwrap()
            .ends_with("20240101000001_one/migration.sql")
    );
}

#[test]
fn an_error_without_a_position_shows_its_statement() {
    let Some(db) = database() else { return };
    Project::new()
        .migration(
            "20240101000001_one",
            "CREATE TABLE one (id int);\n\n  SELECT 1\n    / 0;\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("division by zero")
        .says("migration.sql:3:3");
}

#[test]
fn detail_hint_and_context_of_the_server_are_shown() {
    let Some(db) = database() else { return };
    Project::new()
        .migration(
            "20240101000001_one",
            "DO $$ BEGIN RAISE EXCEPTION 'the message' USING DETAIL = 'the detail', HINT = 'the hint'; END $$;\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("the message")
        .says("detail: the detail")
        .says("hint: the hint")
        .says("PL/pgSQL function");
}

#[test]
fn an_unreachable_host_is_said_with_what_to_do() {
    let url = format!("postgresql://app:hunter2@127.0.0.1:{}/app", closed_port());
    one()
        .segue(&["deploy", "--url", &url])
        .exits(1)
        .says("cannot reach")
        .says("--connect-timeout")
        .says("the URL comes from --url")
        .never_says("hunter2");
    one()
        .segue(&[
            "deploy",
            "--url",
            "postgresql://app@no-such-host.invalid/app",
        ])
        .exits(1)
        .says("no-such-host.invalid");
}

#[test]
fn with_patience_a_server_that_does_not_answer_is_tried_again() {
    let url = format!("postgresql://app@127.0.0.1:{}/app", closed_port());
    one()
        .segue(&["deploy", "--url", &url, "--connect-timeout", "300ms"])
        .exits(1)
        .says("waiting for the server")
        .says("tried ");
}

#[test]
fn a_wrong_password_is_never_printed() {
    let cluster = match Cluster::builder().password("right-secret").start() {
        Ok(cluster) => cluster,
        Err(_) if database().is_none() => return,
        Err(error) => panic!("{error}"),
    };
    let right = cluster.tcp_url("postgres").unwrap();
    let wrong = right.replace("right-secret", "wrong-secret");
    let none = right.replace(":right-secret", "");
    for format in ["human", "json"] {
        let flags = ["deploy", "--verbose", "--format", format, "--url"];
        one()
            .segue(&[&flags[..], &[&wrong]].concat())
            .exits(1)
            .never_says("wrong-secret");
        // It is no use to try it again.
        let patient = ["--connect-timeout", "1h"];
        one()
            .segue(&[&flags[..], &[&wrong], &patient].concat())
            .exits(1)
            .never_says("wrong-secret")
            .never_says("waiting for the server");
    }
    one()
        .segue(&["deploy", "--url", &wrong])
        .exits(1)
        .says("password authentication failed");
    one()
        .segue(&["deploy", "--url", &none])
        .exits(1)
        .says("asks for a password");
    for format in ["human", "json"] {
        one()
            .segue(&["deploy", "--verbose", "--format", format, "--url", &right])
            .exits(0)
            .never_says("right-secret");
    }
    one()
        .segue_with(&[("DATABASE_URL", &wrong)], &["status", "--verbose"])
        .exits(1)
        .says("DATABASE_URL")
        .never_says("wrong-secret");
}

#[test]
fn a_broken_url_is_refused_without_its_password() {
    for url in [
        "postgresql://app:hunter2@host:notaport/app",
        "mysql://app:hunter2@host/app",
        "postgresql://app:hunter2@host/app?sslmode=maybe",
    ] {
        let outcome = one().segue(&["status", "--url", url]).exits(1);
        outcome.never_says("hunter2").says("--url");
    }
}

#[test]
fn a_missing_database_is_created_only_when_asked_for() {
    let Some(db) = database() else { return };
    let name = format!("not_yet_{}", db.name());
    let url = db.url_of(segue_cluster::SUPERUSER, &name);
    let project = one();
    project
        .segue(&["deploy", "--url", &url])
        .exits(1)
        .says("does not exist")
        .says("--create-database");
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(db.sql(&exists), "0");
    project
        .segue(&["deploy", "--create-database", "--url", &url])
        .exits(0)
        .prints("1 migration applied");
    project
        .segue(&["deploy", "--create-database", "--url", &url])
        .exits(0)
        .prints("up to date");
}

#[test]
fn a_user_without_rights_changes_nothing() {
    let Some(db) = database() else { return };
    let role = format!("nobody_in_{}", db.name());
    db.as_superuser(&format!(
        "CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    ));
    let url = db.url_of(&role, &db.name());
    for tool in [Tool::Segue, Tool::Prisma, Tool::Drizzle, Tool::Sqlx] {
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        project
            .segue(&["deploy", "--url", &url])
            .exits(1)
            .says("permission denied")
            .says("lacks a right");
        db.is_untouched();
    }
    let url = db.url_of(&role, &format!("made_by_{role}"));
    one()
        .segue(&["deploy", "--create-database", "--url", &url])
        .exits(1)
        .says("permission denied");
}

#[test]
fn another_tools_history_needs_no_right_to_make_schemas() {
    let Some(db) = database() else { return };
    let role = format!("app_in_{}", db.name());
    db.as_superuser(&format!(
        "CREATE ROLE {role} LOGIN; GRANT CREATE ON SCHEMA public TO {role}"
    ));
    let url = db.url_of(&role, &db.name());
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", "CREATE TABLE one (id int);");
    project.segue(&["deploy", "--url", &url]).exits(0);
    project.segue(&["status", "--url", &url]).exits(0);
    assert_eq!(db.relations("public"), "_prisma_migrations one");
}

#[test]
fn a_read_only_session_is_refused_before_anything_runs() {
    let Some(db) = database() else { return };
    db.as_superuser(&format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        db.name()
    ));
    let project = one();
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("read-only")
        .says("default_transaction_read_only");
    for command in [
        &["baseline"][..],
        &["resolve", "--applied", "20240101000001_one"],
    ] {
        project.on(&db, command).exits(1).says("read-only");
    }
    project.on(&db, &["status"]).exits(2);
    db.is_untouched();
}

#[test]
fn a_json_document_has_its_version_and_the_kind_of_error() {
    let Some(db) = database() else { return };
    let project = one();
    let document = project.on(&db, &["deploy", "--json"]).exits(0).json();
    assert_eq!(document["version"], 1);
    assert_eq!(document["command"], "deploy");
    assert_eq!(document["ok"], true);
    assert_eq!(document["applied"][0]["name"], "20240101000001_one");
    let document = project.on(&db, &["status", "--json"]).exits(0).json();
    assert_eq!(document["command"], "status");
    assert_eq!(document["up_to_date"], true);
    assert_eq!(document["migrations"][0]["state"], "applied");
    project.migration("20240101000002_two", "SELECT 1 / 0;");
    let outcome = project.on(&db, &["deploy", "--format", "json"]).exits(1);
    assert_eq!(outcome.err, "");
    let document = outcome.json();
    assert_eq!(document["ok"], false);
    assert_eq!(document["error"]["kind"], "statement");
    assert_eq!(
        document["error"]["problems"][0]["message"],
        "division by zero"
    );
}

#[test]
fn every_command_prints_nothing_but_json_when_asked_to() {
    let Some(db) = database() else { return };
    let name = "20240101000001_one";
    for (arguments, code, ok) in [
        (&["status"][..], 2, true),
        (&["deploy", "--dry-run"], 0, true),
        (&["resolve", "--rolled-back", name], 1, false),
        (&["resolve", "--applied", name], 0, true),
        (&["baseline"], 1, false),
        (&["deploy"], 0, true),
        (&["new", "two"], 0, true),
        (&["init"], 0, true),
        (&["status", "--layout", "nonsense"], 1, false),
    ] {
        let project = one();
        let arguments = [arguments, &["--json"]].concat();
        let outcome = project.on(&db, &arguments).exits(code);
        let document = outcome.json();
        assert_eq!(document["version"], 1, "{outcome}");
        assert_eq!(document["command"], arguments[0], "{outcome}");
        assert_eq!(document["ok"], ok, "{outcome}");
        assert_eq!(document["error"].is_object(), !ok, "{outcome}");
        assert_eq!(outcome.err, "");
    }
}

#[test]
fn what_no_server_takes_is_shown_at_its_word_and_has_no_other_way() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("0001_first", "CREATE TABLE users (id int PRIMARY KEY);");
    project.on(&db, &["deploy"]).exits(0);
    for (sql, message, at) in [
        ("CREAT TABLE bom (id int);", "syntax error at \"CREAT\"", 1),
        (
            "CREATE TABLE bom (id int;",
            "syntax error: expected \")\"",
            25,
        ),
        (
            "UPDATE nope SET a = 1;",
            "relation \"nope\" does not exist",
            8,
        ),
    ] {
        project.migration("0002_second", sql);
        for command in [["deploy"], ["plan"]] {
            let outcome = project.on(&db, &command).exits(1).says(message);
            let place = format!("0002_second/migration.sql:1:{at}\n");
            assert!(outcome.err.contains(&place), "{outcome}");
            for untrue in ["--strategy direct", "from files alone"] {
                assert!(!outcome.err.contains(untrue), "{outcome}");
            }
        }
    }
}
