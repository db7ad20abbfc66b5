//! One migration, one transaction: what a failure leaves, and what must not be in a migration.

use crate::{
    harness::{Database, Outcome, Project, database},
    tools::{TOOLS, Tool},
};

/// Deploys one migration of segue's own layout.
fn deploy(db: &Database, sql: &str) -> Outcome {
    let project = Project::new();
    project.migration("20240101000001_one", sql);
    project.on(db, &["deploy"])
}

#[test]
fn a_failing_statement_leaves_nothing_of_its_migration_in_any_layout() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        tool.write(
            &project,
            2,
            "two",
            "CREATE TABLE two (id int);\nINSERT INTO nowhere VALUES (1);\n",
        );
        tool.write(&project, 3, "three", "CREATE TABLE three (id int);");
        let name = tool.name(2, "two");
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("relation \"nowhere\" does not exist")
            .says(&format!("nothing of `{name}` is committed"))
            .says("1 migration applied before the failure")
            .says("run the same command again");
        assert_eq!(tool.relations(&db), "one", "{tool:?}");
        assert_eq!(tool.applied(&db), tool.key(1, "one"), "{tool:?}");
        assert_eq!(
            tool.rows(&db).lines().count(),
            tool.row_count(1),
            "{tool:?}"
        );
        tool.write(&project, 2, "two", "CREATE TABLE two (id int);");
        project
            .on(&db, &["deploy"])
            .exits(0)
            .prints("2 migrations applied");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn a_begin_without_commit_is_committed_with_its_record() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_one", "BEGIN;\nCREATE TABLE one (id int);\n")
        .migration("20240101000002_two", "CREATE TABLE two (id int);\n")
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.relations("public"), "one two");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn a_failure_behind_a_begin_without_commit_leaves_nothing() {
    let Some(db) = database() else { return };
    deploy(&db, "BEGIN;\nCREATE TABLE one (id int);\nSELECT 1 / 0;\n")
        .exits(1)
        .says("division by zero");
    assert_eq!(db.relations("public"), "");
    assert_eq!(Tool::Segue.rows(&db), "");
}

#[test]
fn a_whole_file_in_begin_and_commit_is_one_transaction() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE one AS SELECT \
             current_setting('transaction_isolation') AS level;\nCOMMIT;\n",
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql("SELECT level FROM one"), "serializable");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn a_rollback_in_a_file_is_refused_with_its_line() {
    let Some(db) = database() else { return };
    for word in ["ROLLBACK", "ABORT"] {
        deploy(
            &db,
            &format!("BEGIN;\nCREATE TABLE one (id int);\n{word};\n"),
        )
        .exits(1)
        .says("takes back what it has done")
        .says("20240101000001_one/migration.sql:3:1");
    }
    assert_eq!(db.relations("public"), "");
}

#[test]
fn a_rollback_to_a_savepoint_is_run() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int);\nSAVEPOINT s;\nINSERT INTO one VALUES (1);\n\
         ROLLBACK TO SAVEPOINT s;\nINSERT INTO one VALUES (2);\n",
    )
    .exits(0);
    assert_eq!(db.sql("SELECT id FROM one"), "2");
}

#[test]
fn a_semicolon_in_dollar_quotes_does_not_end_a_statement() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$\nBEGIN\n  -- it's; fine\n  \
         RETURN 1; /* ; */\nEND;\n$body$;\nDO $$ BEGIN PERFORM f(); COMMIT; EXCEPTION WHEN OTHERS THEN NULL; END; $$;\n\
         CREATE TABLE one AS SELECT f() AS f, 'a;b' AS text, $$c;d$$ AS other, E'\\';' AS quote;\n",
    )
    .exits(0);
    assert_eq!(db.sql("SELECT * FROM one"), "1|a;b|c;d|';");
}

#[test]
fn a_function_with_a_sql_body_is_one_statement() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int);\nCREATE FUNCTION add(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC\n  \
         INSERT INTO one VALUES (i);\n  SELECT CASE WHEN i > 0 THEN 1 ELSE 2 END;\nEND;\nSELECT add(5);\n",
    )
    .exits(0);
    assert_eq!(db.sql("SELECT id FROM one"), "5");
}

#[test]
fn the_data_of_a_copy_is_sent() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int, text text);\nCOPY public.one (id, text) FROM stdin;\n1\tit's; fine\n\
         2\t\\N\n3\tb\\\\c\n\\.\n\nINSERT INTO one VALUES (4, 'after');\n",
    )
    .exits(0);
    assert_eq!(
        db.sql("SELECT id, coalesce(text, 'null') FROM one ORDER BY id"),
        "1|it's; fine\n2|null\n3|b\\c\n4|after"
    );
}

#[test]
fn bad_data_of_a_copy_leaves_nothing() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int);\nCOPY one FROM stdin;\n1\nx\n\\.\n",
    )
    .exits(1)
    .says("invalid input syntax for type integer: \"x\"")
    .says("line 2")
    .says("migration.sql:2:1");
    assert_eq!(db.relations("public"), "");
}

