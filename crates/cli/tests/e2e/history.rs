//! Histories that do not fit: none at all, edited, missing, late, failed.

use crate::{
    harness::{Project, database},
    tools::{TOOLS, Tool},
};

fn two(tool: Tool) -> Project {
    let project = tool.project();
    tool.write(&project, 1, "one", "CREATE TABLE one (id int);\n");
    tool.write(&project, 2, "two", "CREATE TABLE two (id int);\n");
    project
}

#[test]
fn a_database_with_tables_and_no_history_is_not_deployed_to() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        db.sql("CREATE TABLE one (id int)");
        let project = two(tool);
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("the database has tables, but no history")
            .says("found one,")
            .says("segue baseline");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints("segue baseline");
        assert_eq!(db.relations("public"), "one", "{tool:?}");
        assert_eq!(tool.applied(&db), "", "{tool:?}");
    }
}

#[test]
fn a_baseline_records_what_is_there_and_runs_nothing() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        db.sql("CREATE TABLE one (id int)");
        let project = two(tool);
        project
            .on(&db, &["baseline", "--to", &tool.name(1, "one")])
            .exits(0)
            .prints("1 migration recorded as applied; nothing was run");
        assert_eq!(tool.applied(&db), tool.key(1, "one"), "{tool:?}");
        project
            .on(&db, &["deploy"])
            .exits(0)
            .prints("1 migration applied");
        assert_eq!(tool.relations(&db), "one two", "{tool:?}");
        project.on(&db, &["status"]).exits(0);
        project
            .on(&db, &["baseline"])
            .exits(1)
            .says("has a history of migrations already")
            .says("segue resolve --applied");
    }
}

#[test]
fn a_baseline_without_a_name_records_everything() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        db.sql("CREATE TABLE one (id int); CREATE TABLE two (id int)");
        let project = two(tool);
        project
            .on(&db, &["baseline"])
            .exits(0)
            .prints("2 migrations recorded");
        project
            .on(&db, &["status"])
            .exits(0)
            .prints("up to date: 2 migrations applied");
        project.on(&db, &["deploy"]).exits(0).prints("up to date");
    }
}

#[test]
fn a_baseline_of_prisma_looks_as_prisma_resolve_leaves_it() {
    let Some(db) = database() else { return };
    two(Tool::Prisma).on(&db, &["baseline"]).exits(0);
    assert_eq!(
        db.sql(
            "SELECT migration_name, applied_steps_count, logs = '', finished_at = started_at, \
             rolled_back_at IS NULL, length(checksum) FROM _prisma_migrations ORDER BY 1"
        ),
        "20240101000001_one|0|t|t|t|64\n20240101000002_two|0|t|t|t|64"
    );
}

#[test]
fn resolve_applied_records_one_migration_and_makes_the_history() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        db.sql("CREATE TABLE one (id int)");
        let project = two(tool);
        let name = tool.name(1, "one");
        project
            .on(&db, &["resolve", "--applied", &name])
            .exits(0)
            .prints(&format!("{name} is recorded as applied"));
        assert_eq!(tool.applied(&db), tool.key(1, "one"), "{tool:?}");
        project.on(&db, &["deploy"]).exits(0);
        project
            .on(&db, &["resolve", "--applied", &name])
            .exits(1)
            .says("is recorded as applied already");
    }
}

#[test]
fn resolve_rolled_back_refuses_what_was_applied_and_what_never_began() {
    for tool in TOOLS {
        let Some(db) = database() else { return };
        let project = two(tool);
        let name = tool.name(1, "one");
        let arguments = ["resolve", "--rolled-back", name.as_str()];
        project.on(&db, &arguments).exits(1).says("was never begun");
        project.on(&db, &["deploy"]).exits(0);
        project
            .on(&db, &arguments)
            .exits(1)
            .says("was applied, it did not fail");
        assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
    }
}

#[test]
fn an_applied_migration_that_was_edited_is_refused_unless_allowed() {
    for tool in TOOLS {
        if !tool.keeps_checksums() {
            continue;
        }
        let Some(db) = database() else { return };
        let project = two(tool);
        project.on(&db, &["deploy"]).exits(0);
        tool.write(&project, 1, "one", "CREATE TABLE one (id bigint);\n");
        tool.write(&project, 3, "three", "CREATE TABLE three (id int);\n");
        let name = tool.name(1, "one");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints(&format!("edited   {name}"));
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says(&format!("`{name}` was changed after it was applied"))
            .says("--allow-edited");
        assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
        project.on(&db, &["deploy", "--allow-edited"]).exits(0);
        assert!(db.relations("public").contains("three"), "{tool:?}");
        assert_eq!(tool.applied(&db).lines().count(), 3, "{tool:?}");
    }
}

#[test]
fn line_ends_of_another_system_are_no_edit_for_prisma() {
    let Some(db) = database() else { return };
    let project = two(Tool::Prisma);
    project.on(&db, &["deploy"]).exits(0);
    Tool::Prisma.write(&project, 1, "one", "CREATE TABLE one (id int);\r\n");
    project.on(&db, &["status"]).exits(0);
}

