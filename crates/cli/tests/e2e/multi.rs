//! Migrations that cannot be one transaction: what is committed is known, and a deploy goes on behind it.

use crate::{
    harness::{Project, database},
    tools::{TOOLS, Tool},
};

const FAILING: &str = "CREATE TABLE one (id int);\nCREATE INDEX CONCURRENTLY i ON one (id);\n\
    INSERT INTO one VALUES (1);\nINSERT INTO nowhere VALUES (2);\nCREATE TABLE last (id int);\n";

#[test]
fn a_deploy_goes_on_behind_the_committed_statements_in_any_layout() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", FAILING);
        let name = tool.name(1, "one");
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("relation \"nowhere\" does not exist")
            .says(&format!("statements 1–2 of 5 of `{name}` are committed"))
            .says("it continues at statement 3");
        assert_eq!(tool.applied(&db), "", "{tool:?}");
        assert_eq!(db.sql("SELECT count(*) FROM one"), "0");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints(&format!("partial  {name}  2 of 5 statements committed"));
        // The cause is mended in the file, the committed statements stay as they are.
        tool.write(&project, 1, "one", &FAILING.replace("nowhere", "one"));
        project
            .on(&db, &["deploy"])
            .exits(0)
            .says("going on at statement 3");
        assert_eq!(db.sql("SELECT id FROM one ORDER BY 1"), "1\n2");
        assert!(db.relations("public").contains("last"));
        assert_eq!(tool.applied(&db), tool.key(1, "one"), "{tool:?}");
        db.has_no_progress();
        project.on(&db, &["status"]).exits(0);
        project.on(&db, &["deploy"]).exits(0).prints("up to date");
    }
}

#[test]
fn a_deploy_goes_on_when_the_cause_is_mended_in_the_database() {
    let Some(db) = database() else { return };
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", FAILING);
    project.on(&db, &["deploy"]).exits(1);
    let row = "SELECT concat_ws(' ', migration_name, finished_at IS NULL, rolled_back_at IS NULL, logs) \
         FROM _prisma_migrations";
    assert_eq!(
        db.sql(row),
        "20240101000001_one t t relation \"nowhere\" does not exist"
    );
    db.sql("CREATE TABLE nowhere (id int)");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql("SELECT id FROM nowhere"), "2");
    assert_eq!(db.sql(row), "20240101000001_one f t");
}

#[test]
fn committed_statements_must_not_be_edited_afterwards() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_one", FAILING);
    project.on(&db, &["deploy"]).exits(1);
    let edited = FAILING.replace("(id int);\nCREATE", "(id bigint);\nCREATE");
    project
        .migration("20240101000001_one", &edited)
        .on(&db, &["deploy"])
        .exits(1)
        .says("the first 2 statements of `20240101000001_one` are committed, and were changed")
        .says("segue resolve --rolled-back");
    assert_eq!(db.relations("public"), "one");
    // Comments and blanks between them are no change.
    let commented = FAILING
        .replace("CREATE INDEX", "\n-- why\nCREATE INDEX")
        .replace("nowhere", "one");
    project
        .migration("20240101000001_one", &commented)
        .on(&db, &["deploy"])
        .exits(0);
}

#[test]
fn statements_cut_from_the_end_are_noticed() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.migration("20240101000001_one", FAILING);
    project.on(&db, &["deploy"]).exits(1);
    project
        .migration("20240101000001_one", "CREATE TABLE one (id int);\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("were changed in the file");
    project
        .migration(
            "20240101000001_one",
            "CREATE TABLE one (id int);\nCREATE INDEX CONCURRENTLY i ON one (id);\n",
        )
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(Tool::Segue.applied(&db), "20240101000001_one");
}

#[test]
fn the_files_own_commits_are_where_it_is_cut() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let text = "BEGIN;\nCREATE TABLE one (id int);\nCOMMIT;\nBEGIN;\nCREATE TABLE two (id int);\n\
        SELECT 1 / 0;\nCOMMIT;\n";
    project.migration("20240101000001_one", text);
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("division by zero")
        .says("statements 1–3 of 7 of `20240101000001_one` are committed");
    assert_eq!(db.relations("public"), "one");
    project
        .migration("20240101000001_one", &text.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(db.relations("public"), "one two");
}

#[test]
fn a_failure_at_the_first_unit_of_many_leaves_no_trace() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        let text =
            "CREATE TABLE one (id int);\nSELECT 1 / 0;\nCREATE INDEX CONCURRENTLY i ON one (id);\n";
        tool.write(&project, 1, "one", text);
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("division by zero")
            .says("nothing of");
        assert!(!db.relations("public").ends_with("one"));
        db.has_no_progress();
        project
            .on(&db, &["status"])
            .exits(2)
            .prints("pending ")
            .prints("0 of 1");
        tool.write(&project, 1, "one", &text.replace("1 / 0", "1"));
        project.on(&db, &["deploy"]).exits(0);
        assert_eq!(tool.applied(&db), tool.key(1, "one"), "{tool:?}");
    }
}

