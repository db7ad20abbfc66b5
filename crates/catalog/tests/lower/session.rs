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
    let unknown = database.run("DO $$ BEGIN EXECUTE 'DROP TABLE ' || 't'; END $$");
    assert!(matches!(unknown[..], [Change::Unknown { .. }]));
}

/// What is behind `lower/session/block/` is tried on servers in `crates/segue/tests/model/majors/blocks.sql`: here is
/// what must not be followed.
#[test]
fn a_block_whose_effect_is_not_certain_is_unknown() {
    let start = "CREATE TABLE t (id int, n int); CREATE VIEW v AS SELECT 1 AS a; CREATE EXTENSION postgis; \
                 CREATE FUNCTION makes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE x (); RETURN 1; END $$";
    for body in [
        // rows, roles and settings decide
        "IF EXISTS (SELECT FROM t) THEN DROP TABLE t; END IF",
        "IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'a') THEN CREATE TABLE a (); END IF",
        "IF current_setting('a.b', true) = 'c' THEN RETURN; END IF; DROP TABLE t",
        // what an extension has brought is not known
        "IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'topology') THEN CREATE TABLE a (); END IF",
        // the server's own objects are not in the model
        "IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'tables') THEN CREATE TABLE a (); END IF",
        "IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'int4') THEN CREATE TABLE a (); END IF",
        "IF NOT EXISTS (SELECT FROM pg_type WHERE typname LIKE 'a%') THEN CREATE TABLE a (); END IF",
        "IF NOT EXISTS (SELECT FROM pg_class WHERE relkind = 'S') THEN CREATE TABLE a (); END IF",
        // the columns of a view do not follow from its text
        "IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'v'::regclass AND attname = 'b') \
         THEN CREATE TABLE a (); END IF",
        // an aggregate has a row even where there is none
        "IF EXISTS (SELECT count(*) FROM pg_class WHERE relname = 'nothing') THEN DROP TABLE t; END IF",
        // it depends on rows how often it runs
        "FOR i IN 1..2 LOOP EXECUTE 'CREATE TABLE t' || i || ' ()'; END LOOP",
        "IF EXISTS (SELECT FROM t) THEN RAISE EXCEPTION 'no'; END IF; DROP TABLE t; \
         EXCEPTION WHEN OTHERS THEN null",
        "PERFORM makes()",
        "PERFORM set_config('search_path', 'a', false)",
        "SET search_path = a",
        "RAISE EXCEPTION 'no'",
        "DROP TABLE missing",
        "DROP TABLE missing; EXCEPTION WHEN unique_violation THEN null",
    ] {
        let mut database = Database::after(start);
        let changes = database.run(&format!("DO $$ BEGIN {body}; END $$"));
        assert!(
            matches!(changes[..], [Change::Unknown { .. }]),
            "{body}: {changes:?}"
        );
    }
}

#[test]
fn a_block_that_touches_only_rows_leaves_the_schema() {
    let mut database = Database::after("CREATE TABLE t (id int, n int)");
    for body in [
        "DECLARE r record; BEGIN FOR r IN SELECT id FROM t LOOP UPDATE t SET n = 1 WHERE id = r.id; END LOOP; END",
        "DECLARE n int; BEGIN n := 1; IF (SELECT count(*) FROM t) > n THEN RAISE EXCEPTION 'rows'; END IF; END",
        "BEGIN IF NOT EXISTS (SELECT FROM t WHERE id = 1) THEN INSERT INTO t VALUES (1, 2); END IF; END",
        "BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'a') THEN CREATE ROLE a; END IF; END",
    ] {
        let changes = database.run(&format!("DO $$ {body} $$"));
        let is_neutral = |change: &Change| matches!(change, Change::Data { .. } | Change::Nothing);
        assert!(changes.iter().all(is_neutral), "{body}: {changes:?}");
    }
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
