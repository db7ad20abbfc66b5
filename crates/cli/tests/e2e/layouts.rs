//! Which layout a folder is taken for, and why.

use crate::{
    harness::{Project, database},
    tools::{LOCK, TOOLS, Tool},
};

/// A folder that fits segue's own layout, Prisma's and Drizzle's.
fn ambiguous() -> Project {
    let project = Project::new();
    project.migration("20240101000001_one", "CREATE TABLE one (id int);");
    project
}

#[test]
fn without_any_evidence_the_folder_is_segues_own() {
    let Some(db) = database() else { return };
    ambiguous()
        .on(&db, &["status"])
        .exits(2)
        .says("(layout segue: the default for names of this form)");
}

#[test]
fn a_history_in_the_database_outweighs_the_default() {
    let Some(db) = database() else { return };
    let project = ambiguous();
    project
        .on(&db, &["deploy", "--layout", "prisma"])
        .exits(0)
        .says("(layout prisma: --layout)");
    db.sql("COMMENT ON TABLE _prisma_migrations IS NULL");
    project
        .on(&db, &["status"])
        .exits(0)
        .says("(layout prisma: the history table of Prisma Migrate in the database)");
}

#[test]
fn a_marker_outweighs_a_history_in_the_database() {
    let Some(db) = database() else { return };
    let project = ambiguous();
    project.on(&db, &["deploy", "--layout", "prisma"]).exits(0);
    db.sql("COMMENT ON TABLE _prisma_migrations IS NULL");
    project.file("drizzle.config.ts", "export default {}\n");
    project
        .on(&db, &["status"])
        .exits(2)
        .says("(layout drizzle-v1: drizzle.config.ts above it)");
}

#[test]
fn segue_toml_outweighs_a_marker() {
    let Some(db) = database() else { return };
    let project = ambiguous();
    project
        .file("migrations/migration_lock.toml", LOCK)
        .on(&db, &["status"])
        .exits(2)
        .says("(layout prisma: migration_lock.toml)");
    project
        .file("segue.toml", "\nlayout = \"segue\"\n")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout segue: segue.toml:2)");
}

#[test]
fn a_flag_outweighs_segue_toml() {
    let Some(db) = database() else { return };
    ambiguous()
        .file("segue.toml", "layout = \"segue\"\n")
        .on(&db, &["status", "--layout", "prisma"])
        .exits(2)
        .says("(layout prisma: --layout)");
}

#[test]
fn the_layout_of_each_tool_is_found_and_the_reason_is_printed() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        let outcome = project.on(&db, &["status"]).exits(2);
        let choice = format!("(layout {}: ", tool.layout());
        let outcome = outcome.says(&choice);
        assert_eq!(outcome.err.matches("(layout ").count(), 1, "{outcome}");
    }
}

#[test]
fn cargo_toml_tells_a_folder_of_sqlx() {
    let Some(db) = database() else { return };
    Project::new()
        .file("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n")
        .file("migrations/1_one.sql", "CREATE TABLE one (id int);")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout sqlx: ");
}

#[test]
fn markers_of_two_tools_in_one_folder_are_refused() {
    let Some(db) = database() else { return };
    ambiguous()
        .file("schema.prisma", "")
        .file("drizzle.config.ts", "")
        .on(&db, &["deploy"])
        .exits(1)
        .says("markers of more than one migration tool")
        .says("schema.prisma")
        .says("drizzle.config.ts")
        .says("--layout prisma");
    db.is_untouched();
}

#[test]
fn histories_of_two_tools_that_would_both_fit_are_refused() {
    let Some(db) = database() else { return };
    let project = ambiguous();
    project.on(&db, &["deploy", "--layout", "prisma"]).exits(0);
    db.sql("DROP SCHEMA IF EXISTS segue CASCADE; DROP TABLE one");
    project
        .on(
            &db,
            &[
                "baseline",
                "--layout",
                "drizzle-v1",
                "--to",
                "20240101000001",
            ],
        )
        .exits(0);
    db.sql("DROP SCHEMA IF EXISTS segue CASCADE");
    project
        .on(&db, &["status"])
        .exits(1)
        .says("histories of more than one tool")
        .says("--layout prisma or --layout drizzle-v1");
}

