//! Settings of the session, statements about rows, DO blocks.

use segue_catalog::{Change, Name, QName};

use super::Database;

fn path(database: &Database) -> Vec<&str> {
    let path = database.session.search_path.iter();
    path.map(Name::as_str).collect()
}

#[test]
fn search_path_is_set_in_all_the_ways_there_are() {
    let mut database = Database::of_major(16);
    for (statement, expected) in [
        (
            "SET search_path TO App, \"Other\", 'Third'",
            &["app", "Other", "Third"] as &[_],
        ),
        ("SET SESSION search_path = \"$user\", public", &["public"]),
        ("SET search_path TO ''", &[]),
        ("SET SCHEMA 'app'", &["app"]),
        (
            "SELECT pg_catalog.set_config('search_path', 'a, \"B\"', false)",
            &["a", "B"],
        ),
        ("SELECT set_config('search_path', '', false)", &[]),
        ("RESET search_path", &["public"]),
        (
            "SET search_path TO x; SET search_path TO DEFAULT",
            &["public"],
        ),
        ("SET search_path TO x; RESET ALL", &["public"]),
        ("BEGIN; SET LOCAL search_path TO x; COMMIT", &["public"]),
        ("BEGIN; SET LOCAL search_path TO x", &["x"]),
    ] {
        database.run(statement);
        assert_eq!(path(&database), expected, "{statement}");
    }
}

#[test]
fn a_role_owns_what_it_makes() {
    let mut database = Database::after("SET ROLE app; CREATE TABLE t (id serial); RESET ROLE");
    assert_eq!(database.table("t").owner, Some("app".into()));
    database.run(
        "SET SESSION AUTHORIZATION 'other'; CREATE TABLE u (); SET SESSION AUTHORIZATION DEFAULT",
    );
    assert_eq!(database.table("u").owner, Some("other".into()));
    assert_eq!(database.session.role, None);
}

#[test]
fn statements_about_rows_leave_the_schema() {
    let mut database = Database::after("CREATE TABLE t (a int)");
    let written = |statement| Change::Data {
        statement,
        table: Some(QName::new("public", "t")),
    };
    assert_eq!(database.run("INSERT INTO t SELECT 1"), [written("INSERT")]);
    assert_eq!(database.run("UPDATE t SET a = 2"), [written("UPDATE")]);
    assert_eq!(
        database.run("WITH x AS (SELECT 1) DELETE FROM t"),
        [written("DELETE")]
    );
    assert_eq!(database.run("TRUNCATE t"), [written("TRUNCATE")]);
    assert_eq!(database.run("VACUUM ANALYZE t"), [Change::Nothing]);
    assert_eq!(
        database.run("SELECT setval('s', 3)"),
        [Change::Data {
            statement: "SELECT",
            table: None
        }]
    );
}

#[test]
fn a_block_of_plain_statements_is_what_they_are() {
    let mut database =
        Database::after("CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (u int)");
    let guarded = "DO $$ BEGIN
        ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (u) REFERENCES u (id);
        EXCEPTION WHEN duplicate_object THEN null; END $$;";
    database.run(guarded);
    assert_eq!(database.constraints("t"), ["fk"]);
    assert_eq!(database.run(guarded), [Change::Nothing]);
    let unknown = database.run("DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$");
    assert!(matches!(unknown[..], [Change::Unknown { .. }]));
    let conditional = database.run("DO $$ BEGIN IF true THEN DROP TABLE t; END IF; END $$");
    assert!(matches!(conditional[..], [Change::Unknown { .. }]));
}

#[test]
fn a_statement_that_does_not_parse_is_refused() {
    let mut database = Database::of_major(16);
    assert!(
        database
            .refuses("CREATE TABLE t (a int,, b int)")
            .starts_with("syntax error")
    );
    assert!(
        database
            .refuses("CREATE TABEL t (a int)")
            .starts_with("syntax error")
    );
}
