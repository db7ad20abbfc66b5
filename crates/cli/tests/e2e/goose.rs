//! goose: its annotations, its history, and what only its own program can run.

use crate::harness::{Database, Outcome, Project, database};

const HISTORY: &str =
    "SELECT concat_ws(' ', id, version_id, is_applied) FROM goose_db_version ORDER BY id";

/// A project with one file.
fn one(text: &str) -> Project {
    let project = Project::new();
    project.file("migrations/00001_one.sql", text);
    project
}

fn deploy(db: &Database, text: &str) -> Outcome {
    one(text).on(db, &["deploy"])
}

#[test]
fn the_history_is_gooses_and_begins_with_version_0() {
    let Some(db) = database() else { return };
    deploy(&db, "-- +goose Up\nCREATE TABLE one (id int);\n").exits(0);
    assert_eq!(db.sql(HISTORY), "1 0 t\n2 1 t");
    let columns = "SELECT string_agg(concat_ws(' ', column_name, data_type, is_nullable, column_default, \
         is_identity, identity_generation), ', ' ORDER BY ordinal_position) \
         FROM information_schema.columns WHERE table_name = 'goose_db_version'";
    assert_eq!(
        db.sql(columns),
        "id integer NO YES BY DEFAULT, version_id bigint NO NO, is_applied boolean NO NO, \
         tstamp timestamp without time zone NO now() NO"
    );
}

#[test]
fn the_last_row_of_a_version_decides() {
    let Some(db) = database() else { return };
    let project = one("-- +goose Up\nCREATE TABLE IF NOT EXISTS one (id int);\n");
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, false)");
    project
        .on(&db, &["status"])
        .exits(2)
        .prints("pending  00001_one");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(HISTORY), "1 0 t\n2 1 t\n3 1 f\n4 1 t");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn only_the_up_part_runs_and_a_block_is_one_statement() {
    let Some(db) = database() else { return };
    let text = "-- +goose Up\nCREATE TABLE one (id int);\n-- +goose StatementBegin\n\
                CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 2;\nEND;\n$$;\n\
                -- +goose StatementEnd\nINSERT INTO one VALUES (two());\n\n\
                -- +goose Down\nDROP TABLE one;\nDROP FUNCTION two;\n";
    deploy(&db, text).exits(0);
    assert_eq!(db.sql("SELECT id FROM one"), "2");
    assert_eq!(db.sql("SELECT two()"), "2");
}

#[test]
fn a_migration_without_transaction_goes_on_where_it_stopped() {
    let Some(db) = database() else { return };
    let text = "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE TABLE one (id int);\n\
                CREATE INDEX CONCURRENTLY one_id ON one (id);\nSELECT 1 / 0;\n";
    let project = one(text);
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("statements 1–2 of 3 of `00001_one` are committed");
    assert_eq!(db.sql(HISTORY), "1 0 t");
    project
        .file("migrations/00001_one.sql", text.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.sql(HISTORY), "1 0 t\n2 1 t");
    db.has_no_progress();
}

#[test]
fn variables_are_put_in_and_never_shown() {
    let Some(db) = database() else { return };
    let project = one(
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE one AS SELECT '${THE_WORD}' AS a, '${OTHER:-x}' AS b;\n\
                       -- +goose ENVSUB OFF\nINSERT INTO one VALUES ('$THE_WORD', '');\n",
    );
    let arguments = ["deploy", "--url", db.url.as_str()];
    let plan = [&arguments[..], &["--dry-run", "--verbose"]].concat();
    project
        .segue_with(&[("THE_WORD", "parole")], &plan)
        .exits(0)
        .prints("SELECT '******' AS a, 'x' AS b")
        .never_says("parole");
    project
        .segue_with(&[("THE_WORD", "parole")], &arguments)
        .exits(0);
    assert_eq!(db.sql("SELECT a, b FROM one"), "parole|x\n$THE_WORD|");
}

#[test]
fn variables_may_stand_in_dotenv_and_the_environment_goes_first() {
    for (variables, wanted) in [
        (&[][..], "file"),
        (&[("THE_WORD", "process")][..], "process"),
    ] {
        let Some(db) = database() else { return };
        one("-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE one AS SELECT '${THE_WORD}' AS a;\n")
            .file(".env", "THE_WORD=file\n")
            .segue_with(variables, &["deploy", "--url", &db.url])
            .exits(0);
        assert_eq!(db.sql("SELECT a FROM one"), wanted);
    }
}