#[test]
fn an_unknown_layout_is_refused_with_those_that_there_are() {
    let Some(db) = database() else { return };
    ambiguous()
        .on(&db, &["status", "--layout", "liquibase"])
        .exits(1)
        .says("`liquibase` (--layout) is no layout")
        .says("segue, prisma, drizzle, drizzle-v1, diesel, sqlx, golang-migrate, goose, dbmate, flyway, refinery");
}

#[test]
fn the_choice_is_kept_and_does_not_change_silently() {
    let Some(db) = database() else { return };
    let project = ambiguous();
    project.on(&db, &["deploy"]).exits(0);
    assert_eq!(
        db.sql("SELECT split_part(split_part(obj_description(c.oid), ', because of ', 1), 'layout ', 2) FROM pg_class c WHERE obj_description(c.oid) LIKE 'segue: %'"),
        "segue"
    );
    project.file("migrations/migration_lock.toml", LOCK);
    for command in ["status", "deploy", "baseline"] {
        project
            .on(&db, &[command])
            .exits(1)
            .says("deployed with the layout segue")
            .says("migration_lock.toml")
            .says("--layout prisma");
    }
    assert_eq!(db.relations("public"), "one");
    project.on(&db, &["status", "--layout", "segue"]).exits(0);
}

#[test]
fn the_choice_of_every_tool_is_kept() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        project.on(&db, &["deploy"]).exits(0);
        let kept = db.sql("SELECT split_part(split_part(obj_description(c.oid), ', because of ', 1), 'layout ', 2) FROM pg_class c WHERE obj_description(c.oid) LIKE 'segue: %'");
        assert_eq!(kept, tool.layout());
        let reason = db.sql("SELECT split_part(obj_description(c.oid), ', because of ', 2) FROM pg_class c WHERE obj_description(c.oid) LIKE 'segue: %'");
        assert!(!reason.is_empty());
    }
}

#[test]
fn files_that_are_not_used_are_reported() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        project.file(format!("{}/notes.txt", tool.folder()), "remember the milk");
        let outcome = project
            .on(&db, &["status"])
            .exits(2)
            .says("note: notes.txt:");
        assert!(!outcome.err.contains("milk"));
        let document = project.on(&db, &["status", "--json"]).exits(2).json();
        let unused = document["not_used"].as_array().unwrap();
        assert!(unused.iter().any(|note| note["path"] == "notes.txt"));
    }
}

#[test]
fn a_loose_sql_file_is_reported_and_not_run() {
    for tool in [Tool::Segue, Tool::Prisma, Tool::Drizzle, Tool::Diesel] {
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);");
        project.file(
            format!("{}/0009_loose.sql", tool.folder()),
            "CREATE TABLE loose (id int);",
        );
        project
            .on(&db, &["deploy"])
            .exits(0)
            .says("note: 0009_loose.sql:");
        assert!(!db.relations("public").contains("loose"), "{tool:?}");
    }
}

#[test]
fn folders_of_tools_that_segue_does_not_read_are_refused_by_name() {
    let files = [
        (
            "sql-migrate",
            "1_one.sql",
            "-- +migrate Up\nCREATE TABLE one (id int);\n-- +migrate Down\nDROP TABLE one;\n",
        ),
        (
            "tern",
            "001_one.sql",
            "CREATE TABLE one (id int);\n---- create above / drop below ----\nDROP TABLE one;\n",
        ),
        (
            "node-pg-migrate",
            "1700000000000_one.sql",
            "-- Up Migration\nCREATE TABLE one (id int);\n-- Down Migration\nDROP TABLE one;\n",
        ),
        (
            "Liquibase",
            "001_one.sql",
            "--liquibase formatted sql\n--changeset a:1\nCREATE TABLE one (id int);\n",
        ),
    ];
    for (tool, name, text) in files {
        let Some(db) = database() else { return };
        Project::new()
            .file(format!("migrations/{name}"), text)
            .on(&db, &["deploy"])
            .exits(1)
            .says(&format!("migrations of {tool}"))
            .says("--layout");
        db.is_untouched();
    }
}

