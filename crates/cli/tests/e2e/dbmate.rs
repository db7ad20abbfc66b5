//! dbmate: blocks, options, and the table that it shares its name of with other tools.

use crate::harness::{Database, Project, database};

const HISTORY: &str = "SELECT h::text FROM schema_migrations h ORDER BY 1";

fn one(text: &str) -> Project {
    let project = Project::new();
    project.file("db/migrations/20240101000001_one.sql", text);
    project
}

#[test]
fn only_the_up_block_runs_and_the_version_is_recorded() {
    let Some(db) = database() else { return };
    one("-- migrate:up\nCREATE TABLE one (id int);\n\n-- migrate:down\nDROP TABLE one;\n")
        .on(&db, &["deploy"])
        .exits(0)
        .says("(layout dbmate: the lines `-- migrate:up` in its files)");
    assert_eq!(db.relations("public"), "one schema_migrations");
    assert_eq!(db.sql(HISTORY), "(20240101000001)");
    let column = "SELECT concat_ws(' ', column_name, data_type, is_nullable) \
         FROM information_schema.columns WHERE table_name = 'schema_migrations'";
    assert_eq!(db.sql(column), "version character varying NO");
}

#[test]
fn transaction_false_runs_statement_by_statement() {
    let Some(db) = database() else { return };
    let text = "-- migrate:up transaction:false\nCREATE TABLE one (id int);\n\
                CREATE INDEX CONCURRENTLY one_id ON one (id);\nSELECT 1 / 0;\n-- migrate:down\n";
    let project = one(text);
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("statements 1–2 of 3");
    assert_eq!(db.sql(HISTORY), "");
    project
        .file(
            "db/migrations/20240101000001_one.sql",
            text.replace("1 / 0", "1"),
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql(HISTORY), "(20240101000001)");
    db.has_no_progress();
}

#[test]
fn a_second_up_block_is_refused_with_its_line() {
    let Some(db) = database() else { return };
    one("-- migrate:up\nSELECT 1;\n-- migrate:down\n-- migrate:up\nSELECT 2;\n-- migrate:down\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("20240101000001_one.sql:4:1")
        .says("a second `-- migrate:up`");
    db.is_untouched();
}

#[test]
fn a_file_without_a_down_block_is_run_and_reported() {
    let Some(db) = database() else { return };
    one("-- migrate:up\nCREATE TABLE one (id int);\n")
        .on(&db, &["deploy"])
        .exits(0)
        .says("note: 20240101000001_one.sql: has no `-- migrate:down`");
}

#[test]
fn the_table_of_another_tool_is_not_written_to() {
    let Some(db) = database() else { return };
    db.sql("CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)");
    one("-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("has the columns of golang-migrate, not of dbmate")
        .says("history.table");
    assert_eq!(db.relations("public"), "schema_migrations");
}

#[test]
fn the_history_of_rails_is_not_taken_for_an_empty_one() {
    let Some(db) = database() else { return };
    db.sql(
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
         INSERT INTO schema_migrations VALUES ('20200101000000')",
    );
    one("-- migrate:up\nCREATE TABLE one (id int);\n-- migrate:down\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("not on disk: 20200101000000");
    assert_eq!(db.relations("public"), "schema_migrations");
}

/// A change of a table with rows is expanded, and dbmate takes its version back, as `dbmate rollback` does.
fn taken_back(db: &Database, change: &str) -> Project {
    let project = one(
        "-- migrate:up\nCREATE TABLE one (id int, name text);\n-- migrate:down\nDROP TABLE one;\n",
    );
    project.on(db, &["deploy"]).exits(0);
    db.sql("INSERT INTO one SELECT g, 'n' FROM generate_series(1, 2000) g");
    project.file(
        "db/migrations/20240101000002_two.sql",
        format!("-- migrate:up\nALTER TABLE one {change};\n-- migrate:down\n"),
    );
    project.on(db, &["deploy"]).exits(0);
    db.sql("DELETE FROM schema_migrations WHERE version = '20240101000002'");
    project
}

#[test]
fn what_the_tool_has_taken_back_is_not_contracted() {
    let Some(db) = database() else { return };
    let project = taken_back(&db, "DROP COLUMN name");
    for command in ["contract", "deploy"] {
        project
            .on(&db, &[command])
            .exits(1)
            .says("20240101000002_two is expanded, and the history")
            .says("does not have it any more")
            .says("segue resolve --applied 20240101000002_two");
    }
    assert_eq!(db.sql("SELECT count(name) FROM one"), "2000");
    project
        .on(&db, &["status"])
        .prints("the history does not have it any more");
    project
        .on(&db, &["resolve", "--applied", "20240101000002_two"])
        .exits(0);
    project.on(&db, &["contract"]).exits(0);
    assert_eq!(db.sql(HISTORY), "(20240101000001)\n(20240101000002)");
}

#[test]
fn what_the_tool_has_taken_back_is_rolled_back() {
    let Some(db) = database() else { return };
    let project = taken_back(&db, "RENAME COLUMN name TO title");
    project.on(&db, &["rollback"]).exits(0);
    project
        .on(&db, &["status"])
        .prints("rolled back 20240101000002_two");
    assert_eq!(db.sql("SELECT count(name) FROM one"), "2000");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql("SELECT count(title) FROM one"), "2000");
}
