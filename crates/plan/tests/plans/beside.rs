//! Which plans have nothing to do with each other.

use segue_catalog::{Catalog, Session};
use segue_plan::{Facts, Plan, Policy, Script, Strategy, plan};
use segue_sql::Source;

const SCHEMA: &str = "CREATE SCHEMA app; CREATE SCHEMA other; \
     CREATE TYPE app.state AS ENUM ('new', 'old'); \
     CREATE TABLE app.users (id bigint PRIMARY KEY, name text, state app.state); \
     CREATE TABLE app.posts (id bigint PRIMARY KEY, author bigint, title text, state app.state); \
     CREATE TABLE app.tags (id bigint PRIMARY KEY, label text, post bigint REFERENCES app.posts); \
     CREATE TABLE other.users (id bigint PRIMARY KEY, name text); \
     CREATE TABLE app.\"Odd One\" (id bigint PRIMARY KEY, name text); \
     CREATE FUNCTION app.slug(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)'; \
     CREATE VIEW app.authors AS SELECT id, name FROM app.users;";

/// What a migration is planned as on that schema, every table large and in use.
fn planned(sql: &str) -> (Plan, Vec<Script>) {
    let mut catalog = Catalog::empty(15);
    let mut session = Session::default();
    let schema = Source::new("schema.sql", SCHEMA);
    Script::of_schema(&schema, &mut catalog, &mut session).expect("it is cut");
    let migration = Source::new("migration.sql", sql);
    let script = Script::loose(&migration, &mut catalog, &mut session).expect("it is cut");
    let scripts = vec![script];
    let plan = plan(
        &scripts,
        &Facts::default(),
        &Policy::default(),
        Strategy::Online,
    );
    (
        plan.unwrap_or_else(|problems| panic!("{sql}: {problems:?}")),
        scripts,
    )
}

#[track_caller]
fn shared(open: &str, later: &str) -> Option<String> {
    let (open, _) = planned(open);
    let (later, scripts) = planned(later);
    open.shares(&later, &scripts)
}

#[test]
fn what_is_about_other_tables_may_be_deployed() {
    let open = "UPDATE app.users SET name = upper(name);";
    for later in [
        "ALTER TABLE app.posts ADD COLUMN slug text;",
        "CREATE INDEX ON app.posts (title);",
        "ALTER TABLE app.posts RENAME COLUMN title TO headline;",
        "CREATE TABLE app.fresh (id bigint PRIMARY KEY, post bigint REFERENCES app.posts);",
        "DROP TABLE app.tags;",
        "DROP TYPE IF EXISTS app.gone;",
    ] {
        assert_eq!(shared(open, later), None, "{later}");
    }
}

#[test]
fn what_is_about_the_same_table_may_not() {
    let open = "UPDATE app.users SET name = upper(name);";
    for (later, about) in [
        ("ALTER TABLE app.users ADD COLUMN slug text;", "app.users"),
        ("CREATE INDEX ON app.users (name);", "app.users"),
        (
            "ALTER TABLE app.posts ADD FOREIGN KEY (author) REFERENCES app.users;",
            "app.users",
        ),
        (
            "CREATE VIEW app.names AS SELECT name FROM app.users;",
            "users",
        ),
        // names are compared without their schema
        ("ALTER TABLE other.users ADD COLUMN slug text;", "users"),
        // of the text of a function nothing is known but its words
        (
            "CREATE FUNCTION app.f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM app.users; END';",
            "users",
        ),
    ] {
        let shared = shared(open, later);
        assert!(
            shared.as_deref().is_some_and(|what| what.ends_with(about)),
            "{later}: {shared:?}"
        );
    }
}

#[test]
fn other_objects_count_by_their_names() {
    let of_type = "ALTER TYPE app.state ADD VALUE 'gone';";
    assert_eq!(
        shared(
            of_type,
            "CREATE TABLE app.fresh (id bigint, state app.state);"
        )
        .as_deref(),
        Some("state")
    );
    assert_eq!(shared(of_type, "CREATE TABLE app.fresh (id bigint);"), None);
    let by_function = "UPDATE app.users SET name = app.slug(name);";
    assert_eq!(
        shared(by_function, "DROP FUNCTION app.slug(text);").as_deref(),
        Some("slug")
    );
    let odd = "UPDATE app.\"Odd One\" SET name = upper(name);";
    assert!(shared(odd, "ALTER TABLE app.\"Odd One\" ADD COLUMN slug text;").is_some());
    assert_eq!(
        shared(odd, "ALTER TABLE app.tags ADD COLUMN slug text;"),
        None
    );
}

#[test]
fn what_both_make_counts_and_so_does_what_one_makes_and_the_other_names() {
    let open =
        "CREATE TABLE app.fresh (id bigint PRIMARY KEY); UPDATE app.users SET name = upper(name);";
    assert_eq!(
        shared(open, "CREATE TABLE other.fresh (id bigint PRIMARY KEY);").as_deref(),
        Some("fresh")
    );
    assert_eq!(
        shared(open, "CREATE TABLE app.newer (id bigint PRIMARY KEY);"),
        None
    );
}

#[test]
fn a_schema_counts_where_it_is_made_changed_or_dropped() {
    let open = "UPDATE app.users SET name = upper(name);";
    assert_eq!(
        shared(open, "ALTER SCHEMA app OWNER TO postgres;").as_deref(),
        Some("app")
    );
    assert_eq!(shared(open, "CREATE SCHEMA IF NOT EXISTS newer;"), None);
    assert_eq!(
        shared(
            "CREATE SCHEMA newer;",
            "CREATE TABLE app.newer (id bigint);"
        )
        .as_deref(),
        Some("newer")
    );
}