#[test]
fn the_lines_that_pg_dump_writes_for_psql_do_no_harm() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict abcDEF123\n\nSET statement_timeout = 0;\n\
         SELECT pg_catalog.set_config('search_path', '', false);\n\nCREATE TABLE public.one (id int);\n\n\
         \\unrestrict abcDEF123\n\n",
    )
    .exits(0);
    assert_eq!(db.relations("public"), "one");
}

#[test]
fn a_whole_dump_is_deployed() {
    let Some(db) = database() else { return };
    let other = database().unwrap();
    other.sql(
        "CREATE TYPE mood AS ENUM ('ok', 'bad'); CREATE TABLE t (id serial PRIMARY KEY, m mood); \
         CREATE VIEW v AS SELECT id FROM t; COMMENT ON TABLE t IS 'a; b'; \
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END;'; \
         CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    );
    let dump = other.cluster.dump_schema(&other.url, &[]).unwrap();
    // A newer pg_dump than the server writes a setting that the server does not know.
    deploy(&db, &dump.replace("SET transaction_timeout = 0;\n", "")).exits(0);
    let options = ["--exclude-schema=segue"];
    assert_eq!(db.cluster.dump_schema(&db.url, &options).unwrap(), dump);
}

#[test]
fn psqls_connect_is_refused_with_its_line() {
    let Some(db) = database() else { return };
    for command in ["connect other", "i other.sql", "! rm -rf /", "gexec"] {
        let name = command.split(' ').next().unwrap();
        deploy(
            &db,
            &format!("CREATE TABLE one (id int);\n\\{command}\nCREATE TABLE two (id int);\n"),
        )
        .exits(1)
        .says(&format!("\\{name} is a command of psql"))
        .says("migration.sql:2:1");
    }
    assert_eq!(db.relations("public"), "");
}

#[test]
fn a_new_enum_value_used_at_once_is_explained() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('ok')");
    deploy(
        &db,
        "ALTER TYPE app.mood ADD VALUE 'bad';\nCREATE TABLE one (m app.mood DEFAULT 'bad');\n",
    )
    .exits(1)
    .says("unsafe use of new value \"bad\"")
    .says("55P04")
    .says("put COMMIT behind it");
    assert_eq!(db.sql("SELECT enum_range(NULL::app.mood)"), "{ok}");
}

#[test]
fn a_new_enum_value_may_be_used_behind_a_commit() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('ok')");
    deploy(
        &db,
        "ALTER TYPE app.mood ADD VALUE 'bad';\nCOMMIT;\nCREATE TABLE one (m app.mood DEFAULT 'bad');\n",
    )
    .exits(0);
    assert_eq!(db.relations("public"), "one");
}

#[test]
fn a_deferred_constraint_that_fails_at_the_commit_leaves_nothing() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int PRIMARY KEY);\nCREATE TABLE two (id int REFERENCES one \
         DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO two VALUES (7);\n",
    )
    .exits(1)
    .says("`20240101000001_one` could not be committed")
    .says("violates foreign key constraint")
    .says("(id)=(7)")
    .says("nothing of `20240101000001_one` is committed");
    assert_eq!(db.relations("public"), "");
    assert_eq!(Tool::Segue.rows(&db), "");
}

#[test]
fn a_deferred_constraint_that_holds_at_the_end_is_no_hindrance() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int PRIMARY KEY);\nCREATE TABLE two (id int REFERENCES one \
         DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO two VALUES (7);\nINSERT INTO one VALUES (7);\n",
    )
    .exits(0);
}

#[test]
fn prepare_transaction_and_discard_all_are_refused() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "CREATE TABLE one (id int);\nPREPARE TRANSACTION 'mine';\n",
    )
    .exits(1)
    .says("cannot hand its transaction to somebody else");
    deploy(&db, "CREATE TABLE one (id int);\nDISCARD ALL;\n")
        .exits(1)
        .says("DISCARD ALL");
    assert_eq!(db.relations("public"), "");
}

#[test]
fn an_unterminated_text_is_refused_before_anything_runs() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration("20240101000001_one", "CREATE TABLE one (id int);")
        .migration("20240101000002_two", "SELECT 1;\nSELECT 'open;\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("20240101000002_two/migration.sql:2:8");
    db.is_untouched();
}

#[test]
fn to_deploys_only_up_to_a_migration() {
    let Some(db) = database() else { return };
    let project = Project::new();
    for name in ["one", "two", "three"] {
        let number = ["one", "two", "three"].iter().position(|n| *n == name);
        let folder = format!("2024010100000{}_{name}", number.unwrap());
        project.migration(&folder, &format!("CREATE TABLE {name} (id int);"));
    }
    project
        .on(&db, &["deploy", "--to", "20240101000001"])
        .exits(0)
        .prints("2 migrations applied");
    assert_eq!(db.relations("public"), "one two");
    project.on(&db, &["status"]).exits(2).prints("2 of 3");
}

#[test]
fn a_dry_run_shows_the_units_and_changes_nothing() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "CREATE TABLE one (id int);\nCREATE INDEX CONCURRENTLY i ON one (id);\n",
        )
        .on(&db, &["deploy", "--dry-run"])
        .exits(0)
        .prints("20240101000001_one")
        .prints("  transaction: 1 statement")
        .prints("  outside of a transaction: CREATE INDEX CONCURRENTLY: 1 statement")
        .prints("1 migration would be applied; nothing was changed");
    db.is_untouched();
}