#[test]
fn a_committed_part_is_forgotten_when_it_is_said_to_be_rolled_back() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", FAILING);
        project.on(&db, &["deploy"]).exits(1);
        db.sql("DROP TABLE one");
        let name = tool.name(1, "one");
        project
            .on(&db, &["resolve", "--rolled-back", &name])
            .exits(0);
        tool.write(&project, 1, "one", &FAILING.replace("nowhere", "one"));
        project
            .on(&db, &["deploy"])
            .exits(0)
            .never_says("going on at");
        assert_eq!(db.sql("SELECT count(*) FROM one"), "2", "{tool:?}");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn a_migration_of_sqlx_without_transaction_is_committed_statement_by_statement() {
    let Some(db) = database() else { return };
    let project = Project::new();
    let text = "-- no-transaction\nCREATE TABLE one (id int);\nCREATE TABLE two (id int);\nSELECT 1 / 0;\n";
    project.file("migrations/1_one.sql", text);
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("statements 1–2 of 3 of `1_one` are committed");
    assert_eq!(db.relations("public"), "_sqlx_migrations one two");
    assert_eq!(
        db.sql("SELECT version, success FROM _sqlx_migrations"),
        "1|f"
    );
    project
        .file("migrations/1_one.sql", text.replace("1 / 0", "1"))
        .on(&db, &["deploy"])
        .exits(0);
    assert_eq!(
        db.sql("SELECT version, success, execution_time > 0 FROM _sqlx_migrations"),
        "1|t|t"
    );
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn a_migration_of_diesel_without_transaction_is_committed_statement_by_statement() {
    let Some(db) = database() else { return };
    let project = Tool::Diesel.project();
    let text = "CREATE TABLE one (id int);\nCREATE TABLE two (id int);\nSELECT 1 / 0;\n";
    Tool::Diesel.write(&project, 1, "one", text);
    project.file(
        "migrations/2024-01-01-000001_one/metadata.toml",
        "run_in_transaction = false\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("statements 1–2 of 3 of `2024-01-01-000001_one` are committed");
    assert_eq!(Tool::Diesel.applied(&db), "");
    Tool::Diesel.write(&project, 1, "one", &text.replace("1 / 0", "1"));
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(Tool::Diesel.applied(&db), "20240101000001");
}

#[test]
fn an_index_left_invalid_by_duplicates_is_removed_and_built_again() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE app.one (id int); INSERT INTO app.one VALUES (1), (1)");
    let project = Project::new();
    project.migration(
        "20240101000001_one",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_id ON app.one (id);\n",
    );
    project
        .on(&db, &["deploy"])
        .exits(1)
        .says("could not create unique index \"one_id\"")
        .says("Key (id)=(1) is duplicated");
    let index =
        "SELECT count(*), bool_and(indisvalid) FROM pg_index WHERE indrelid = 'app.one'::regclass";
    assert_eq!(db.sql(index), "0|");
    db.sql("DELETE FROM app.one WHERE ctid = '(0,1)'");
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(db.sql(index), "1|t");
}

#[test]
fn an_invalid_index_that_somebody_else_left_is_replaced() {
    let Some(db) = database() else { return };
    db.sql("CREATE SCHEMA app; CREATE TABLE app.one (id int); INSERT INTO app.one VALUES (1), (1)");
    let broken = "CREATE UNIQUE INDEX CONCURRENTLY one_id ON app.one (id)";
    assert!(db.cluster.psql(&db.url, broken).is_err());
    db.sql("DELETE FROM app.one WHERE ctid = '(0,1)'");
    let project = Project::new();
    project
        .migration("20240101000001_one", &format!("{broken};\n"))
        .on(&db, &["deploy"])
        .exits(0)
        .says("dropped app.one_id");
    assert_eq!(
        db.sql("SELECT indisvalid FROM pg_index WHERE indrelid = 'app.one'::regclass"),
        "t"
    );
}

#[test]
fn a_statement_that_cannot_be_in_a_transaction_is_refused_between_begin_and_commit() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .migration(
            "20240101000001_one",
            "BEGIN;\nCREATE TABLE one (id int);\nVACUUM one;\nCOMMIT;\n",
        )
        .on(&db, &["deploy"])
        .exits(1)
        .says("VACUUM cannot run in the transaction that the file has begun")
        .says("migration.sql:3:1");
    db.is_untouched();
}
