//! Folders of refinery. Checksums are those that refinery_cli 0.10.0 wrote for the same files.

use crate::harness::{Database, Project, database};

fn project() -> Project {
    let project = Project::new();
    project
        .file("Cargo.toml", "[dependencies]\nrefinery = \"0.9\"\n")
        .file("migrations/V1__first_one.sql", "create table a (id int);\n")
        .file(
            "migrations/sub/V002__b.sql",
            "create table b (id int);\r\ninsert into b values (1);",
        )
        .file("migrations/U3__late.sql", "create table u (id int);\n")
        .file("migrations/V10__c.sql", "create table c (id int); -- 'é'\n");
    project
}

fn rows(db: &Database) -> String {
    db.sql(
        "SELECT concat_ws('|', version, name, checksum, applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$') \
         FROM refinery_schema_history ORDER BY version",
    )
}

#[test]
fn the_history_has_the_rows_that_refinery_writes() {
    let Some(db) = database() else { return };
    let project = project();
    project
        .on(&db, &["deploy"])
        .exits(0)
        .says("(layout refinery: Cargo.toml names refinery above it)");
    let expected = "1|first_one|6438416677097836082|t\n\
         2|b|10902054845292148402|t\n\
         3|late|9579745638102443318|t\n\
         10|c|536272983636172718|t";
    assert_eq!(rows(&db), expected);
    project.on(&db, &["deploy"]).exits(0).prints("up to date");
    assert_eq!(rows(&db), expected);
}

#[test]
fn an_edited_or_renamed_migration_is_refused() {
    let Some(db) = database() else { return };
    let project = project();
    project.on(&db, &["deploy"]).exits(0);
    project.file(
        "migrations/V1__first_one.sql",
        "create table a (id int8);\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("`V1__first_one` was changed");
    project
        .remove("migrations/V1__first_one.sql")
        .file("migrations/V1__first.sql", "create table a (id int);\n");
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("`V1__first` was changed");
}

#[test]
fn code_is_refused_at_the_plan() {
    let Some(db) = database() else { return };
    let project = project();
    project
        .file(
            "migrations/V11__code.rs",
            "pub fn migration() -> String { String::new() }",
        )
        .file("migrations/mod.rs", "refinery::embed_migrations!();")
        .file("migrations/notes.txt", "");
    project
        .on(&db, &["deploy", "--dry-run"])
        .exits(1)
        .says("note: notes.txt: not a migration")
        .never_says("mod.rs")
        .says("`V11__code` is code, which segue does not run")
        .says("--to V10__c");
    db.is_untouched();
    project.on(&db, &["deploy", "--to", "V10__c"]).exits(0);
    db.sql("INSERT INTO refinery_schema_history VALUES (11, 'code', '2026-01-01T00:00:00Z', '17')");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn versions_of_64_bits_have_a_table_and_checksums_of_their_own() {
    let Some(db) = database() else { return };
    let project = project();
    project.on(&db, &["deploy"]).exits(0);
    let usual = rows(&db);
    db.sql("DROP TABLE refinery_schema_history, a, b, c, u");
    project
        .file("migrations/V20240101120000__timed.sql", "SELECT 1;")
        .on(&db, &["deploy"])
        .exits(0);
    assert_ne!(rows(&db).lines().next(), usual.lines().next());
    assert_eq!(
        db.sql("SELECT pg_typeof(version) FROM refinery_schema_history LIMIT 1"),
        "bigint"
    );
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn names_that_flyway_and_refinery_share_are_flyways_without_a_marker() {
    let Some(db) = database() else { return };
    let shared = Project::new();
    shared
        .file("migrations/V1__one.sql", "CREATE TABLE one (id int);")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout flyway: the default for names of this form)");
    shared.on(&db, &["deploy", "--layout", "refinery"]).exits(0);
    db.sql("COMMENT ON TABLE refinery_schema_history IS NULL");
    shared
        .on(&db, &["status"])
        .exits(0)
        .says("(layout refinery: the history table of refinery in the database)");
    shared
        .file("flyway.conf", "")
        .file("refinery.toml", "")
        .on(&db, &["status"])
        .exits(1)
        .says("markers of more than one migration tool");
}