#[test]
fn a_failing_statement_is_shown_without_the_values_in_it() {
    let Some(db) = database() else { return };
    let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${THE_WORD}', nothing;\n";
    one(text)
        .segue_with(&[("THE_WORD", "parole")], &["deploy", "--url", &db.url])
        .exits(1)
        .says("00001_one.sql:3:18")
        .says("SELECT '******', nothing")
        .never_says("parole");
}

#[test]
fn a_variable_that_is_not_set_is_said() {
    let Some(db) = database() else { return };
    deploy(
        &db,
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE one AS SELECT '${THE_WORD}' AS a;\n",
    )
    .exits(0)
    .says("note: 00001_one.sql: the variable THE_WORD is not set");
    assert_eq!(db.sql("SELECT a FROM one"), "");
}

#[test]
fn a_variable_that_must_be_set_is_wanted_until_the_migration_is_applied() {
    let Some(db) = database() else { return };
    let project = one(
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE one AS SELECT '${THE_WORD?is secret}' AS a;\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("00001_one.sql:3:1")
        .says("$THE_WORD: is secret");
    db.is_untouched();
    project
        .segue_with(&[("THE_WORD", "parole")], &["deploy", "--url", &db.url])
        .exits(0);
    project.on(&db, &["status"]).exits(0);
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
}

#[test]
fn a_migration_in_go_is_refused_with_the_command_that_runs_it() {
    let Some(db) = database() else { return };
    let project = one("-- +goose Up\nCREATE TABLE one (id int);\n");
    project
        .file(
            "migrations/00002_code.go",
            "package migrations // it's \"open\n",
        )
        .file("migrations/00002_code_test.go", "package migrations\n")
        .file(
            "migrations/00003_three.sql",
            "-- +goose Up\nCREATE TABLE three (id int);\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("`00002_code` is code")
        .says("--to 00001_one")
        .says("`goose up-to 2`")
        .says("note: 00002_code_test.go:");
    db.is_untouched();
    project.on(&db, &["deploy", "--to", "00001_one"]).exits(0);
    // What goose records when its own build runs the code.
    db.sql("INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, true)");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(HISTORY), "1 0 t\n2 1 t\n3 2 t\n4 3 t");
}

#[test]
fn what_goose_stops_at_is_refused_before_anything_runs() {
    let Some(db) = database() else { return };
    one("-- +goose Up\nCREATE TABLE one (id int);\n")
        .file(
            "migrations/00002_two.sql",
            "-- +goose Up\nCREATE TABLE two (id int)\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("00002_two.sql:2:1")
        .says("no semicolon at the end of a line");
    db.is_untouched();
}

#[test]
fn goose_locks_of_old_and_new_versions_are_waited_for() {
    for key in ["4097083626", "5887940537704921958"] {
        let Some(db) = database() else { return };
        let project = one("-- +goose Up\nCREATE TABLE one (id int);\n");
        let holder = db.session(&format!("SELECT pg_advisory_lock({key});\n"));
        crate::harness::eventually("the lock is held", || {
            db.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted") == "1"
        });
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("the project's own migration tool is running");
        let mut waiting = project.start_on(&db, &["deploy", "--wait", "60s"]);
        waiting.until_it_says("waiting");
        assert_eq!(db.relations("public"), "");
        holder.end();
        waiting.wait().exits(0);
    }
}

#[test]
fn gooses_own_variable_names_the_table() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA kept");
    let project = one("-- +goose Up\nCREATE TABLE one (id int);\n");
    let url = db.url.as_str();
    let variable = [("GOOSE_TABLE", "kept.versions")];
    project
        .segue_with(&variable, &["deploy", "--url", url])
        .exits(0);
    assert_eq!(db.relations("kept"), "versions");
    assert_eq!(db.relations("public"), "one");
    project.on(&db, &["deploy"]).exits(1).says("no history");
    project
        .file(".env", "GOOSE_TABLE=kept.versions\n")
        .on(&db, &["status"])
        .exits(0);
    // What segue.toml says counts more.
    project
        .file(
            "segue.toml",
            "[history]\nschema = \"public\"\ntable = \"mine\"\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("no row in \"public\".\"mine\"");
}

#[test]
fn a_new_migration_goes_on_with_the_numbers_in_use() {
    let project = one("-- +goose Up\nSELECT 1;\n");
    project
        .segue(&["new", "Add phone"])
        .exits(0)
        .prints("migrations/00002_add_phone.sql");
    assert_eq!(
        project.text("migrations/00002_add_phone.sql"),
        "-- +goose Up\n\n\n-- +goose Down\n"
    );
}