#[test]
fn an_applied_migration_that_is_not_on_disk_is_refused_unless_allowed() {
    for tool in TOOLS {
        if tool.keeps_the_latest_only() {
            continue;
        }
        let Some(db) = database() else { return };
        let project = two(tool);
        project.on(&db, &["deploy"]).exits(0);
        tool.remove(&project, 1, "one");
        tool.write(&project, 3, "three", "CREATE TABLE three (id int);\n");
        let key = tool.key(1, "one");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints(&format!("missing  {key}"));
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says(&format!("not on disk: {key}"))
            .says("--allow-missing");
        assert_eq!(tool.applied(&db).lines().count(), 2, "{tool:?}");
        project.on(&db, &["deploy", "--allow-missing"]).exits(0);
        assert_eq!(tool.applied(&db).lines().count(), 3, "{tool:?}");
    }
}

#[test]
fn a_late_migration_is_applied_and_said_unless_strict() {
    for tool in TOOLS {
        if tool.keeps_the_latest_only() {
            continue;
        }
        let Some(db) = database() else { return };
        let project = tool.project();
        tool.write(&project, 1, "one", "CREATE TABLE one (id int);\n");
        tool.write(&project, 3, "three", "CREATE TABLE three (id int);\n");
        project.on(&db, &["deploy"]).exits(0);
        tool.write(&project, 2, "two", "CREATE TABLE two (id int);\n");
        let name = tool.name(2, "two");
        project
            .on(&db, &["status"])
            .exits(2)
            .prints(&format!("pending  {name}  comes before"));
        project
            .on(&db, &["deploy", "--strict"])
            .exits(1)
            .says(&format!(
                "`{name}` comes before migrations that are applied"
            ));
        assert!(!db.relations("public").contains("two"), "{tool:?}");
        project
            .on(&db, &["deploy"])
            .exits(0)
            .prints(&format!("{name} was applied although later migrations"));
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn strict_may_be_set_in_segue_toml() {
    let Some(db) = database() else { return };
    let project = two(Tool::Segue);
    project.on(&db, &["deploy"]).exits(0);
    project
        .file("segue.toml", "strict = true\n")
        .migration("20230101000001_late", "CREATE TABLE late (id int);")
        .on(&db, &["plan", "--out", "plan.json"])
        .exits(1)
        .says("`20230101000001_late` comes before");
    project
        .on(&db, &["deploy", "--dry-run"])
        .exits(1)
        .says("comes before");
}

/// A row as Prisma itself leaves it when a migration fails.
const FAILED_ROW: &str = "INSERT INTO _prisma_migrations (id, checksum, migration_name, logs, started_at) \
    VALUES ('6b3a1a44-4d0c-4a4d-8ee1-6c1d7a2f5a01', 'c0ffee', '20240101000002_two', 'no luck', now())";

#[test]
fn a_migration_that_failed_under_prisma_is_refused_with_both_ways_on() {
    for decision in ["--applied", "--rolled-back"] {
        let Some(db) = database() else { return };
        let project = two(Tool::Prisma);
        project
            .on(&db, &["deploy", "--to", "20240101000001_one"])
            .exits(0);
        db.sql(FAILED_ROW);
        project
            .on(&db, &["status"])
            .exits(2)
            .prints("failed   20240101000002_two");
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("`20240101000002_two` was begun by Prisma Migrate and did not end")
            .says("segue resolve --rolled-back 20240101000002_two")
            .says("segue resolve --applied 20240101000002_two");
        project
            .on(&db, &["resolve", decision, "20240101000002_two"])
            .exits(0);
        let rows = "SELECT migration_name, finished_at IS NOT NULL, rolled_back_at IS NOT NULL \
             FROM _prisma_migrations WHERE checksum = 'c0ffee'";
        assert_eq!(db.sql(rows), "20240101000002_two|f|t");
        let code = if decision == "--applied" { 0 } else { 2 };
        project.on(&db, &["status"]).exits(code);
        project.on(&db, &["deploy"]).exits(0);
        let is_there = db.relations("public").contains("two");
        assert_eq!(is_there, decision == "--rolled-back");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn a_migration_that_failed_under_sqlx_is_refused_with_both_ways_on() {
    for decision in ["--applied", "--rolled-back"] {
        let Some(db) = database() else { return };
        let project = two(Tool::Sqlx);
        project.on(&db, &["deploy", "--to", "0001_one"]).exits(0);
        db.sql(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (2, 'two', false, '\\xc0ffee', -1)",
        );
        project
            .on(&db, &["deploy"])
            .exits(1)
            .says("`0002_two` was begun by sqlx and did not end")
            .says("segue resolve --rolled-back 0002_two");
        project.on(&db, &["resolve", decision, "0002_two"]).exits(0);
        project.on(&db, &["deploy"]).exits(0);
        assert_eq!(Tool::Sqlx.applied(&db), "1\n2");
        project.on(&db, &["status"]).exits(0);
    }
}

#[test]
fn a_row_that_nobody_can_read_is_shown() {
    let Some(db) = database() else { return };
    let project = two(Tool::Drizzle);
    project.on(&db, &["deploy"]).exits(0);
    db.sql("INSERT INTO drizzle.__drizzle_migrations (hash) VALUES ('x')");
    project
        .on(&db, &["status"])
        .exits(1)
        .says("a row in the history of Drizzle cannot be understood");
}

#[test]
fn a_newer_segue_is_not_meddled_with() {
    let Some(db) = database() else { return };
    let project = two(Tool::Segue);
    project
        .on(&db, &["deploy", "--to", "20240101000001_one"])
        .exits(0);
    db.sql("UPDATE segue.settings SET value = '99' WHERE name = 'version'");
    for command in ["status", "deploy"] {
        project
            .on(&db, &[command])
            .exits(1)
            .says("a newer segue has worked on this database");
    }
    assert_eq!(db.relations("public"), "one");
}