#[test]
fn two_migrations_of_one_version_are_refused() {
    let Some(db) = database() else { return };
    let sqlx = Project::new();
    sqlx.file("migrations/1_one.sql", "SELECT 1;")
        .file("migrations/1_two.sql", "SELECT 2;")
        .on(&db, &["deploy"])
        .exits(1)
        .says("have the same version, 1");
    let diesel = Tool::Diesel.project();
    diesel
        .file("migrations/2024-01-01-000001_one/up.sql", "SELECT 1;")
        .file("migrations/20240101000001_two/up.sql", "SELECT 2;")
        .on(&db, &["deploy"])
        .exits(1)
        .says("have the same version, 20240101000001");
    let drizzle = Tool::Drizzle.project();
    Tool::Drizzle.write(&drizzle, 1, "one", "SELECT 1;");
    Tool::Drizzle.write(&drizzle, 2, "two", "SELECT 2;");
    Tool::Drizzle.write_journal(&drizzle, |_| 1_704_067_200_000);
    drizzle
        .on(&db, &["deploy"])
        .exits(1)
        .says("have the same version, 1704067200000");
    db.is_untouched();
}

#[test]
fn two_folders_of_migrations_are_not_chosen_between() {
    let Some(db) = database() else { return };
    ambiguous()
        .file("prisma/migrations/20240101000001_one/migration.sql", "")
        .on(&db, &["deploy"])
        .exits(1)
        .says("more than one folder of migrations")
        .says("--dir");
    db.is_untouched();
}

#[test]
fn prisma_migrations_for_another_database_are_refused() {
    let Some(db) = database() else { return };
    ambiguous()
        .file("migrations/migration_lock.toml", "provider = \"mysql\"\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("written for mysql")
        .says("migration_lock.toml:1:1");
    db.is_untouched();
}

#[test]
fn a_prisma_folder_without_its_file_is_refused() {
    let Some(db) = database() else { return };
    let project = Tool::Prisma.project();
    Tool::Prisma.write(&project, 1, "one", "CREATE TABLE one (id int);");
    project
        .file("prisma/migrations/20240101000002_two/.keep", "")
        .on(&db, &["deploy"])
        .exits(1)
        .says("20240101000002_two` holds no migration.sql");
    db.is_untouched();
}

#[test]
fn a_go_module_tells_golang_migrates_files_from_those_of_sqlx() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file("migrations/000001_init.up.sql", "SELECT 1;\n")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout sqlx: the default");
    project
        .file("go.mod", "module example\n")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout golang-migrate: go.mod, and names of its form)");
    project
        .file("Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout sqlx: Cargo.toml names sqlx above it)");
    db.is_untouched();
}

#[test]
fn a_history_tells_golang_migrates_files_from_those_of_sqlx() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project.file("migrations/000001_init.up.sql", "SELECT 1;\n");
    db.sql(
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (1, false)",
    );
    project
        .on(&db, &["status"])
        .exits(0)
        .says("(layout golang-migrate: the history table of golang-migrate in the database)");
}

#[test]
fn simple_files_of_sqlx_are_not_run_in_a_go_module() {
    let Some(db) = database() else { return };
    let project = Project::new();
    project
        .file("go.mod", "module example\n")
        .file("migrations/000001_init.sql", "SELECT 1;\n")
        .on(&db, &["deploy"])
        .exits(1)
        .says("go.mod stands for a project in Go")
        .says("--layout sqlx");
    db.is_untouched();
    project.on(&db, &["deploy", "--layout", "sqlx"]).exits(0);
}

#[test]
fn what_the_files_say_outweighs_what_go_mod_names() {
    let Some(db) = database() else { return };
    Project::new()
        .file(
            "go.mod",
            "require (\n\tgithub.com/golang-migrate/migrate/v4 v4.18.1\n\tgithub.com/pressly/goose/v3 v3.24.0\n)\n",
        )
        .file("db/migrations/1_one.sql", "-- +goose Up\nSELECT 1;\n")
        .on(&db, &["status"])
        .exits(2)
        .says("(layout goose: the lines `-- +goose` in its files)");
}
